"""Backups: one file that holds state and lake as they were at one instant."""
