"""Decisions: treatments, assumptions, budget plans."""
