"""Lists of customers: views that people save, columns they choose, what is done to many at once."""
