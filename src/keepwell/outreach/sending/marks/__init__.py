"""What makes a message ours on its way back: addresses to end it and to see it, legal words, tracking."""
