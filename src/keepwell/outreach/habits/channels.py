"""What customers make of each channel, and when: our contacts, and what they begin themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import NormalDist
from zoneinfo import ZoneInfo

import ibis

from keepwell.history import queries as history
from keepwell.history.engine import Engine, engine
from keepwell.outreach.sending import tallies
from keepwell.science.experiment.score import wilson

ANSWERED = ("answered", "clicked")
OPENED = ("opened", *ANSWERED)
DELIVERED = (*OPENED, "delivered", "complained", "unsubscribed")
MADE = (*DELIVERED, "sent", "bounced")  # what was refused, withheld or still waits has reached nobody
# How the messages of our own queue are called: their facts say when customers did something with them.
OWN_MESSAGE = "^m[0-9a-f]{31}$"
HOURS = 2  # width of a part of the day


@dataclass
class ChannelUse:
    """One channel in a span: contacts that we made, and `own`, what customers began themselves.

    `opened` counts those that were answered too. `times` maps (weekday from Monday = 0, first hour of two)
    of when we wrote or called, in the shop's time, to (made, answered): a message counts when it was sent,
    whenever it was answered.
    """

    channel: str
    made: int = 0
    delivered: int = 0
    opened: int = 0
    answered: int = 0
    own: int = 0
    times: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


def answered_share(answered: int, made: int, *, compared: int = 1) -> tuple[float, float]:
    """The 95 % interval of a share that answers (Wilson); wider where it is the best of `compared`."""
    critical = NormalDist().inv_cdf(1 - 0.025 / compared)
    low, high = wilson(answered, max(made, 1), critical)
    return float(low), float(high)


def channel_use(*, days: int, now: datetime, zone: ZoneInfo) -> list[ChannelUse]:
    """The use of every channel in the `days` before `now`, the most used first."""
    since, there = now - timedelta(days=days), history.versions()
    found: dict[str, ChannelUse] = {}
    for (channel, hour), (made, answered) in tallies.by_hour(since=since, until=now).items():
        _add_time(found.setdefault(channel, ChannelUse(channel)), hour.astimezone(zone), made, answered)
    with engine() as running:
        if "contacts" in there:
            _contacts(running, found, since, now, zone)
        for table in ("interactions", "tickets"):
            if table in there:
                for channel, count in _own(running, table, since, now).items():
                    found.setdefault(channel, ChannelUse(channel)).own += count
    return sorted(found.values(), key=lambda one: (-one.made - one.own, one.channel))


def _contacts(
    running: Engine, found: dict[str, ChannelUse], since: datetime, now: datetime, zone: ZoneInfo
) -> None:
    table = history.scan("contacts", engine=running)
    made = table.filter(
        (table.at > ibis.timestamp(since)) & (table.at <= ibis.timestamp(now)) & table.status.isin(MADE)
    )
    summed = made.group_by(
        channel=made.channel, hour=made.at.truncate("h"), is_message=made.contact_id.re_search(OWN_MESSAGE)
    ).aggregate(
        made=made.count(),
        delivered=made.status.isin(DELIVERED).sum(),
        opened=made.status.isin(OPENED).sum(),
        answered=made.status.isin(ANSWERED).sum(),
    )
    for row in running.execute(summed).to_pylist():
        one = found.setdefault(row["channel"], ChannelUse(row["channel"]))
        for name in ("made", "delivered", "opened", "answered"):
            setattr(one, name, getattr(one, name) + int(row[name]))
        if not row["is_message"]:
            at = row["hour"].astimezone(zone)
            _add_time(one, at, int(row["made"]), int(row["answered"]))


def _add_time(one: ChannelUse, at: datetime, made: int, answered: int) -> None:
    part = (at.weekday(), at.hour // HOURS * HOURS)
    before = one.times.get(part, (0, 0))
    one.times[part] = (before[0] + made, before[1] + answered)


def _own(running: Engine, table_name: str, since: datetime, now: datetime) -> Counter[str]:
    """What customers began themselves, by channel; our own talks of tasks are none of it."""
    table = history.scan(table_name, engine=running)
    told = table.filter(
        (table.at > ibis.timestamp(since)) & (table.at <= ibis.timestamp(now)) & table.channel.notnull()
    )
    if table_name == "tickets":
        told = told.filter(told.event == "opened")
    else:
        told = told.filter(~told.interaction_id.startswith("task-"))
    summed = told.group_by("channel").aggregate(count=told.count())
    return Counter({row["channel"]: int(row["count"]) for row in running.execute(summed).to_pylist()})
