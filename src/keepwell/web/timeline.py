"""What happened to one customer, fact by fact, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.customers.identity import queries as identity
from keepwell.customers.labels import CHANNEL
from keepwell.history.contracts import TimelineFact
from keepwell.outreach.journeys.contracts import ANSWER_TYPE
from keepwell.outreach.moods.labels import FEELING
from keepwell.web import formats, words

PAGE_FACTS = 40
MOOD = "mood"
ANSWER = {"accepted": gettext_lazy("accepted"), "refused": gettext_lazy("refused")}
# The kinds one can choose from, each a group of fact tables.
KINDS: dict[str, tuple[str, ...]] = {
    "orders": ("orders",),
    "items": ("order_items",),
    "interactions": ("interactions",),
    "contacts": ("contacts",),
    "tickets": ("tickets",),
    "answers": ("answers",),
    "other": ("subscriptions", "ledger", "costs"),
}
USUAL = ("orders", "interactions", "contacts", "tickets", "answers", "subscriptions", "ledger", "costs")


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `amount` is written already, `href` leads to what it tells of."""

    kind: str
    at: datetime
    title: str
    amount: str
    details: tuple[str, ...]
    key: str
    href: str = ""


def events(
    customer_id: str, *, kind: str = "", before: datetime | None = None, currency: str = ""
) -> tuple[list[Event], datetime | None]:
    """The newest events before an instant, and where the next ones begin (None at the end)."""
    facts, following = page(customer_id, kind=kind, before=before)
    return [event(fact, currency) for fact in facts], following


def page(
    customer_id: str, *, kind: str = "", before: datetime | None = None
) -> tuple[list[TimelineFact], datetime | None]:
    """The facts behind `events`."""
    facts = identity.timeline(
        customer_id, limit=PAGE_FACTS, before=before, tables=list(KINDS.get(kind, USUAL))
    )
    return facts, facts[-1].at if len(facts) >= PAGE_FACTS else None


def event(fact: TimelineFact, currency: str) -> Event:
    """One fact in words."""
    kind = next(name for name, tables in KINDS.items() if fact.table in tables)
    describe = DETAILS.get(fact.table, _nothing)
    details = tuple(part for part in describe(fact.data) if part)
    return Event(
        kind, fact.at, words.event(fact.table, fact.data), _amount(fact, currency), details, fact.key
    )


def order_points(customer_id: str, limit: int = 200) -> list[tuple[datetime, Decimal]]:
    """The customer's purchases, newest first, for the picture of the rhythm."""
    facts = identity.timeline(customer_id, limit=limit, tables=["orders"], columns=("status", "amount"))
    bought = [fact for fact in facts if fact.data.get("status") in ("paid", "placed", None)]
    return [(fact.at, Decimal(fact.data["amount"])) for fact in bought if Decimal(fact.data["amount"]) > 0]


def _amount(fact: TimelineFact, currency: str) -> str:
    data = fact.data
    if fact.table == "ledger":
        return _("%(points)s points") % {"points": formats.number(data.get("points"))}
    if fact.table == "answers":
        score = data.get("score")
        return "" if score is None else formats.number(score, 0 if float(score).is_integer() else 1)
    # The figure of a feeling is no money; the word beside it says what it means.
    if fact.table == "contacts" or data.get("type") == MOOD:
        return ""
    name = {"order_items": "unit_price", "interactions": "value"}.get(fact.table, "amount")
    value = data.get(name)
    return "" if value is None else formats.money(value, data.get("currency") or currency)


def _word(words_by_code: Mapping[str, Any], code: Any) -> str:
    return str(words_by_code.get(code, code)) if code else ""


def _order(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(data.get("order_id") or ""),
        _word(CHANNEL, data.get("channel")),
        str(data.get("store") or ""),
        str(data.get("campaign") or ""),
    )


def _item(data: Mapping[str, Any]) -> tuple[str, ...]:
    quantity = data.get("quantity")
    times = _("%(quantity)s pieces") % {"quantity": formats.number(quantity)} if quantity is not None else ""
    return (str(data.get("product_id") or ""), str(data.get("category") or ""), times)


def _touch(data: Mapping[str, Any]) -> tuple[str, ...]:
    if data.get("type") == MOOD:
        return (_word(FEELING, data.get("subject")),)
    if data.get("type") == ANSWER_TYPE:
        # The subject names the request by its number, which says nothing to a reader.
        return (_word(ANSWER, str(data.get("subject") or "").rpartition(":")[2]),)
    subject = str(data.get("subject") or data.get("campaign") or data.get("play") or "")
    return (_word(CHANNEL, data.get("channel")), subject)


def _ticket(data: Mapping[str, Any]) -> tuple[str, ...]:
    satisfaction = data.get("satisfaction")
    rated = _("satisfaction %(score)s") % {"score": satisfaction} if satisfaction is not None else ""
    return (
        str(data.get("category") or ""),
        str(data.get("priority") or ""),
        _word(CHANNEL, data.get("channel")),
        rated,
    )


def _answer(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(data.get("survey") or ""), str(data.get("topic") or ""))


def _subscription(data: Mapping[str, Any]) -> tuple[str, ...]:
    ended = data.get("ended_at")
    until = _("ended %(date)s") % {"date": formats.exact(ended)} if ended else ""
    return (str(data.get("plan") or ""), until, str(data.get("end_reason") or ""))


def _ledger(data: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(data.get("account") or ""), str(data.get("reason") or ""))


def _nothing(_data: Mapping[str, Any]) -> tuple[str, ...]:
    return ()


DETAILS: dict[str, Callable[[Mapping[str, Any]], tuple[str, ...]]] = {
    "orders": _order,
    "order_items": _item,
    "interactions": _touch,
    "contacts": _touch,
    "tickets": _ticket,
    "answers": _answer,
    "subscriptions": _subscription,
    "ledger": _ledger,
}
