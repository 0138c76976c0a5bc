"""People: identity, contact points, and where each field came from."""
