"""Online advertising: lists of customers for platforms, and what campaigns brought and cost."""
