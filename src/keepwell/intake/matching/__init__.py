"""Which column of a file is which column of a table."""
