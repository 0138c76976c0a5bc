"""What the pages about privacy and identity are made of."""
