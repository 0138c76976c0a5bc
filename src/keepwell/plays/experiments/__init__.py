"""Plays: measures for many, dealt out by lot, so that one sees what they do."""
