"""Who is the same person: duplicates, merge and split, visitors who became known."""
