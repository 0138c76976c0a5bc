"""Lifts: what journeys and mailings did, beside those whom their lots kept as control."""
