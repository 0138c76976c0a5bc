"""What other programs speak to: REST under /api/v1/, tracking under /v1/."""
