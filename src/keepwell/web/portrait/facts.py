"""What the facts say of a customer's behaviour: what they buy and have, how they deal with us."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.customers.labels import CHANNEL
from keepwell.history.contracts import TimelineFact
from keepwell.insight.contracts import ScoreView
from keepwell.web import words

YEAR = timedelta(days=365)
MOST_FACTS = 500
# What the customer did, as against what was sent to them.
ANSWERED = ("opened", "clicked", "answered")
ENQUIRIES = ("call", "chat", "email", "enquiry", "meeting", "message", "form")


@dataclass(frozen=True)
class Dealings:
    """How a customer deals with us, over the last 365 days."""

    ways: tuple[tuple[str, int], ...]  # what happened, in words, and how often
    channels: tuple[tuple[str, int], ...]
    messages: int
    answered: int
    complaints: int
    last_rating: str
    last_at: datetime | None

    @property
    def answered_share(self) -> float | None:
        """Messages opened, clicked or answered of those sent; None where none was sent."""
        return self.answered / self.messages if self.messages else None


@dataclass(frozen=True)
class Topic:
    """What was last spoken about: in words, when, and in which part of the timeline it stands."""

    text: str
    subject: str  # what it was about, "" where nobody said
    at: datetime
    kind: str
    is_enquiry: bool


def context(customer_id: str, score: ScoreView | None, now: datetime) -> dict[str, Any]:
    """What the part of the page about behaviour reads."""
    consumption, products = customers.purchases(customer_id, now=now)
    return {
        "consumption": consumption,
        "products": products,
        "dealings": dealings(customer_id, now),
        "currency": score.currency if score else "",
    }


def dealings(customer_id: str, now: datetime) -> Dealings:
    """Counted from interactions, messages, tickets and answers."""
    tables = ["interactions", "contacts", "tickets", "answers"]
    facts = identity.timeline(customer_id, limit=MOST_FACTS, tables=tables)
    recent = [fact for fact in facts if fact.at > now - YEAR]
    contacts = [fact for fact in recent if fact.table == "contacts"]
    own = [fact for fact in recent if fact.table != "contacts"]
    ratings = [fact for fact in facts if fact.table == "answers" and fact.data.get("score") is not None]
    channels = Counter(str(fact.data["channel"]) for fact in own if fact.data.get("channel"))
    return Dealings(
        ways=tuple(Counter(words.event(fact.table, fact.data) for fact in own).most_common(6)),
        channels=tuple((str(CHANNEL.get(code, code)), n) for code, n in channels.most_common(4)),
        messages=len(contacts),
        answered=sum(fact.data.get("status") in ANSWERED for fact in contacts),
        complaints=sum(fact.table == "tickets" and fact.data.get("event") == "opened" for fact in recent),
        last_rating=_rating(ratings[0]) if ratings else "",
        last_at=own[0].at if own else None,
    )


def _rating(fact: TimelineFact) -> str:
    value = float(fact.data["score"])
    return f"{words.event('answers', fact.data)} {value:g}"


def last_topic(facts: list[TimelineFact]) -> Topic | None:
    """The newest thing that a customer and we spoke about, from facts newest first."""
    for fact in facts:
        data = fact.data
        if fact.table == "tickets":
            text = str(data.get("category") or "")
        elif fact.table == "interactions" and data.get("type") in ENQUIRIES:
            text = str(data.get("subject") or "")
        else:
            continue
        title = words.event(fact.table, data)
        is_enquiry = fact.table == "interactions" or data.get("event") in ("opened", "reopened", "escalated")
        return Topic(f"{title}: {text}" if text else title, text, fact.at, fact.table, is_enquiry)
    return None


def recent_topic(customer_id: str) -> Topic | None:
    """The newest thing spoken about among the last facts."""
    facts = identity.timeline(customer_id, limit=40, tables=["interactions", "tickets"])
    return last_topic(facts)
