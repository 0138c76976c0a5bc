"""The contact policy: whether somebody may be contacted now, asked by everything that reaches a customer."""
