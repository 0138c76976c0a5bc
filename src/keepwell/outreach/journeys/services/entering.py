"""Who comes into a journey: each cause once, nobody twice at the same time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from keepwell.customers.identity import queries as identity
from keepwell.insight.segments import queries as segments
from keepwell.outreach.controls import services as controls
from keepwell.outreach.controls.contracts import Side
from keepwell.outreach.journeys import rows, versions
from keepwell.outreach.journeys.contracts import Entrant, JourneyError, Status
from keepwell.outreach.journeys.core.controlling import control_share, may_stay_out
from keepwell.outreach.journeys.core.graph import Entry
from keepwell.outreach.journeys.models import Journey, JourneyVersion, Traveller
from keepwell.outreach.journeys.naming import CONTROL, origin

CHUNK = 5_000
AHEAD_MAX = timedelta(days=3)


def entry_key(key: str) -> str:
    """A cause's name as it is kept: of one length."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def enter(*, journey_id: int, entrants: Iterable[Entrant], now: datetime) -> int:
    """Let people in who may come; how many came. The same cause again lets nobody in again.

    What decides is when the cause happened, not when it is told: whoever was inside then, or had been too
    lately, does not come in however late it is told. Causes older than the entry's `fresh_hours` count for
    nothing. Who is drawn as control is dealt with time and probability, once, and does not come in; where
    the journey owes people something that is no marketing, the control comes in and only marketing passes
    them over. Raises JourneyError where there is no such journey or it is not on.
    """
    total, iterator = 0, iter(entrants)
    while chunk := list(islice(iterator, CHUNK)):
        with transaction.atomic():
            tallies = enter_here(journey_id, chunk, now=now)
            rows.count(tallies)
            total += sum(tally["", "entered"] for _version, tally in tallies)
    return total


def enter_here(
    journey_id: int, entrants: Sequence[Entrant], *, now: datetime
) -> list[tuple[int, Counter[tuple[str, str]]]]:
    """`enter` in the caller's transaction, who also keeps the counts that it returns."""
    # One at a time per journey; no key of it changes, so that travellers may point to it meanwhile.
    journey = Journey.objects.select_for_update(no_key=True).filter(pk=journey_id).first()
    if journey is None:
        raise JourneyError("no_such_journey")
    version = JourneyVersion.objects.filter(journey=journey, status=Status.ON).first()
    if journey.status != Status.ON or version is None:
        raise JourneyError("not_on")
    definition = versions.definition(version)
    fresh = [
        one
        for one in entrants
        if now - timedelta(hours=definition.entry.fresh_hours) <= one.at <= now + AHEAD_MAX
    ]
    named = _survivors(fresh)
    allowed = _who(_allowed(journey_id, named, definition.entry), definition.entry)
    first: dict[str, datetime] = {}
    for one in allowed:
        first.setdefault(one.customer_id, one.at)
    sides = controls.deal(
        origin=origin(journey_id),
        share=control_share(definition),
        people=first,
        now=now,
        version=version.number,
    )
    out = controlled(sides)
    stays_out = may_stay_out(definition)
    chosen = [one for one in allowed if not (stays_out and one.customer_id in out)]
    Traveller.objects.bulk_create(
        [
            Traveller(
                journey=journey,
                version=version,
                customer_id=one.customer_id,
                entry_key=entry_key(one.key),
                step=definition.first,
                entered_at=one.at,
                since=one.at,
                wake_at=one.at,
                memo={CONTROL: sides[one.customer_id].probability} if one.customer_id in out else {},
            )
            for one in chosen
        ]
    )
    tally = Counter({("", "entered"): len(chosen), (definition.first, "entered"): len(chosen)})
    tally["", CONTROL] = sum(sides[number].is_new for number in out)
    tally = +tally
    return [(version.pk, tally)] if tally else []


def controlled(sides: Mapping[str, Side]) -> set[str]:
    """Those who were drawn as control."""
    return {number for number, side in sides.items() if side.is_control}


def _survivors(entrants: Sequence[Entrant]) -> list[Entrant]:
    """Under their surviving numbers, in order of time."""
    canonical = identity.canonical_ids({one.customer_id for one in entrants})
    named = [Entrant(canonical.get(one.customer_id, one.customer_id), one.key, one.at) for one in entrants]
    return sorted(named, key=lambda one: (one.at, one.key))


def _allowed(journey_id: int, entrants: Sequence[Entrant], entry: Entry) -> list[Entrant]:
    keys = {entry_key(one.key) for one in entrants}
    known = Traveller.objects.filter(journey=journey_id)
    told = set(known.filter(entry_key__in=keys).values_list("entry_key", flat=True))
    mine = known.filter(customer_id__in={one.customer_id for one in entrants})
    past: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for customer_id, entered_at, ended_at in mine.values_list("customer_id", "entered_at", "ended_at"):
        past.setdefault(customer_id, []).append((entered_at, ended_at))
    chosen: list[Entrant] = []
    for one in entrants:
        key = entry_key(one.key)
        if key in told:
            continue
        passages = past.setdefault(one.customer_id, [])
        if may_enter(one.at, passages, entry):
            chosen.append(one)
            told.add(key)
            passages.append((one.at, None))
    return chosen


def may_enter(at: datetime, passages: Sequence[tuple[datetime, datetime | None]], entry: Entry) -> bool:
    """Whether somebody with these passages (entered, ended) may come in by what happened at `at`.

    A passage that began later than `at` counts as well: what is told late does not come between.
    """
    if any(ended is None or at <= ended for _entered, ended in passages):
        return False
    if entry.again == "once":
        return not passages
    apart = timedelta(days=entry.after_days if entry.again == "after" else 0)
    return all(at - entered >= apart for entered, _ended in passages)


def _who(entrants: list[Entrant], entry: Entry) -> list[Entrant]:
    if entry.who is None or not entrants:
        return entrants
    true = segments.holding(json.loads(entry.who.definition), {one.customer_id for one in entrants})
    return [one for one in entrants if one.customer_id in true]
