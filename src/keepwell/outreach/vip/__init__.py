"""Care for the most valuable customers: first in every list, answered sooner, a contact by day and night."""
