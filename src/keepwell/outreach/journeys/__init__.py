"""Journeys: what sets somebody going, the steps they take, and what ends it."""
