"""Messages of the Segment tracking specification turned into facts: pure rules."""
