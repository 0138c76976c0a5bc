"""What messages recommended, and what became of it: opened, clicked, bought."""
