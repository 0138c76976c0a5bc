"""Keepwell: know, keep and win back your customers."""

__version__ = "0.2.0"
