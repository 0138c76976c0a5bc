"""Private meetings of strategic customers: who they are, and what troubles them (COM-21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import pyarrow as pa

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.outreach import users
from keepwell.outreach.policy import queries as policy
from keepwell.plays.care.contracts import Theme
from keepwell.plays.care.models import Series
from keepwell.plays.care.queries import activities
from keepwell.plays.winback.models import Case

SAID_WITHIN = timedelta(days=365)
THEMES_MAX = 6
DISCONTENT = 2.0  # of 5
CAUSE = "cause:"
# What a case says before anybody knows, and what no meeting helps.
NO_THEME = frozenset({"", "unknown", "satisfaction", "recommendation"})


@dataclass(frozen=True)
class SeriesView:
    """A private meeting that comes every quarter; without a segment, for those of the highest value."""

    series_id: int
    name: str
    segment_id: int | None
    place: str
    capacity: int
    channel: str
    hosts: str
    owner_id: int | None
    owner_name: str
    active: bool


def series() -> tuple[SeriesView, ...]:
    """Every series, the oldest first."""
    return tuple(
        SeriesView(
            row.pk,
            row.name,
            row.segment_id,
            row.place,
            row.capacity,
            row.channel,
            row.hosts,
            row.owner_id,
            users.name_of(row.owner) if row.owner else "",
            row.active,
        )
        for row in Series.objects.select_related("owner")
    )


def strategic(row: Series) -> list[tuple[str, str]]:
    """Whom a series would invite, (customer, why), those of the highest value first; twice the seats at most.

    Who is kept aside from marketing is left out.
    """
    most = 2 * row.capacity
    if row.segment_id is not None:
        return activities.by_value(activities.of_segment(row.segment_id, None), most, "segment")
    page = insight.scores(ScoreFilter(tiers=("high",)), order_by="-clv", page_size=min(2 * most, 200))
    found = [one.customer_id for one in page.rows]
    aside = policy.held_out(found)
    return [(one, "tier") for one in found if one not in aside][:most]


def themes(customer_ids: Collection[str], *, now: datetime) -> list[Theme]:
    """What troubles these customers, by how many of them: causes of their cases, what they answered, tickets.

    Of the last 365 days; each customer counts once for a theme.
    """
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    since = now - SAID_WITHIN
    cases = Case.objects.filter(customer_id__in=customer_ids, opened_at__gte=since)
    for number, causes in cases.values_list("customer_id", "causes"):
        for code in causes:
            said[code, "cause"].add(number)
    for number, topic, source in _facts(customer_ids, since, now):
        code = topic.removeprefix(CAUSE)
        said[code, "cause" if topic.startswith(CAUSE) else source].add(number)
    counted = [Theme(code, len(who), source) for (code, source), who in said.items() if code not in NO_THEME]
    return sorted(counted, key=lambda one: (-one.customers, one.code))[:THEMES_MAX]


def _facts(customer_ids: Collection[str], since: datetime, now: datetime) -> Iterable[tuple[str, str, str]]:
    """(customer, topic, source) of tickets that were opened and of bad answers."""
    person = {one: one for one in customer_ids}
    person |= {alias: one for alias, one in identity.aliases() if one in person}
    if not person:
        return
    asked = ibis.memtable(pa.table({"customer_id": list(person), "person": list(person.values())}))
    with engine() as running:
        tickets = history.scan("tickets", engine=running)
        opened = tickets.filter(tickets.event == "opened", tickets.category.notnull())
        answers = history.scan("answers", engine=running)
        bad = answers.filter(
            (answers.topic.startswith(CAUSE) & (answers.score > 0))
            | ((answers.metric == "csat") & (answers.score <= DISCONTENT))
        )
        for table, topic, source in ((opened, "category", "ticket"), (bad, "topic", "answer")):
            within = table.filter(table.at >= ibis.timestamp(since), table.at <= ibis.timestamp(now))
            both = within.select("customer_id", topic=within[topic]).join(asked, "customer_id")
            rows = running.execute(both.select("person", "topic").distinct())
            for number, said in zip(rows["person"].to_pylist(), rows["topic"].to_pylist(), strict=True):
                if said:
                    yield number, said, source
