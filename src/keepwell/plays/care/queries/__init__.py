"""What can be asked of care; nothing is written."""
