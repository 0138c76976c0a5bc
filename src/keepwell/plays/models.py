"""Data of the room."""
