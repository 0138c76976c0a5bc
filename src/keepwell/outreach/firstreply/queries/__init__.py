"""What can be asked of first replies; nothing is written."""
