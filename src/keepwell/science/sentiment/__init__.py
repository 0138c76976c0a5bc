"""How customers feel, from what they write: a lexicon of Keepwell's own, and what the shop's own texts teach.

See docs/algorithms/sentiment.md.
"""

from keepwell.science.sentiment.model import Feeling, SentimentModel, balanced

__all__ = ["Feeling", "SentimentModel", "balanced"]
