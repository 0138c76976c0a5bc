"""What customers read and hear: templates, versions, variants, checks, the phrase book."""
