"""How what journeys do is called elsewhere."""

from __future__ import annotations

from keepwell.outreach.journeys.core.walking import Walker

# In the memo of a traveller who is control: the probability of that. As a count of a version: how many were.
CONTROL = "control"


def origin(journey_id: int) -> str:
    """How a journey's messages say where they come from."""
    return f"journey:{journey_id}"


def action_key(version_id: int, walker: Walker) -> str:
    """What an action is called: the same however often it is tried, never used for another."""
    return f"journey/{version_id}/{walker.traveller_id}/{walker.visit}"


def salt(journey_id: int, code: str) -> str:
    """The lot of a split: the same customer always draws the same, whatever the version."""
    return f"journey/{journey_id}/{code}"


def request_id(version_id: int, walker: Walker) -> str:
    """What a request to the shop's system is called: the same however often it is posted."""
    return f"req-{version_id}-{walker.traveller_id}-{walker.visit}"
