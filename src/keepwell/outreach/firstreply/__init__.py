"""The answers of the house, and the first reply to whoever writes to us: by machine, then by people."""
