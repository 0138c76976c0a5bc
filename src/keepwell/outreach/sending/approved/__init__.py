"""Texts that providers have approved: which of theirs stands for which of ours, and what fills it."""
