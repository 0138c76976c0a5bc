"""Standards and records: manuals, norms, meetings, duties, problems, cases, checklists, benchmarks."""
