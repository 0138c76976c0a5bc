"""What can be asked of the effects of journeys and mailings; no writes."""

from __future__ import annotations

import math
from datetime import datetime

from django.db.models import F, OuterRef, Subquery

from keepwell.insight import queries as insight
from keepwell.outreach.controls import queries as controls
from keepwell.plays.experiments.measured import Amount
from keepwell.plays.learning.queries import addable, together
from keepwell.plays.lifts.contracts import (
    HORIZON,
    HORIZONS,
    Compared,
    Effect,
    Figure,
    Look,
    LotSaving,
    LotSavings,
)
from keepwell.plays.lifts.models import Seen

LOOKS_MAX = 400
NOTHING = Amount(0.0, 0.0, 0.0)


def effect(origin: str, *, days: int = HORIZON) -> Effect:
    """What a journey ("journey:7") or a mailing ("mailing:3") did, as it was last seen.

    Of the newest lot. Raises ValueError for an unknown window.
    """
    if days not in HORIZONS:
        raise ValueError(f"days must be one of {', '.join(map(str, HORIZONS))}: {days}")
    lot = next(iter(controls.lots(origin)), None)
    if lot is None:
        return Effect(origin, days, 0, 0, None, None)
    counted = controls.counts(origin)
    mine = Seen.objects.filter(origin=origin, lot=lot.number, days=days)
    newest = list(mine.filter(version=0).order_by("-as_of")[:LOOKS_MAX])
    looks = tuple(_look(row) for row in reversed(newest))
    latest = looks[-1] if looks else None
    versions = mine.filter(as_of=latest.as_of).exclude(version=0).order_by("version") if latest else ()
    return Effect(
        origin=origin,
        days=days,
        treated=counted.treated,
        control=counted.control,
        ended_at=lot.ended_at,
        latest=latest,
        looks=looks,
        versions=tuple(_look(row) for row in versions),
    )


def _look(row: Seen) -> Look:
    return Look(
        origin=row.origin,
        lot=row.lot,
        days=row.days,
        version=row.version,
        as_of=row.as_of,
        treated=row.treated,
        control=row.control,
        waiting=row.waiting,
        cost=row.cost,
        cost_known=row.cost_known,
        mismatched=row.mismatched,
        final=row.final,
        figures=tuple(Compared.from_json(one) for one in row.figures),
    )


def savings(*, since: datetime, until: datetime) -> LotSavings:
    """What journeys and mailings did whose newest look is in the period.

    The sums count a customer whom several lots dealt within the days for the first of them only; lots are
    drawn apart from each other, so their differences are taken as independent. What cannot be compared, or
    is so small that its interval has no ends, is in no sum: it would leave nothing to be said of the others.
    """
    whole = Seen.objects.filter(version=0, days=HORIZON)
    last = whole.filter(origin=OuterRef("origin"), lot=OuterRef("lot")).order_by("-as_of").values("as_of")
    newest = whole.annotate(last=Subquery(last[:1])).filter(as_of=F("last"), as_of__range=(since, until))
    cycle = insight.current_cycle()
    currency = cycle.currency if cycle else ""
    rows = [_saving(row, currency) for row in newest]
    added = [one for one in rows if one.in_sum]
    by_currency: dict[str, list[Amount]] = {}
    for one in added:
        for name, amount in one.once_margins:
            by_currency.setdefault(name, []).append(amount)
    ordered = sorted(by_currency.items(), key=lambda item: (item[0] != currency, item[0]))
    return LotSavings(
        lots=tuple(sorted(rows, key=lambda one: (-_value(one), one.origin))),
        customers=sum(one.once_treated for one in added),
        kept=together([one.once_kept for one in added]),
        kept_surely=together([one.once_kept for one in added if one.trusted]),
        money=tuple((name, together(amounts)) for name, amounts in ordered),
    )


def _value(one: LotSaving) -> float:
    value = one.margins[0][1].value if one.margins else 0.0
    return value if math.isfinite(value) else 0.0


def _saving(row: Seen, currency: str) -> LotSaving:
    figures = [Compared.from_json(one) for one in row.figures]
    once = [Compared.from_json(one) for one in row.once]
    kept = next((one for one in figures if one.figure is Figure.RETENTION), None)
    once_kept = next((one for one in once if one.figure is Figure.RETENTION), None)
    return LotSaving(
        origin=row.origin,
        as_of=row.as_of,
        treated=row.treated,
        kept=kept.total if kept else NOTHING,
        margins=_margins(figures),
        cost=row.cost,
        currency=next((one.currency for one in figures if one.figure is Figure.MARGIN), currency),
        final=row.final,
        verdict=kept.verdict if kept else "not_comparable",
        once_treated=row.once_treated,
        once_kept=once_kept.total if once_kept else NOTHING,
        once_margins=_margins(once),
        once_cost=row.once_cost,
        # Nobody is left where all were counted elsewhere: that adds nothing, and takes nothing away.
        in_sum=not row.mismatched and all(addable(one.total) for one in once),
        trusted=once_kept is not None and not set(once_kept.doubts) - {"wide"},
        cost_known=row.cost_known,
    )


def _margins(figures: list[Compared]) -> tuple[tuple[str, Amount], ...]:
    return tuple((one.currency, one.total) for one in figures if one.figure is Figure.MARGIN)
