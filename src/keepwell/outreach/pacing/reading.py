"""What customers made of marketing e-mails, counted in the engine: one row for each customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa

from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.pacing.contracts import Reactions, Received, Shop
from keepwell.outreach.surviving import by_person

SPAN = timedelta(days=180)
RECENT = timedelta(days=90)
FAREWELLS = ("unsubscribed", "complained")
CLICKED = ("clicked", "answered")
OPENED = ("opened", *CLICKED, *FAREWELLS)
# Who says farewell has read it, but that is no sign to go on.
SIGNS = ("opened", "clicked", "answered")
UNSEEN = ("sent", "delivered")
REACHED = (*UNSEEN, *OPENED)
ANSWERS = ("answered",)
SPOKEN = ("call", "chat", "message", "message_received")
CHUNK = 20_000
OTHERS = ("sms", "phone", "wecom", "wechat", "whatsapp")
NAMED = {"call": "phone", "chat": "wechat"}


def reactions(now: datetime) -> tuple[Shop, Iterator[tuple[str, Reactions]]]:
    """What the whole shop's customers did, and each of them; those without any e-mail are left out."""
    if "contacts" not in history.versions():
        return Shop(), iter(())
    with engine() as running:
        table = history.scan("contacts", engine=running)
        mails = by_person(
            table.filter(
                (table.channel == "email")
                & (table.purpose.isnull() | (table.purpose == "marketing"))
                & table.status.isin(REACHED)
                & (table.at > ibis.timestamp(now - SPAN))
                & (table.at <= ibis.timestamp(now))
            )
        )
        each = running.execute(_by_customer(mails, now))
        others = _others(running, now)
    shop = _shop(each)
    return shop, _rows(each, others, now)


def _by_customer(mails: Any, now: datetime) -> Any:
    has_sign = mails.status.isin(SIGNS)
    of_person = ibis.window(group_by="person")
    marked = mails.mutate(
        sign=has_sign,
        opened=mails.status.isin(OPENED),
        clicked=mails.status.isin(CLICKED),
        farewell=mails.status.isin(FAREWELLS),
        recent=mails.at > ibis.timestamp(now - RECENT),
        last_sign_at=mails.at.max(where=has_sign).over(of_person),
    )
    silent = marked.status.isin(UNSEEN) & (marked.last_sign_at.isnull() | (marked.at > marked.last_sign_at))
    return marked.group_by("person").aggregate(
        messages=marked.count(),
        signs=marked.sign.sum(),
        opened=marked.opened.sum(),
        clicked=marked.clicked.sum(),
        recent=marked.recent.sum(),
        recent_clicked=(marked.recent & marked.clicked).sum(),
        silent=silent.sum(),
        silent_since=marked.at.min(where=silent),
        farewell_at=marked.at.max(where=marked.farewell),
    )


def _others(running: Any, now: datetime) -> dict[str, str]:
    """The channel, other than e-mail, on which customers answered or spoke last."""
    since = ibis.timestamp(now - SPAN)
    parts = []
    contacts = history.scan("contacts", engine=running)
    answered = contacts.filter(
        contacts.status.isin(ANSWERS) & contacts.channel.isin(OTHERS) & (contacts.at > since)
    )
    parts.append(by_person(answered).select("person", "at", "channel"))
    if "interactions" in history.versions():
        heard = history.scan("interactions", engine=running)
        spoke = heard.filter(heard.type.isin(SPOKEN) & (heard.at > since))
        named = by_person(spoke).select("person", "at", "channel", "type")
        channel = named.type.substitute(NAMED, else_=named.channel)
        known = named.mutate(channel=channel).filter(channel.isin(OTHERS))
        parts.append(known.select("person", "at", "channel"))
    told = ibis.union(*parts) if len(parts) > 1 else parts[0]
    newest = told.group_by("person").aggregate(channel=told.channel.argmax(told.at))
    rows = running.execute(newest)
    return dict(zip(rows["person"].to_pylist(), rows["channel"].to_pylist(), strict=True))


def _shop(each: pa.Table) -> Shop:
    def total(name: str) -> int:
        return sum(value or 0 for value in each[name].to_pylist())

    messages, opened, clicked = total("messages"), total("opened"), total("clicked")
    if not messages:
        return Shop()
    return Shop(
        messages=messages,
        sign_share=total("signs") / messages,
        click_share=clicked / messages,
        clicks_of_opened=clicked / opened if opened else 0.0,
    )


def _rows(each: pa.Table, others: dict[str, str], now: datetime) -> Iterator[tuple[str, Reactions]]:
    for batch in each.to_batches(max_chunksize=CHUNK):
        for row in batch.to_pylist():
            yield (
                row["person"],
                Reactions(
                    messages=row["messages"],
                    signs=row["signs"],
                    silent=row["silent"],
                    silent_days=_days(row["silent_since"], now) or 0.0,
                    opened=row["opened"],
                    clicked=row["clicked"],
                    recent=row["recent"],
                    recent_clicked=row["recent_clicked"],
                    farewell_days=_days(row["farewell_at"], now),
                    other=others.get(row["person"], ""),
                ),
            )


def _days(at: datetime | None, now: datetime) -> float | None:
    return (now - at).total_seconds() / 86_400 if at else None


def received(
    *, cycle_id: str, limits: Mapping[str, tuple[int, int]], now: datetime, span: timedelta
) -> dict[str, Received]:
    """What the customers of each stage of life of a cycle got in the `span` before `now`.

    `limits` are (most, days) by stage: who got more marketing than `most` within the last `days` is over it.
    """
    there = history.versions()
    if "contacts" not in there or "scores" not in there:
        return {}
    with engine() as running:
        table = history.scan("contacts", engine=running)
        back = max([span, *(timedelta(days=days) for _most, days in limits.values())])
        gone = by_person(
            table.filter(
                table.status.isin(REACHED)
                & (table.at > ibis.timestamp(now - back))
                & (table.at <= ibis.timestamp(now))
            )
        ).select("person", "at", "channel", "purpose")
        scores = history.scan("scores", engine=running)
        staged = scores.filter(scores.cycle_id == cycle_id).select(number="customer_id", stage="life_stage")
        joined = gone.join(staged, gone.person == staged.number)
        within = joined.filter(joined.at > ibis.timestamp(now - span))
        totals = running.execute(
            within.group_by("stage").aggregate(people=within.person.nunique(), contacts=within.count())
        ).to_pylist()
        ways = running.execute(within.group_by(["stage", "channel"]).aggregate(n=within.count())).to_pylist()
        over = {stage: _over(running, joined, stage, limit, now) for stage, limit in limits.items()}
    return {
        row["stage"]: Received(
            customers=int(row["people"]),
            contacts=int(row["contacts"]),
            channels={one["channel"]: int(one["n"]) for one in ways if one["stage"] == row["stage"]},
            over=over.get(row["stage"], 0),
        )
        for row in totals
    }


def _over(running: Any, joined: Any, stage: str, limit: tuple[int, int], now: datetime) -> int:
    most, days = limit
    mine = joined.filter(
        (joined.stage == stage)
        & (joined.purpose.isnull() | (joined.purpose == "marketing"))
        & (joined.at > ibis.timestamp(now - timedelta(days=days)))
    )
    each = mine.group_by("person").aggregate(n=mine.count())
    counted = each.filter(each.n > most).count()
    return int(running.execute(counted.as_table())[0][0].as_py())
