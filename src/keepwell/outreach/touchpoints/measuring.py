"""What the facts say of the map: one pass over them in the engine, whatever the number of touchpoints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis

from keepwell.history import queries as history
from keepwell.history.engine import Engine, engine
from keepwell.history.schemas import FACT_TABLES
from keepwell.outreach.journeys import facts
from keepwell.outreach.journeys.core.facts import Filter, Happening
from keepwell.outreach.journeys.core.reading import happening
from keepwell.outreach.policy.complaints import QUESTIONS
from keepwell.outreach.surviving import by_person
from keepwell.outreach.touchpoints import core
from keepwell.outreach.touchpoints.contracts import Evidence, Figures, StageFigures
from keepwell.outreach.touchpoints.core import Meeting

AFTER = timedelta(days=14)  # how long after a meeting a ticket, a complaint or a score is told beside it
HORIZON = timedelta(days=30)  # how long somebody has to go on to the next stage
COMPLAINS = timedelta(days=30)
OPENED = Happening("tickets", (Filter("event", "in", ("opened",)),))
COMPLAINT = Happening("tickets", (*OPENED.where, Filter("category", "not_in", QUESTIONS)))
ORDER = Happening("orders", (Filter("status", "in", ("placed", "paid")),))
ANYWHERE = 0  # no touchpoint has this number
# The top of each scale of `answers`; what is none of these has no scale of its own.
SCALES = {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0)}
Point = tuple[int, int, Happening]  # number of the touchpoint, place of its stage, what is counted


def read(fact: Mapping[str, Any]) -> Happening | None:
    """The fact of a row, None where it has none."""
    return happening(dict(fact), "fact") if fact else None


def touchpoints(
    points: Sequence[Point], *, since: datetime, until: datetime
) -> tuple[dict[int, Figures], dict[int, StageFigures]]:
    """Figures by touchpoint, and by place of the stage, of the facts in [since, until)."""
    there = history.versions()
    known = [one for one in points if one[2].table in there]
    if not known:
        return {}, {}
    with engine() as running, TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        running.to_parquet(_all_events(running, known, since, until), path)
        events = running.read_parquet([path])
        # One row for each touchpoint and customer: how often and when first.
        meetings = events.group_by(["touchpoint", "person"]).aggregate(
            contacts=events.count(), first_at=events.at.min()
        )
        counted = _counted(running, meetings)
        after = {
            name: _followed(running, meetings, event, until) if event.table in there else {}
            for name, event in (("tickets", OPENED), ("complaints", COMPLAINT))
        }
        scores = _scores(running, meetings, until) if "answers" in there else {}
        stages = _stages(running, events, until)
        bought = _bought(running, events, until) if ORDER.table in there else {}
    figures = {
        number: Figures(
            contacts=contacts,
            customers=people,
            tickets=after["tickets"].get(number, 0),
            complaints=after["complaints"].get(number, 0),
            score=scores.get(number, (None, 0))[0],
            answers=scores.get(number, (None, 0))[1],
            early=bought.get(number, (0, 0))[0],
            bought=bought.get(number, (0, 0))[1],
            lift=core.lift(bought.get(number, (0, 0)), bought.get(ANYWHERE, (0, 0))),
        )
        for number, (contacts, people) in counted.items()
    }
    return figures, stages


def _all_events(running: Engine, points: Iterable[Point], since: datetime, until: datetime) -> Any:
    """(touchpoint, stage, person, at) of everything that is counted, under surviving numbers."""
    parts = []
    for number, place, event in points:
        found = _events(running, event, since, until)
        parts.append(
            found.mutate(touchpoint=ibis.literal(number, "int64"), stage=ibis.literal(place, "int64"))
        )
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _events(running: Engine, event: Happening, since: datetime, until: datetime) -> Any:
    """(person, at) of every such fact in [since, until)."""
    table = history.scan(event.table, engine=running)
    time = str(FACT_TABLES[event.table].time)
    chosen = table.filter(
        (table[time] >= ibis.timestamp(since))
        & (table[time] < ibis.timestamp(until))
        & table.customer_id.notnull()
        & facts.predicate(table, event.where)
    )
    return by_person(chosen).select("person", at=time)


def _counted(running: Engine, meetings: Any) -> dict[int, tuple[int, int]]:
    summed = meetings.group_by("touchpoint").aggregate(
        contacts=meetings.contacts.sum(), people=meetings.count()
    )
    return {
        row["touchpoint"]: (int(row["contacts"]), int(row["people"]))
        for row in running.execute(summed).to_pylist()
    }


def _followed(running: Engine, meetings: Any, event: Happening, until: datetime) -> dict[int, int]:
    """How many customers of each touchpoint had such a fact within AFTER of first meeting it."""
    oldest = _oldest(running, meetings)
    if oldest is None:
        return {}
    found = _events(running, event, oldest, until)
    joined = meetings.join(found, meetings.person == found.person)
    soon = joined.filter(
        (joined.at >= joined.first_at) & (joined.at < joined.first_at + ibis.interval(days=14))
    )
    counted = soon.group_by("touchpoint").aggregate(people=soon.person.nunique())
    return {row["touchpoint"]: int(row["people"]) for row in running.execute(counted).to_pylist()}


def _scores(running: Engine, meetings: Any, until: datetime) -> dict[int, tuple[float, int]]:
    """Mean score from 0 to 1 and number of the answers given within AFTER of first meeting a touchpoint."""
    oldest = _oldest(running, meetings)
    if oldest is None:
        return {}
    table = history.scan("answers", engine=running)
    known = by_person(
        table.filter(
            table.customer_id.notnull()
            & table.score.notnull()
            & table.metric.isin(tuple(SCALES))
            & (table.at >= ibis.timestamp(oldest))
            & (table.at < ibis.timestamp(until))
        )
    )
    scaled = reduce(
        lambda rest, one: ibis.ifelse(
            known.metric == one[0], (known.score - one[1][0]) / (one[1][1] - one[1][0]), rest
        ),
        SCALES.items(),
        ibis.null("float64"),
    )
    said = known.select("person", "at", score=scaled.clip(lower=0, upper=1))
    joined = meetings.join(said, meetings.person == said.person)
    soon = joined.filter(
        (joined.at >= joined.first_at) & (joined.at < joined.first_at + ibis.interval(days=14))
    )
    summed = soon.group_by("touchpoint").aggregate(score=soon.score.mean(), answers=soon.count())
    return {
        row["touchpoint"]: (float(row["score"]), int(row["answers"]))
        for row in running.execute(summed).to_pylist()
    }


def _bought(running: Engine, events: Any, until: datetime) -> dict[int, tuple[int, int]]:
    """(people seen HORIZON before the end, of them with an order in that time after it) by touchpoint.

    ANYWHERE stands for the whole map. Meeting and order at the same instant are one thing: only later counts.
    """
    # The engine writes small numbers in fewer bytes than they were asked for in.
    each = events.mutate(touchpoint=events.touchpoint.cast("int64"))
    everywhere = each.mutate(touchpoint=ibis.literal(ANYWHERE, "int64"))
    both = ibis.union(each, everywhere)
    firsts = both.group_by(["touchpoint", "person"]).aggregate(first_at=both.at.min())
    early = firsts.filter(firsts.first_at < ibis.timestamp(until - HORIZON))
    oldest = _oldest(running, early)
    if oldest is None:
        return {}
    orders = _events(running, ORDER, oldest, until).select(buyer="person", ordered_at="at")
    joined = early.join(orders, early.person == orders.buyer)
    soon = joined.filter(
        (joined.ordered_at > joined.first_at)
        & (joined.ordered_at < joined.first_at + ibis.interval(days=HORIZON.days))
    )
    people = running.execute(early.group_by("touchpoint").aggregate(n=early.count())).to_pylist()
    buyers = running.execute(soon.group_by("touchpoint").aggregate(n=soon.person.nunique())).to_pylist()
    counted = {row["touchpoint"]: int(row["n"]) for row in buyers}
    return {row["touchpoint"]: (int(row["n"]), counted.get(row["touchpoint"], 0)) for row in people}


def _oldest(running: Engine, meetings: Any) -> datetime | None:
    found: datetime | None = running.execute(meetings.aggregate(oldest=meetings.first_at.min()))["oldest"][
        0
    ].as_py()
    return found


def _stages(running: Engine, events: Any, until: datetime) -> dict[int, StageFigures]:
    """People at each stage, and of those seen HORIZON before the end how many came to the next in that time.

    Only a span longer than HORIZON has such early ones. The next stage is the next that anything
    is counted at.
    """
    people = events.group_by(["stage", "person"]).aggregate(first_at=events.at.min())
    counted = running.execute(people.group_by("stage").aggregate(people=people.count())).to_pylist()
    customers = {int(row["stage"]): int(row["people"]) for row in counted}
    places = sorted(customers)
    found: dict[int, StageFigures] = {}
    for place, following in zip_longest(places, places[1:]):
        if following is None:
            found[place] = StageFigures(customers[place])
            continue
        early = people.filter((people.stage == place) & (people.first_at < ibis.timestamp(until - HORIZON)))
        then = events.filter(events.stage == following).select(who=events.person, then_at=events.at)
        joined = early.join(then, early.person == then.who)
        soon = joined.filter(
            (joined.then_at >= joined.first_at)
            & (joined.then_at < joined.first_at + ibis.interval(days=HORIZON.days))
        )
        both = [early.aggregate(n=early.count()), soon.aggregate(n=soon.person.nunique())]
        number, went_on = (int(running.execute(one)["n"][0].as_py()) for one in both)
        found[place] = StageFigures(customers[place], number, went_on)
    return found


def meetings(
    fact: Happening, unless: Happening | None, within: timedelta, *, since: datetime, until: datetime
) -> list[Meeting]:
    """Who met a friction, and when, so that it was known in [since, until)."""
    happened = facts.occurrences(fact, since=since - within, until=until)
    if not happened:
        return []
    cured = times(unless, {one for one, _at in happened}, since=since - within, until=until) if unless else {}
    return [one for one in core.met(happened, cured, within, until) if one[1] + within >= since]


def times(
    fact: Happening, among: Collection[str], *, since: datetime, until: datetime
) -> Mapping[str, list[datetime]]:
    """When each of the customers had such a fact."""
    found: dict[str, list[datetime]] = defaultdict(list)
    if among:
        for customer_id, at in facts.occurrences(fact, since=since, until=until, among=among):
            found[customer_id].append(at)
    return found


def evidence(met: Sequence[Meeting], *, until: datetime) -> Evidence:
    """How many met a friction, and what came of it."""
    if not met:
        return Evidence()
    people = {one for one, _at in met}
    complaints = times(COMPLAINT, people, since=min(at for _one, at in met), until=until)
    return core.evidence(met, complaints, COMPLAINS)
