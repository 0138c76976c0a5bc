"""Journeys drawn: where boxes and ways lie, what they say, and the forms that change them."""
