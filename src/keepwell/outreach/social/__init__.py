"""The shop's own accounts on social platforms: for whom each is, what it says, what came back."""
