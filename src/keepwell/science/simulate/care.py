"""The service desk and the surveys: complaints, questions, chats, calls, answers, and what they cost."""

import numpy as np
import pyarrow as pa

from keepwell.science.simulate.catalogue import Floats, Ints
from keepwell.science.simulate.dynamics import AGGRIEVED, CONTENT, FADING, LOST, SERVICE, State
from keepwell.science.simulate.journal import (
    CURRENCY,
    DAY_SECONDS,
    Stream,
    identifiers,
    instants,
    money,
    same,
    words,
)
from keepwell.science.simulate.population import Population
from keepwell.science.simulate.shop import TYPES, WAYS, moments

EVENTS = ("opened", "responded", "escalated", "resolved", "reopened", "closed")
TOPICS = ("delivery", "damaged", "wrong_item", "quality", "refund", "question", "price", "range", "service")
PRIORITIES = ("low", "normal", "high")
METRICS = ("nps", "csat")
KINDS = ("acquisition", "service")
COMPLAINT_COST, QUESTION_COST, CALL_COST = 18.0, 6.0, 6.0

TICKETS = ("who", "second", "number", "event", "topic", "priority", "way", "satisfaction")
ANSWERS = ("who", "second", "metric", "score", "topic")
COSTS = ("who", "second", "kind", "amount")

# By state: content, aggrieved, fading, lost.
TALKING = np.array([1.0, 3.0, 0.15, 0.0])
ANSWERING = np.array([0.45, 0.5, 0.16, 0.02])
MOOD_LOSS = np.array([0.0, 0.38, 0.22, 0.3])
QUESTIONS_YEAR = 0.22


class Desk:
    """Notes what reaches the service desk in one step after another."""

    def __init__(self) -> None:
        self.tickets, self.answers, self.costs = Stream(TICKETS), Stream(ANSWERS), Stream(COSTS)

    def complain(
        self, rng: np.random.Generator, who: Ints, second: Ints, interactions: Stream, state: State | None
    ) -> None:
        """Open a complaint for each; the first response follows within hours or days."""
        number = self.tickets.number(who.size) + np.arange(who.size)
        topic = rng.choice(5, size=who.size, p=(0.34, 0.18, 0.14, 0.22, 0.12))
        priority = np.where(rng.random(who.size) < 0.3, 2, 1)
        way = rng.choice((0, 2, 3), size=who.size, p=(0.3, 0.3, 0.4))
        common = {"who": who, "number": number, "topic": topic, "priority": priority, "way": way}
        self.tickets.add(second=second, event=0, satisfaction=np.nan, **common)
        answered = second + 600 + np.floor(rng.exponential(9 * 3600, who.size)).astype(np.int64)
        self.tickets.add(second=answered, event=1, satisfaction=np.nan, **common)
        worse = np.flatnonzero(rng.random(who.size) < 0.1)
        later = {name: values[worse] for name, values in common.items()}
        self.tickets.add(second=answered[worse] + DAY_SECONDS, event=2, satisfaction=np.nan, **later)
        self.costs.add(who=who, second=second, kind=1, amount=COMPLAINT_COST)
        kind = np.where(way == 2, TYPES.index("call"), TYPES.index("chat"))
        interactions.add(
            who=who, second=second - 60, type=kind, way=way, product=-1, value=np.nan, abandoned=False
        )
        if state is not None:
            state.ticket[who] = number

    def end(self, rng: np.random.Generator, who: Ints, second: Ints, state: State, *, settled: bool) -> None:
        """Resolve the open complaints of the settled, close those of who has turned away."""
        has = state.ticket[who] >= 0
        who, second = who[has], second[has]
        common = {"who": who, "number": state.ticket[who], "topic": -1, "priority": -1, "way": -1}
        score = rng.integers(3, 6, who.size) if settled else rng.integers(1, 3, who.size)
        says = rng.random(who.size) < (0.6 if settled else 0.25)
        satisfaction = np.where(says, score, np.nan)
        if settled:
            self.tickets.add(second=second, event=3, satisfaction=satisfaction, **common)
            satisfaction = np.full(who.size, np.nan)
        self.tickets.add(second=second + 2 * DAY_SECONDS, event=5, satisfaction=satisfaction, **common)
        told = np.flatnonzero(says)
        self.answers.add(
            who=who[told],
            second=second[told] + DAY_SECONDS,
            metric=1,
            score=score[told],
            topic=TOPICS.index("service"),
        )
        state.ticket[who] = -1

    def ask(self, rng: np.random.Generator, who: Ints, second: Ints) -> None:
        """Everyday questions, answered within the day."""
        number = self.tickets.number(who.size) + np.arange(who.size)
        common = {"who": who, "number": number, "topic": TOPICS.index("question"), "priority": 0, "way": 3}
        hours = np.floor(rng.exponential(2 * 3600, who.size)).astype(np.int64) + 300
        pleased = np.where(rng.random(who.size) < 0.4, rng.integers(4, 6, who.size), np.nan)
        self.tickets.add(second=second, event=0, satisfaction=np.nan, **common)
        self.tickets.add(second=second + hours, event=1, satisfaction=np.nan, **common)
        self.tickets.add(second=second + 2 * hours, event=3, satisfaction=pleased, **common)
        self.costs.add(who=who, second=second, kind=1, amount=QUESTION_COST)

    def talk(self, rng: np.random.Generator, who: Ints, second: Ints, interactions: Stream) -> None:
        """Chats and calls without a ticket."""
        call = rng.random(who.size) < 0.3
        kind = np.where(call, TYPES.index("call"), TYPES.index("chat"))
        interactions.add(
            who=who, second=second, type=kind, way=np.where(call, WAYS.index("phone"), WAYS.index("chat")),
            product=-1, value=np.nan, abandoned=False,
        )  # fmt: skip
        self.costs.add(who=who[call], second=second[call], kind=1, amount=CALL_COST)

    def survey(self, rng: np.random.Generator, people: Population, state: State, days: int) -> None:
        """A wave of the recommendation survey among a sixth of the customers."""
        asked = (rng.random(people.size) < 1 / 6) & (people.acquired_day < state.day - 30)
        who = np.flatnonzero(asked & (rng.random(people.size) < ANSWERING[state.state]))
        score = np.clip(np.round(10.5 * mood(people, state)[who] + rng.normal(0, 1.1, who.size)), 0, 10)
        topic = np.where(
            score >= 8,
            TOPICS.index("quality"),
            np.where(score >= 6, TOPICS.index("price"), TOPICS.index("service")),
        )
        second = moments(rng, np.full(who.size, state.day), np.full(who.size, days))
        self.answers.add(who=who, second=second, metric=0, score=score, topic=topic)


def mood(people: Population, state: State) -> Floats:
    """Latent satisfaction now, 0..1."""
    soured = np.where((state.state >= FADING) & (state.cause == SERVICE), 0.2, 0.0)
    level: Floats = np.clip(people.mood - MOOD_LOSS[state.state] - soured, 0.0, 1.0)
    return level


def complaint_rates(people: Population, state: State) -> Floats:
    """Further complaints a day of who is angry already."""
    angry = np.where(state.state == AGGRIEVED, 0.016, 0.0)
    angry += np.where((state.state == FADING) & (state.cause == SERVICE), 0.009, 0.0)
    angry *= people.complains
    return angry


def question_rates(state: State) -> Floats:
    """Everyday questions a day."""
    return np.select([state.state == CONTENT, state.state == LOST], [1.0, 0.0], 0.4) * QUESTIONS_YEAR / 365.25


def tickets_table(
    noted: dict[str, np.ndarray], known: dict[int, tuple[int, int, int]], ids: pa.Array
) -> pa.Table:
    """Ticket events; topic, priority and channel are those with which the ticket was opened."""
    number = noted["number"].astype(np.int64)
    opened = np.flatnonzero(noted["event"] == 0)
    traits = zip(*(noted[name][opened].tolist() for name in ("topic", "priority", "way")), strict=True)
    known.update(zip(number[opened].tolist(), traits, strict=True))
    described = np.array([known[key] for key in number.tolist()], dtype=np.int64).reshape(number.size, 3)
    satisfaction = noted["satisfaction"].astype(np.float64)
    return pa.table(
        {
            "ticket_id": identifiers("T", number),
            "customer_id": ids.take(pa.array(noted["who"].astype(np.int64))),
            "at": instants(noted["second"]),
            "event": words(EVENTS, noted["event"]),
            "category": words(TOPICS, described[:, 0]),
            "priority": words(PRIORITIES, described[:, 1]),
            "channel": words(WAYS, described[:, 2]),
            "satisfaction": pa.array(satisfaction, mask=np.isnan(satisfaction)),
        }
    )


def answers_table(noted: dict[str, np.ndarray], first: int, ids: pa.Array) -> pa.Table:
    """Survey answers."""
    count = noted["who"].size
    metric = noted["metric"].astype(np.int64)
    return pa.table(
        {
            "answer_id": identifiers("A", np.arange(first, first + count)),
            "customer_id": ids.take(pa.array(noted["who"].astype(np.int64))),
            "at": instants(noted["second"]),
            "survey": words(("relationship", "after_service"), metric),
            "metric": words(METRICS, metric),
            "score": pa.array(noted["score"].astype(np.float64)),
            "topic": words(TOPICS, noted["topic"]),
            "sentiment": pa.nulls(count, pa.float64()),
        }
    )


def costs_table(noted: dict[str, np.ndarray], first: int, ids: pa.Array) -> pa.Table:
    """What winning and serving the customers cost."""
    count = noted["who"].size
    return pa.table(
        {
            "cost_id": identifiers("K", np.arange(first, first + count)),
            "customer_id": ids.take(pa.array(noted["who"].astype(np.int64))),
            "at": instants(noted["second"]),
            "kind": words(KINDS, noted["kind"]),
            "amount": money(noted["amount"].astype(np.float64)),
            "currency": same(CURRENCY, count),
        }
    )
