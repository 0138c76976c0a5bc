"""Pure retention mathematics: importable on its own, without Django and without the rest of Keepwell."""
