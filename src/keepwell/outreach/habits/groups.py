"""Channels side by side for groups of customers: what reaches them, what they answer, what they begin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import ibis
import pyarrow as pa

from keepwell.history import queries as history
from keepwell.history.engine import Engine, engine
from keepwell.insight import queries as insight
from keepwell.outreach.habits.channels import ANSWERED, DELIVERED, MADE, OPENED
from keepwell.outreach.habits.clocks import column
from keepwell.outreach.surviving import by_person

STAGE, GROUP = "life_stage", "communication_group"
COLUMNS = (STAGE, GROUP)
ENDED = ("unsubscribed", "complained")


@dataclass
class GroupUse:
    """One channel in one group: contacts that we made, of them those that got further, and `own` beginnings.

    `ended` made somebody unsubscribe or complain; `people` is how many customers got something.
    """

    group: str
    channel: str
    made: int = 0
    delivered: int = 0
    opened: int = 0
    answered: int = 0
    ended: int = 0
    people: int = 0
    own: int = 0


def by_score(by: str, *, days: int, now: datetime) -> list[GroupUse]:
    """Every group of the newest cycle: by stage of life, or by communication group.

    Raises ValueError for another column.
    """
    if by not in COLUMNS:
        raise ValueError(f"by: one of {COLUMNS}")
    cycle = insight.current_cycle()
    if cycle is None or "scores" not in history.versions():
        return []
    with engine() as running:
        scores = history.scan("scores", engine=running)
        mine = scores.filter((scores.cycle_id == cycle.cycle_id) & scores[by].notnull())
        return _used(running, mine.select(member=mine.customer_id, group=mine[by]), days, now)


def by_members(groups: Mapping[str, Iterable[str]], *, days: int, now: datetime) -> list[GroupUse]:
    """Groups given by the numbers of their members; who is in several counts in each."""
    tables = [
        table.append_column("group", pa.array([name] * table.num_rows, pa.string()))
        for name, members in groups.items()
        for table in (column("member", members),)
    ]
    if not tables:
        return []
    with engine() as running:
        return _used(running, ibis.memtable(pa.concat_tables(tables)), days, now)


def _used(running: Engine, membership: Any, days: int, now: datetime) -> list[GroupUse]:
    there, found = history.versions(), dict[tuple[str, str], GroupUse]()
    since, until = ibis.timestamp(now - timedelta(days=days)), ibis.timestamp(now)

    def told(name: str) -> Any:
        table = history.scan(name, engine=running)
        return table.filter((table.at > since) & (table.at <= until) & table.channel.notnull())

    def counted(facts: Any, **figures: Any) -> Iterable[dict[str, Any]]:
        person = by_person(facts)
        joined = person.inner_join(membership, person.person == membership.member)
        summed = joined.group_by("group", "channel").aggregate(
            **{name: figure(joined) for name, figure in figures.items()}
        )
        rows: list[dict[str, Any]] = running.execute(summed).to_pylist()
        return rows

    rows: list[Iterable[dict[str, Any]]] = []
    if "contacts" in there:
        contacts = told("contacts")
        rows.append(
            counted(
                contacts.filter(contacts.status.isin(MADE)),
                made=lambda one: one.count(),
                delivered=lambda one: one.status.isin(DELIVERED).sum(),
                opened=lambda one: one.status.isin(OPENED).sum(),
                answered=lambda one: one.status.isin(ANSWERED).sum(),
                ended=lambda one: one.status.isin(ENDED).sum(),
                people=lambda one: one.person.nunique(),
            )
        )
    if "interactions" in there:
        acts = told("interactions")
        rows.append(
            counted(acts.filter(~acts.interaction_id.startswith("task-")), own=lambda one: one.count())
        )
    if "tickets" in there:
        tickets = told("tickets")
        rows.append(counted(tickets.filter(tickets.event == "opened"), own=lambda one: one.count()))
    for row in chain.from_iterable(rows):
        one = found.setdefault((row["group"], row["channel"]), GroupUse(row["group"], row["channel"]))
        for name, number in row.items():
            if name not in ("group", "channel"):
                setattr(one, name, getattr(one, name) + int(number))
    return sorted(found.values(), key=lambda one: (one.group, -one.made - one.own, one.channel))


def pressed(
    limits: Mapping[str, float], *, days: int, now: datetime
) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    """Marketing contacts that ended the contact, of how many, by stage of life: often written to, and seldom.

    `limits`: who got more than so many in the `days` before `now` was written to often. Who leaves gets
    nothing more and so tends to count among the others: what is seen is rather too little than too much.
    """
    cycle, there = insight.current_cycle(), history.versions()
    if cycle is None or not limits or not {"scores", "contacts"} <= there.keys():
        return {}
    with engine() as running:
        scores = history.scan("scores", engine=running)
        staged = scores.filter(scores.cycle_id == cycle.cycle_id).select(
            member=scores.customer_id, stage=scores.life_stage
        )
        table = history.scan("contacts", engine=running)
        told = table.filter(
            (table.at > ibis.timestamp(now - timedelta(days=days)))
            & (table.at <= ibis.timestamp(now))
            & table.status.isin(MADE)
            & (table.purpose.isnull() | (table.purpose == "marketing"))
        )
        each = by_person(told)
        counted = each.group_by("person").aggregate(n=each.count(), ended=each.status.isin(ENDED).sum())
        joined = counted.inner_join(staged, counted.person == staged.member)
        bounds = ibis.memtable(pa.table([list(limits), list(limits.values())], ["bound_stage", "bound"]))
        bounded = joined.inner_join(bounds, joined.stage == bounds.bound_stage)
        marked = bounded.mutate(often=bounded.n > bounded.bound)
        summed = marked.group_by("stage", "often").aggregate(n=marked.n.sum(), ended=marked.ended.sum())
        rows = running.execute(summed).to_pylist()
    by_key = {(one["stage"], one["often"]): (int(one["ended"]), int(one["n"])) for one in rows}
    return {
        stage: (by_key.get((stage, True), (0, 0)), by_key.get((stage, False), (0, 0))) for stage in limits
    }
