"""Finding customers by sealed names and contact data, through keyed tokens."""
