"""What the desk did: won back and lost, by grade, cause, measure and owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q

from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.plays.winback.contracts import (
    Evidence,
    MeasureStatus,
    Phase,
    Report,
    ReportRow,
    Share,
    Status,
)
from keepwell.plays.winback.models import Case, Measure
from keepwell.science.experiment.score import wilson

CRITICAL = 1.959964  # of the normal distribution, for 95 %
TAKEN = (MeasureStatus.RUNNING, MeasureStatus.DONE)


def report(
    *, since: date, until: date, zone: ZoneInfo, within: Q, owner_ids: frozenset[int] | None = None
) -> Report:
    """The cases opened from `since` to `until` (both included, days in `zone`) and what became of them.

    A case with several causes or measures counts in the row of each; its cost in the measure's row is that
    of the measure. `owner_ids` narrows the count of lost customers. Raises ValueError for a
    period that ends before it begins.
    """
    if until < since:
        raise ValueError("until must not be before since")
    cases = list(
        Case.objects.filter(
            within, opened_at__gte=_begin(since, zone), opened_at__lt=_begin(until + timedelta(days=1), zone)
        ).defer("reasons", "said", "interview", "competitor", "competitor_reason", "lesson")
    )
    cases = [one for one in cases if one.result != "merged"]
    costs: dict[int, Decimal] = defaultdict(Decimal)
    by_measure: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    taken = Measure.objects.filter(case__in=[one.pk for one in cases], status__in=TAKEN, phase=Phase.ACTION)
    for case_id, code, cost in taken.values_list("case_id", "code", "cost"):
        costs[case_id] += cost
        by_measure[case_id][code] += cost
    whole: Callable[[Case, str], Decimal] = lambda case, _key: costs[case.pk]  # noqa: E731
    lost = ScoreFilter(statuses=("lost",), owner_ids=owner_ids)
    return Report(
        currency=next((one.currency for one in cases if one.currency), ""),
        total=row("", cases, whole),
        high_value=row("high", [one for one in cases if one.tier == "high"], whole),
        groups={
            "grade": _grouped(cases, lambda one: [one.grade], whole),
            "cause": _grouped(cases, lambda one: one.causes, whole),
            "measure": _grouped(
                cases, lambda one: by_measure[one.pk], lambda one, key: by_measure[one.pk][key]
            ),
            "owner": _grouped(cases, lambda one: [str(one.owner_id or "")], whole),
        },
        by_order=sum(one.evidence == Evidence.ORDER for one in cases),
        lost_customers=insight.totals(lost).customers if insight.current_cycle() else None,
    )


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _grouped(
    cases: Iterable[Case],
    keys: Callable[[Case], Iterable[str]],
    cost: Callable[[Case, str], Decimal],
) -> tuple[ReportRow, ...]:
    found: dict[str, list[Case]] = defaultdict(list)
    for one in cases:
        for key in keys(one):
            found[key].append(one)
    rows = [row(key, listed, cost) for key, listed in found.items()]
    return tuple(sorted(rows, key=lambda one: (-one.opened, one.key)))


def row(key: str, cases: list[Case], cost: Callable[[Case, str], Decimal]) -> ReportRow:
    """The figures of some cases. Decided are those won back and lost; who came back alone is neither."""
    won = [one for one in cases if one.won_at is not None and one.status == Status.WON_BACK]
    lost = sum(one.status == Status.LOST for one in cases)
    return ReportRow(
        key=key,
        opened=len(cases),
        open_now=sum(one.finished_at is None and one.status != Status.WON_BACK for one in cases),
        won=len(won),
        lost=lost,
        closed=sum(one.status == Status.CLOSED for one in cases),
        cost=sum((cost(one, key) for one in cases), Decimal(0)),
        recovered_value=sum((one.value_at_stake for one in won), Decimal(0)),
        share=share(len(won), len(won) + lost),
    )


def share(won: int, decided: int) -> Share:
    """A share with its 95 % interval (Wilson); from 0 to 1 without any."""
    if not decided:
        return Share(0, 0, 0.0, 1.0)
    low, high = wilson(won, decided, CRITICAL)
    return Share(won, decided, float(low), float(high))
