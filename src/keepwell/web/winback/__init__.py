"""What the pages of the win-back desk need: words, forms, the panel of the customer page."""
