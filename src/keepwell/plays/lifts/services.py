"""Look at journeys and mailings on schedule: what they did beside their control, kept for the pages."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import numpy as np

from keepwell.insight import queries as insight
from keepwell.outreach.controls import queries as controls
from keepwell.outreach.controls.contracts import LotView, Units
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys.contracts import Status as JourneyStatus
from keepwell.outreach.mailings import queries as mailings
from keepwell.outreach.mailings.contracts import Status
from keepwell.plays.experiments import results
from keepwell.plays.experiments.outcomes import Sample
from keepwell.plays.lifts import core, reading
from keepwell.plays.lifts.contracts import HORIZON, HORIZONS, LEAST
from keepwell.plays.lifts.models import Seen

log = logging.getLogger("keepwell.lifts")
MAILING, JOURNEY = "mailing:", "journey:"


def run(*, now: datetime) -> int:
    """Look at every lot of which the current cycle knows more than the last look; how many looks were kept.

    A lot that cannot be read is logged and left for the next run; the others are read nevertheless.
    """
    if insight.current_cycle() is None:
        return 0
    at = results.known_at()
    done = 0
    for lot in controls.lots():
        if _is_settled(lot, at):
            continue
        try:
            done += look(lot=lot, now=now, as_of=at)
        except Exception:
            log.exception("%s cannot be read", lot.origin)
    return done


def _is_settled(lot: LotView, at: datetime) -> bool:
    mine = Seen.objects.filter(origin=lot.origin, lot=lot.number, version=0)
    if mine.filter(as_of__gte=at).exists():
        return True
    ended = dict(mine.filter(final=True).order_by("seen_at").values_list("days", "seen_at"))
    # A journey that was over may go on, and deals others then.
    return len(ended) == len(HORIZONS) and not controls.dealt_since(lot.lot_id, min(ended.values()))


def look(*, lot: LotView, now: datetime, as_of: datetime) -> int:
    """Read a lot for every window and keep what was seen; the same `as_of` again keeps nothing twice."""
    until = min(as_of, lot.ended_at or as_of)
    if not controls.any_entered(lot.lot_id, by=until - timedelta(days=min(HORIZONS))):
        return 0
    units = controls.units(lot.lot_id)
    made: list[Seen] = []
    for days in HORIZONS:
        rows = core.over(units.entered, days=days, until=until.timestamp())
        if core.both_sides(units.is_control[rows]):
            made += _read(lot, units, rows, days=days, now=now, as_of=as_of, until=until)
    Seen.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _read(
    lot: LotView,
    units: Units,
    rows: core.Bools,
    *,
    days: int,
    now: datetime,
    as_of: datetime,
    until: datetime,
) -> list[Seen]:
    """Everybody whose days are over, then each version with enough of them."""
    numbers = tuple(one for one, wanted in zip(units.customer_id, rows, strict=True) if wanted)
    entered = units.entered[rows]
    cost, cost_known = reading.costs(lot.origin, numbers, entered, days=days)
    sample = Sample(
        customer_id=numbers,
        arm=(~units.is_control[rows]).astype(np.int64),
        propensity=units.probability[rows],
        entered=entered,
        cost=cost,
        past=reading.before(numbers, entered, as_of=as_of),
    )
    margin = insight.thresholds().gross_margin
    found = reading.bought(sample, days=days, as_of=until, gross_margin=margin)
    cycle = insight.current_cycle()
    currency = cycle.currency if cycle else ""
    # Once the control was given up, nobody's days will ever be over who is waiting now.
    waiting = 0 if lot.ended_at and lot.ended_at <= as_of else int((~rows).sum())
    final = not waiting and _is_closed(lot, as_of)
    planned = _planned_units(lot, units, final=final)
    wrong = core.lopsided(units.is_control, units.probability)

    def seen(part: core.Bools, version: int) -> Seen:
        mine = sample.only(part)
        figures = core.compared(
            mine, found.only(part), currency=currency, planned_units=planned, trusted=not wrong
        )
        return Seen(
            origin=lot.origin,
            lot=lot.number,
            days=days,
            version=version,
            as_of=as_of,
            seen_at=now,
            treated=int((mine.arm == 1).sum()),
            control=int((mine.arm == 0).sum()),
            waiting=waiting,
            cost=_spent(mine),
            cost_known=cost_known,
            mismatched=wrong,
            final=final,
            figures=[one.to_json() for one in figures],
        )

    whole = seen(np.ones(len(sample), dtype=bool), 0)
    if days == HORIZON:
        _once(whole, lot, sample, found, currency=currency, planned=planned, trusted=not wrong)
    version = units.version[rows]
    made = [whole]
    for number in sorted(set(version.tolist()) - {0}):
        part = version == number
        sides = np.bincount(sample.arm[part], minlength=2)
        if sides.min() >= LEAST and (version != number).any():
            made.append(seen(part, number))
    return made


def _once(
    whole: Seen,
    lot: LotView,
    sample: Sample,
    found: core.Bought,
    *,
    currency: str,
    planned: float | None,
    trusted: bool,
) -> None:
    """The same without those whom another lot dealt shortly before, for sums over several lots."""
    entered = dict(zip(sample.customer_id, sample.entered.tolist(), strict=True))
    earlier = core.counted_before(lot.lot_id, entered, controls.entered(sample.customer_id), days=HORIZON)
    alone = np.array([one not in earlier for one in sample.customer_id], dtype=bool)
    mine = sample.only(alone)
    if core.both_sides(mine.arm == 0):
        figures = core.compared(
            mine, found.only(alone), currency=currency, planned_units=planned, trusted=trusted
        )
        whole.once = [one.to_json() for one in figures]
        whole.once_treated = int((mine.arm == 1).sum())
        whole.once_cost = _spent(mine)


def _spent(mine: Sample) -> float:
    """What the treated cost; what is owed to everybody goes to the control as well."""
    return float(mine.cost[mine.arm == 1].sum())


def _is_closed(lot: LotView, as_of: datetime) -> bool:
    """Whether nobody is dealt any more, as things are."""
    if lot.ended_at and lot.ended_at <= as_of:
        return True
    if not lot.origin.startswith(MAILING):
        journey = journeys.journey(int(lot.origin.removeprefix(JOURNEY)))
        return journey is not None and journey.status is JourneyStatus.OFF
    one = mailings.mailing(int(lot.origin.removeprefix(MAILING)))
    return one is None or one.status not in (Status.DRAFT, Status.PREPARING)


def _planned_units(lot: LotView, units: Units, *, final: bool) -> float | None:
    """A mailing deals everybody at once and is read once, when all days are over; a journey at every look."""
    if lot.origin.startswith(MAILING):
        return None if final else float(len(units))
    return float(core.PLANNED_UNITS)
