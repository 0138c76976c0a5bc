"""How customers feel by what they write: read when it comes in, corrected by colleagues, learnt from."""
