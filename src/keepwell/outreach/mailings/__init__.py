"""Mailings: one text to the members of one segment, once."""
