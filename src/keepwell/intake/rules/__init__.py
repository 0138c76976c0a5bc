"""How text becomes checked, typed columns."""
