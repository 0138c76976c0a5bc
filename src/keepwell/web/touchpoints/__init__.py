"""Pages of the journey map and of what goes with it."""
