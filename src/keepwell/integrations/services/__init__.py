"""What can be done with other programs' messages and for other programs."""

from keepwell.integrations.services.deadletters import discard, replay
from keepwell.integrations.services.receiving import receive, tidy

__all__ = ["discard", "receive", "replay", "tidy"]
