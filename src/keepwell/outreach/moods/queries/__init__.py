"""What can be asked of feelings."""
