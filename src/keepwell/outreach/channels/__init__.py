"""The ways to a customer: one folder each, with everything that is particular to it."""
