"""E-mail as it comes (RFC 5322): who wrote to whom, when and about what, and its words."""
