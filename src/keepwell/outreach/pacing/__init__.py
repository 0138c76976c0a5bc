"""How often and in which form each customer is written to: by how they react, and by their stage of life."""
