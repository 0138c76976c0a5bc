"""Commands: thin, composed from services and queries."""
