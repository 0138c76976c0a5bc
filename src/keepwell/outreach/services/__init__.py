"""What can be done: `tasks`, `alerts`, `rules`, `notices`, `digests`, `feeds`."""
