"""What plays did, on pages and in files."""
