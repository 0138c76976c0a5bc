"""Segments: who exactly a group is, how it is changing, and why somebody is in it."""
