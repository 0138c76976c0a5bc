"""What journeys and mailings did, as pages and files show it."""
