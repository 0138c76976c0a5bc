"""What happened: append-only facts, one door in, many ways to read."""
