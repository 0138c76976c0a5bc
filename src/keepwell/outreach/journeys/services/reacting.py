"""What live facts do: let people in, wake who waits for them, end the journeys whose goal they are.

Called in the transaction that takes the facts out of the outbox, with each fact at least once: who was let
in, woken or ended before is so still. It only notes; the next tick, a moment later, does.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from keepwell.customers.identity import queries as identity
from keepwell.foundation import clock
from keepwell.history.contracts import LiveFact
from keepwell.history.schemas import FACT_TABLES
from keepwell.outreach.journeys import facts, rows, versions
from keepwell.outreach.journeys.asking import ANSWERED
from keepwell.outreach.journeys.contracts import Entrant, Status, VersionStatus
from keepwell.outreach.journeys.core.facts import Happening, matches
from keepwell.outreach.journeys.core.graph import Definition, Holds, Movement, Request, WaitFor
from keepwell.outreach.journeys.core.walking import EVENT, EXIT, GOAL
from keepwell.outreach.journeys.models import Journey, JourneyVersion, Traveller
from keepwell.outreach.journeys.services.entering import enter_here

log = logging.getLogger("keepwell.journeys")

ALIVE = (VersionStatus.ON, VersionStatus.FINISHING)


@dataclass(frozen=True)
class Listener:
    """A version, and the facts that it listens to: its start, endings, and events that steps wait for."""

    journey_id: int
    version_id: int
    is_open: bool
    start: Happening | None
    endings: tuple[tuple[Happening, str], ...]
    waits: tuple[tuple[str, Happening], ...]

    def tables(self) -> set[str]:
        """The tables of these facts."""
        named = {fact.table for fact, _outcome in self.endings} | {fact.table for _step, fact in self.waits}
        return named | ({self.start.table} if self.start and self.is_open else set())


def react(told: Sequence[LiveFact]) -> None:
    """See the module; `told` are facts of one table."""
    if not told:
        return
    table = told[0].table
    hearing = [one for one in listeners() if table in one.tables()]
    if not hearing:
        return
    now = clock.now()
    events = [(fact, _instant(fact, now)) for fact in told if fact.customer_id]
    tallies: list[tuple[int, Counter[tuple[str, str]]]] = []
    with transaction.atomic():
        for one in hearing:
            if one.is_open and one.start is not None and one.start.table == table:
                tallies += _begin(one, events, now)
        tallies += _touch(hearing, events, now)
        rows.count(tallies)


def listeners() -> list[Listener]:
    """Everything that may hear of facts, in order of journeys."""
    found = JourneyVersion.objects.filter(status__in=ALIVE).exclude(journey__status=Status.OFF)
    codes = facts.Codes()
    return [
        listener(row, versions.definition(row), codes)
        for row in found.select_related("journey").order_by("journey_id", "pk")
    ]


def listener(row: JourneyVersion, definition: Definition, codes: facts.Codes) -> Listener:
    """What one version listens to."""
    start = definition.start
    endings = [
        (codes.happening(ending), outcome)
        for outcome, listed in ((GOAL, definition.goals), (EXIT, definition.exits))
        for ending in listed
        if not isinstance(ending, Holds)
    ]
    waits = [
        (code, codes.happening(step.fact))
        for code, step in definition.steps.items()
        if isinstance(step, WaitFor)
    ]
    asked = [(code, ANSWERED) for code, step in definition.steps.items() if isinstance(step, Request)]
    return Listener(
        journey_id=row.journey_id,
        version_id=row.pk,
        is_open=row.status == VersionStatus.ON and row.journey.status == Status.ON,
        start=codes.happening(start) if isinstance(start, Happening | Movement) else None,
        endings=tuple(endings),
        waits=(*waits, *asked),
    )


def _instant(fact: LiveFact, now: datetime) -> datetime:
    at = fact.data.get(str(FACT_TABLES[fact.table].time)) or fact.recorded_at
    return min(at, now)


def _begin(
    one: Listener, events: Sequence[tuple[LiveFact, datetime]], now: datetime
) -> list[tuple[int, Counter[tuple[str, str]]]]:
    assert one.start is not None
    entrants = [
        Entrant(fact.customer_id, f"{fact.table}:{fact.key}", at)
        for fact, at in events
        if matches(one.start, fact.table, fact.data)
    ]
    if not entrants:
        return []
    try:
        with transaction.atomic():
            return enter_here(one.journey_id, entrants, now=now)
    except ValueError as error:
        # Switched off meanwhile, or a condition that segments refuse: facts must not wait for that.
        log.warning("nobody enters journey %s: %s", one.journey_id, error)
        Journey.objects.filter(pk=one.journey_id).update(error=str(error)[:300])
        return []


def _touch(
    hearing: Sequence[Listener], events: Sequence[tuple[LiveFact, datetime]], now: datetime
) -> list[tuple[int, Counter[tuple[str, str]]]]:
    """End whoever came to a goal or exit, wake whoever waited."""
    heeding = {one.version_id: one for one in hearing if one.endings or one.waits}
    if not heeding:
        return []
    canonical = identity.canonical_ids({fact.customer_id for fact, _at in events})
    mine: dict[str, list[tuple[LiveFact, datetime]]] = defaultdict(list)
    for fact, at in events:
        mine[canonical.get(fact.customer_id, fact.customer_id)].append((fact, at))
    journeys = {one.journey_id for one in heeding.values()}
    inside = Traveller.objects.filter(customer_id__in=list(mine), journey_id__in=journeys, ended_at=None)
    tallies: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    for traveller in inside.select_for_update(of=("self",)).order_by("pk"):
        listening = heeding.get(traveller.version_id)
        if listening is None:
            continue
        outcome = _outcome(listening, traveller, mine[traveller.customer_id])
        if outcome:
            tallies[traveller.version_id].update({(traveller.step, "left"): 1, ("", outcome): 1})
            traveller.outcome, traveller.ended_at = outcome, now
            traveller.wake_at, traveller.waits_for, traveller.heard = None, "", False
        elif _is_heard(listening, traveller, mine[traveller.customer_id]):
            traveller.heard, traveller.wake_at = True, now
        else:
            continue
        traveller.save(update_fields=["outcome", "ended_at", "wake_at", "waits_for", "heard"])
    return list(tallies.items())


def _outcome(listening: Listener, traveller: Traveller, events: Sequence[tuple[LiveFact, datetime]]) -> str:
    for ending, outcome in listening.endings:
        for fact, at in events:
            if at > traveller.entered_at and matches(ending, fact.table, fact.data):
                return outcome
    return ""


def _is_heard(listening: Listener, traveller: Traveller, events: Sequence[tuple[LiveFact, datetime]]) -> bool:
    if traveller.waits_for != EVENT or traveller.heard:
        return False
    awaited = dict(listening.waits).get(traveller.step)
    if awaited is None:
        return False
    return any(at > traveller.since and matches(awaited, fact.table, fact.data) for fact, at in events)
