"""Questions and feedback in words, forms and a panel."""
