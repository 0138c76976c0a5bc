"""Pages: thin, composed from services and queries."""
