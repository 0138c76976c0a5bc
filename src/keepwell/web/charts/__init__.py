"""Charts as data: pure functions from figures to a finding, an option for ECharts, and a table."""
