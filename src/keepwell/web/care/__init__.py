"""Care on pages: forms, words, panels."""
