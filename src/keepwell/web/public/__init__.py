"""What the pages for customers share: look, language, headers, limits."""
