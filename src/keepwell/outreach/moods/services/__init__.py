"""What can be done with feelings; permission is asked at `moods.access` before."""

from keepwell.outreach.moods.services.correcting import correct
from keepwell.outreach.moods.services.working import work

__all__ = ["correct", "work"]
