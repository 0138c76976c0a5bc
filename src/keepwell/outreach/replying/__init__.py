"""How soon customers get an answer: a standard for each channel, and what is measured."""
