"""From facts to scores, step by step; every step can be done again."""
