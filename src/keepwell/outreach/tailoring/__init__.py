"""Content by group of customers and by the stage of their buying."""
