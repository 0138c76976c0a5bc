"""Consent, holds, unmasking, and what the law gives people over their data."""
