"""What customers make of what we send, when and how they get in touch, and what follows from it."""
