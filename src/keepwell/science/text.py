"""Models of text; the sentiment of customers' words lives in `keepwell.science.sentiment`."""

from keepwell.science.sentiment import SentimentModel

__all__ = ["SentimentModel"]
