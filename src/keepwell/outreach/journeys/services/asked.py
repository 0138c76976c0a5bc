"""What began a journey, where somebody asked: the standard of their channel, and whether it is seen to."""

from __future__ import annotations

from collections.abc import Sequence

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.firstreply import services as firstreply
from keepwell.outreach.journeys.core.walking import Walker
from keepwell.outreach.questions import services as questions
from keepwell.outreach.replying import queries as replying
from keepwell.outreach.vip import queries as vip

SEEN_TO = "seen_to"


def is_seen_to(walker: Walker) -> bool:
    """Whether what they wrote as they came in is answered, or somebody's to answer: one message, one work."""
    asked = walker.customer_id, walker.entered_at
    return firstreply.is_taken(*asked) or questions.is_somebodys(*asked)


def reply_minutes(walkers: Sequence[Walker]) -> dict[int, int]:
    """Minutes of the standard by `traveller_id`, for VIP customers of theirs where it is sooner.

    Who opened no ticket as they came in is left out.
    """
    limits = {channel: one.minutes for channel, one in replying.standards().items()}
    first = vip.vips({walker.customer_id for walker in walkers})
    own = vip.rules().reply_minutes if first else {}
    if not (limits or own) or not walkers or "tickets" not in history.versions():
        return {}
    records = {walker.customer_id: identity.fact_ids(walker.customer_id) for walker in walkers}
    wanted = sorted({record for found in records.values() for record in found})
    with engine() as running:
        table = history.scan("tickets", engine=running)
        opened = table.filter(
            (table.event == "opened") & table.channel.notnull() & table.customer_id.isin(wanted)
        )
        rows = running.execute(opened.select("customer_id", "at", "channel")).to_pylist()
    asked = {(row["customer_id"], row["at"]): row["channel"] for row in rows}
    found: dict[int, int] = {}
    for walker in walkers:
        channels = [asked.get((record, walker.entered_at)) for record in records[walker.customer_id]]
        counting = (limits, own) if walker.customer_id in first else (limits,)
        for channel in filter(None, channels):
            said = [known[channel] for known in counting if channel in known]
            if said:
                found[walker.traveller_id] = min(said)
                break
    return found
