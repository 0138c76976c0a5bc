"""Users, their language, and what they may do."""
