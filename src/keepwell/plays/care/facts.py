"""What the history is told of care: codes and figures only, never what somebody wrote."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import orjson

from keepwell.history import services as history
from keepwell.plays.care.models import Act, Guest

SOURCE = "keepwell"
SURVEY = "care"


def done(act: Act, at: datetime, *, withdrawn: bool = False) -> None:
    """That an act of care was given; `withdrawn` takes it back."""
    said = {"act": act.act, "occasion": act.occasion, "gift": act.gift}
    fact = {
        "interaction_id": f"care-{act.pk}",
        "customer_id": act.customer_id,
        "at": at,
        "channel": act.channel or None,
        "type": "withdrawn" if withdrawn else "care",
        "subject": act.act,
        "properties": orjson.dumps({} if withdrawn else said, option=orjson.OPT_SORT_KEYS).decode(),
    }
    history.record(table="interactions", fact=fact, source=SOURCE)


def cost(act: Act, amount: Decimal, at: datetime) -> None:
    """What an act cost; said again with 0 where it did not take place after all."""
    if not act.currency:
        return
    fact = {
        "cost_id": f"care-{act.pk}",
        "customer_id": act.customer_id,
        "at": at,
        "kind": "retention",
        "amount": amount,
        "currency": act.currency,
    }
    history.record(table="costs", fact=fact, source=SOURCE)


def answer(act: Act, score: int, at: datetime) -> None:
    """How content somebody is with our care, from 1 to 5."""
    _answer(f"care-{act.pk}", act.customer_id, score, at, act.act)


def guest_answer(guest: Guest, score: int, at: datetime, kind: str) -> None:
    """How content a guest was with an activity, from 1 to 5."""
    _answer(f"care-guest-{guest.pk}", guest.customer_id, score, at, kind)


def _answer(name: str, customer_id: str, score: int, at: datetime, topic: str) -> None:
    fact = {
        "answer_id": name,
        "customer_id": customer_id,
        "at": at,
        "survey": SURVEY,
        "metric": "csat",
        "score": float(score),
        "topic": topic,
    }
    history.record(table="answers", fact=fact, source=SOURCE)


def invitation_answer(guest: Guest, at: datetime, kind: str) -> None:
    """What somebody answered to an invitation, and for how many."""
    name = f"care-invited-{guest.pk}"
    _event(name, guest.customer_id, at, "invitation", kind, guest.state, 1 + guest.party)


def came(guest: Guest, at: datetime, kind: str, *, withdrawn: bool = False) -> None:
    """That a guest came in; `withdrawn` takes it back."""
    name = "withdrawn" if withdrawn else "event"
    _event(f"care-came-{guest.pk}", guest.customer_id, at, name, kind, guest.state, 1 + guest.party)


def _event(
    name: str, customer_id: str, at: datetime, kind: str, subject: str, state: str, people: int
) -> None:
    fact = {
        "interaction_id": name,
        "customer_id": customer_id,
        "at": at,
        "channel": "store",
        "type": kind,
        "subject": subject,
        "value": float(people),
        "properties": orjson.dumps({"answer": state}).decode(),
    }
    history.record(table="interactions", fact=fact, source=SOURCE)
