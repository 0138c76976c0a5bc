"""What can be asked of questions and feedback; nothing is written."""
