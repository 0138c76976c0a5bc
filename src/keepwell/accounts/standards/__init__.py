"""Standards and records: manuals, norms, meetings, duties, problems over departments, cases, checklists."""
