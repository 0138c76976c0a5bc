"""Other programs: messages of tracking libraries in, webhooks out."""
