"""What is done with groups of customers."""

from keepwell.outreach.chats.services.posting import post, stop
from keepwell.outreach.chats.services.reading import refresh, refresh_when_due
from keepwell.outreach.chats.services.working import work

__all__ = ["post", "refresh", "refresh_when_due", "stop", "work"]
