"""What can be asked of reply times; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import ibis

from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.replying import core
from keepwell.outreach.replying.contracts import ReplyTimes, Standard
from keepwell.outreach.replying.models import ReplyStandard

ANSWERED = ("responded", "resolved", "closed")


def standards() -> dict[str, Standard]:
    """The standard of each channel that has one."""
    return {
        row.channel: Standard(row.channel, row.minutes, row.is_public, row.updated_at, row.updated_by)
        for row in ReplyStandard.objects.all()
    }


def promised() -> dict[str, int]:
    """Minutes until a first answer, of the channels whose standard customers are told."""
    rows = ReplyStandard.objects.filter(is_public=True)
    return dict(rows.values_list("channel", "minutes"))


def reply_times(*, days: int, now: datetime) -> list[ReplyTimes]:
    """First answers to what customers asked in the last `days`, by the channel that they asked on.

    From the tickets: from opened to the first of responded, resolved and closed. Channels that have a
    standard and were asked nothing are there too.
    """
    limits = {channel: one.minutes for channel, one in standards().items()}
    waits: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    if "tickets" in history.versions():
        with engine() as running:
            table = history.scan("tickets", engine=running)
            told = table.filter(
                (table.at > ibis.timestamp(now - timedelta(days=days))) & (table.at <= ibis.timestamp(now))
            )
            opened = (
                told.filter(told.event == "opened")
                .group_by("ticket_id")
                .aggregate(asked_at=told.at.min(), channel=told.channel.arbitrary())
            )
            answers = told.filter(told.event.isin(ANSWERED)).select(number="ticket_id", then="at")
            joined = opened.left_join(
                answers, (opened.ticket_id == answers.number) & (answers.then >= opened.asked_at)
            )
            first = joined.group_by(["ticket_id", "channel", "asked_at"]).aggregate(
                answered_at=joined.then.min()
            )
            rows = running.execute(first.select("channel", "asked_at", "answered_at")).to_pylist()
        for row in rows:
            end = row["answered_at"]
            wait = ((end or now) - row["asked_at"]).total_seconds() / 60
            waits[row["channel"] or ""].append((wait, end is not None))
    known = {*waits, *limits}
    found = [core.summary(channel, waits.get(channel, ()), limits.get(channel)) for channel in known]
    return sorted(found, key=lambda one: (-one.asked, one.channel))
