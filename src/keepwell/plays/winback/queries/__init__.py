"""What can be asked about cases; who may see them is asked at `winback.access`."""
