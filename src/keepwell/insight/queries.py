"""What can be asked of insight; no writes. Every answer comes from one cycle, never from a mixture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from keepwell.insight import listing, own, settings, views
from keepwell.insight.contracts import (
    Count,
    CycleView,
    QualityRow,
    ScoreFilter,
    ScorePage,
    ScoreView,
    Seek,
    Summary,
    ThresholdPreview,
    Thresholds,
)
from keepwell.insight.models import CurrentCycle, Cycle, Score, ThresholdVersion
from keepwell.insight.preview import preview

ORDERS = (
    "expected_loss",
    "churn_risk",
    "clv",
    "last_order_at",
    "total_amount",
    "action_gain",
    "customer_id",
)
PAGE_SIZE_MAX = 1_000
SOUGHT = listing.SOUGHT


def current_cycle() -> CycleView | None:
    """The cycle that readers see; None before the first."""
    row = _current()
    return views.cycle(row, is_current=True) if row else None


def cycles(limit: int = 20) -> list[CycleView]:
    """The newest cycles first, also those that run or failed."""
    current = CurrentCycle.objects.values_list("cycle_id", flat=True).first()
    return [views.cycle(row, is_current=row.pk == current) for row in Cycle.objects.order_by("-id")[:limit]]


def cycle(cycle_id: str) -> CycleView | None:
    """The record of one cycle, or None."""
    row = Cycle.objects.filter(cycle_id=cycle_id).first()
    current = CurrentCycle.objects.values_list("cycle_id", flat=True).first()
    return views.cycle(row, is_current=row.pk == current) if row else None


def summary(owner_ids: frozenset[int] | None = None) -> Summary | None:
    """The cockpit's figures as stored with the current cycle; None before the first.

    With `owner_ids`, those of the customers that these users look after now: without months and repeat
    purchase rates, which are kept for the whole business only.
    """
    row = _current()
    if row is None:
        return None
    return views.summary(row) if owner_ids is None else own.summary(row, owner_ids)


def scores(
    filter: ScoreFilter | None = None,
    *,
    order_by: str = "-expected_loss",
    page: int = 1,
    page_size: int = 50,
    seek: Seek | None = None,
) -> ScorePage:
    """One page of current scores.

    `order_by` is one of `ORDERS`, with "-" for descending; equal rows are ordered by customer number. With
    `seek` the rows after (or before) a given one are read at once, however far down the list they are; the
    order must be one of `SOUGHT`.
    Raises ValueError where `order_by`, `page` or `page_size` is not allowed.
    """
    if page < 1 or not 1 <= page_size <= PAGE_SIZE_MAX:
        raise ValueError(f"page must be >= 1 and page_size between 1 and {PAGE_SIZE_MAX}")
    ordering = _ordering(order_by)
    row = _current()
    if row is None:
        return ScorePage((), 0, page, page_size)
    found = listing.of(row, filter or ScoreFilter())
    if seek is None:
        ids = found.customer_ids(ordering, (page - 1) * page_size, page_size)
    else:
        ids = found.sought(ordering, seek, page_size)
    rows = tuple(views.score(one, row) for one in listing.scores(row, ids))
    return ScorePage(rows, found.count.customers, page, page_size)


def scores_after(filter: ScoreFilter | None = None, *, after: str = "", limit: int = 200) -> list[ScoreView]:
    """Current scores in the order of customer numbers, at most `limit`, those after `after`."""
    row = _current()
    if row is None:
        return []
    place = Seek(after, after) if after else Seek()
    ids = listing.of(row, filter or ScoreFilter()).sought(("customer_id",), place, limit)
    return [views.score(one, row) for one in listing.scores(row, ids)]


def customer_ids(filter: ScoreFilter | None = None, *, limit: int) -> list[str]:
    """Numbers of the customers whose current scores match, in order; at most `limit`."""
    row = _current()
    if row is None:
        return []
    return listing.of(row, filter or ScoreFilter()).customer_ids(("customer_id",), 0, limit)


def totals(filter: ScoreFilter | None = None) -> Count:
    """How many current scores match, and their money."""
    row = _current()
    return listing.NOTHING if row is None else listing.of(row, filter or ScoreFilter()).count


def score(customer_id: str) -> ScoreView | None:
    """The current score of one customer, or None."""
    row = _current()
    found = Score.objects.filter(cycle=row, customer_id=customer_id).first() if row else None
    return views.score(found, row) if found and row else None


def scores_of(customer_ids: Iterable[str]) -> dict[str, ScoreView]:
    """Current scores by customer number; who has none is left out."""
    row = _current()
    found: dict[str, ScoreView] = {}
    wanted = iter(customer_ids)
    while row is not None and (chunk := list(islice(wanted, 1_000))):
        for one in Score.objects.filter(cycle=row, customer_id__in=chunk):
            found[one.customer_id] = views.score(one, row)
    return found


def score_history(customer_id: str, limit: int = 24) -> list[tuple[datetime, float, float, str, str]]:
    """(as_of, churn_risk, clv, tier, status) of the customer's last cycles, oldest first."""
    # The engine takes a second to load, and current scores do without.
    from keepwell.history import queries as history

    wanted = ("churn_risk", "clv", "tier", "status")
    facts = history.timeline(customer_id, limit=limit, tables=["scores"], columns=wanted)
    found = [(fact.at, fact.data["cycle_id"], fact.data) for fact in facts[:limit]]
    found.sort(key=lambda one: one[:2])
    return [(at, d["churn_risk"], float(d["clv"]), d["tier"], d["status"]) for at, _cycle, d in found]


def iter_scores(
    filter: ScoreFilter | None = None,
    *,
    order_by: str = "-expected_loss",
) -> Iterator[ScoreView]:
    """Every current score that matches, streamed; for exports."""
    ordering = _ordering(order_by)
    row = _current()
    if row is None:
        return
    found = listing.of(row, filter or ScoreFilter()).matching().order_by(*ordering)
    for one in found.iterator(chunk_size=5_000):
        yield views.score(one, row)


def thresholds() -> Thresholds:
    """The newest version of the thresholds; the defaults (version 0) before any change."""
    newest = ThresholdVersion.objects.order_by("-version").first()
    if newest is None:
        return settings.DEFAULTS
    return replace(settings.parse(newest.values), version=newest.version)


def threshold_versions(limit: int = 20) -> list[tuple[int, datetime, str, Thresholds]]:
    """(version, created_at, actor, thresholds), newest first."""
    return [
        (row.version, row.created_at, row.actor, replace(settings.parse(row.values), version=row.version))
        for row in ThresholdVersion.objects.order_by("-version")[:limit]
    ]


def preview_thresholds(values: Mapping[str, Any]) -> ThresholdPreview:
    """How many customers `values` (some or all fields) would flag; raises `settings.ThresholdError`.

    Computed from the current scores: fields that change the scores themselves (the horizon, the windows,
    the margin) take effect with the next cycle and are not seen here.
    """
    now = thresholds()
    row = _current()
    return preview(row, now, settings.merge(now, values))


def quality() -> tuple[QualityRow, ...]:
    """Data quality per field and source as the current cycle found it."""
    row = _current()
    return views.quality(row) if row else ()


def _current() -> Cycle | None:
    pointer = CurrentCycle.objects.select_related("cycle").first()
    return pointer.cycle if pointer else None


def _ordering(order_by: str) -> tuple[str, ...]:
    name = order_by.removeprefix("-")
    if name not in ORDERS:
        raise ValueError(f"order_by must be one of {', '.join(ORDERS)}, with or without '-': {order_by!r}")
    return (order_by,) if name == "customer_id" else (order_by, "customer_id")
