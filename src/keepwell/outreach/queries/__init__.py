"""What can be asked: `tasks`, `alerts`, `reports`, `notices`, `digests`, `feeds`."""
