"""Which products suit a customer, and why: a step of the cycle, and what readers ask of it."""
