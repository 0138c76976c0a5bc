"""The customer page: its words, its forms, its sections, and the words to say."""
