"""Where feedback comes from, as it is received and as a trial of rules reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import ibis

from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.questions.contracts import Inbound, Origin
from keepwell.outreach.sending import heard
from keepwell.outreach.sending.services.hearing import Said

Recent = Callable[[datetime, datetime, int], Iterable[Inbound]]
_sources: dict[str, Recent] = {}


def register(name: str, recent: Recent) -> None:
    """Add a source; a second one of the same name takes the place of the first."""
    _sources[name] = recent


def recent(since: datetime, until: datetime, most: int) -> Iterator[Inbound]:
    """What came in between two moments, at most so many of each source."""
    for one in _sources.values():
        yield from one(since, until, most)


def of_message(said: Said) -> Inbound:
    """A message as feedback; its key is that of its fact."""
    return Inbound(
        said.fact_key,
        Origin.MESSAGE,
        said.customer_id,
        said.at,
        said.channel,
        "",
        said.text,
        reference=said.message_key,
    )


def of_ticket(data: Mapping[str, Any]) -> Inbound:
    """An opened ticket as feedback: its category is the topic; tickets bring no words."""
    return Inbound(
        key=f"ticket-{data['ticket_id']}",
        origin=Origin.TICKET,
        customer_id=str(data["customer_id"]),
        at=data["at"],
        channel=str(data.get("channel") or ""),
        topic=str(data.get("category") or ""),
    )


def messages_between(since: datetime, until: datetime, most: int) -> Iterator[Inbound]:
    """Messages that customers sent."""
    return map(of_message, heard.said_between(since, until, limit=most))


def tickets_between(since: datetime, until: datetime, most: int) -> Iterator[Inbound]:
    """Tickets that were opened, each once."""
    if "tickets" not in history.versions():
        return
    with engine() as running:
        table = history.scan("tickets", engine=running)
        opened = table.filter(
            (table.event == "opened")
            & (table.at >= ibis.timestamp(since))
            & (table.at < ibis.timestamp(until))
        )
        wanted = opened.select("ticket_id", "customer_id", "at", "channel", "category")
        rows = running.execute(wanted.order_by(ibis.desc("at")).limit(most)).to_pylist()
    seen: set[str] = set()
    for row in rows:
        if row["customer_id"] and row["ticket_id"] not in seen:
            seen.add(row["ticket_id"])
            yield of_ticket(row)


def categories_of(customer_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Categories of what each customer bought last, by customer; who bought nothing known is left out."""
    wanted = sorted(set(customer_ids))
    if not wanted or "order_items" not in history.versions():
        return {}
    with engine() as running:
        table = history.scan("order_items", engine=running)
        mine = table.filter(table.customer_id.isin(wanted) & table.category.notnull())
        last = mine.group_by("customer_id").aggregate(last_at=mine.ordered_at.max())
        both = mine.join(last, (mine.customer_id == last.customer_id) & (mine.ordered_at == last.last_at))
        rows = running.execute(both.select(mine.customer_id, mine.category).distinct()).to_pylist()
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        found[row["customer_id"]] = found.get(row["customer_id"], frozenset()) | {row["category"]}
    return found
