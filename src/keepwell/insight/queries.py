"""What can be asked of insight; no writes. Every answer comes from one cycle, never from a mixture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Count as RowCount
from django.db.models import Q, QuerySet, Sum

from keepwell.customers import queries as customers
from keepwell.insight import own, settings, views
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
from keepwell.insight.labels import HINT_CODES
from keepwell.insight.models import CurrentCycle, Cycle, Facet, Score, ThresholdVersion
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
# Filter fields and the columns they ask; all but `hints` and `search` are answered by both tables.
COLUMNS = {
    "statuses": "status",
    "tiers": "tier",
    "risk_levels": "risk_level",
    "life_stages": "life_stage",
    "communication_groups": "communication_group",
    "segments": "rfm_segment",
    "reasons": "reason",
    "actions": "action",
}
PAGE_SIZE_MAX = 1_000
# Columns that every row has a value in, so that a place in the list can be named by one.
SOUGHT = ("expected_loss", "churn_risk", "clv", "total_amount", "customer_id")


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
    wanted = filter or ScoreFilter()
    matching = _matching(row, wanted)
    total = _total(row, wanted)
    if seek is None:
        start = (page - 1) * page_size
        found = list(matching.order_by(*ordering)[start : start + page_size])
    else:
        found = _sought(matching, ordering, seek, page_size)
    return ScorePage(tuple(views.score(s, row) for s in found), total, page, page_size)


def scores_after(filter: ScoreFilter | None = None, *, after: str = "", limit: int = 200) -> list[ScoreView]:
    """Current scores in the order of customer numbers, at most `limit`, those after `after`."""
    row = _current()
    if row is None:
        return []
    found = _matching(row, filter or ScoreFilter()).filter(customer_id__gt=after)
    return [views.score(one, row) for one in found.order_by("customer_id")[:limit]]


def _sought(matching: QuerySet[Score], ordering: tuple[str, ...], seek: Seek, page_size: int) -> list[Score]:
    """The rows from a given one on; the order's column and the number together name a place in the list."""
    column, descending = ordering[0].removeprefix("-"), ordering[0].startswith("-")
    if column not in SOUGHT:
        raise ValueError(f"seek: order_by must be one of {', '.join(SOUGHT)}, not {column!r}")
    if seek.value is not None:
        # Descending values come with ascending numbers, as the order says.
        side = "lt" if descending != seek.backward else "gt"
        if column == "customer_id":
            matching = matching.filter(**{f"customer_id__{side}": seek.customer_id})
        else:
            number = "lt" if seek.backward else "gt"
            beyond = Q(**{f"{column}__{side}": seek.value})
            same = Q(**{column: seek.value, f"customer_id__{number}": seek.customer_id})
            matching = matching.filter(beyond | same, **{f"{column}__{side}e": seek.value})
    if not seek.backward:
        return list(matching.order_by(*ordering)[:page_size])
    turned = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in ordering]
    return list(matching.order_by(*turned)[:page_size])[::-1]


def customer_ids(filter: ScoreFilter | None = None, *, limit: int) -> list[str]:
    """Numbers of the customers whose current scores match, in order; at most `limit`."""
    row = _current()
    if row is None:
        return []
    found = _matching(row, filter or ScoreFilter()).order_by("customer_id")
    return list(found.values_list("customer_id", flat=True)[:limit])


def totals(filter: ScoreFilter | None = None) -> Count:
    """How many current scores match, and their money."""
    row = _current()
    if row is None:
        return Count(0, Decimal(0), Decimal(0))
    wanted = filter or ScoreFilter()
    found = (
        _matching(row, wanted).aggregate(
            customers=RowCount("customer_id"), expected_loss=Sum("expected_loss"), clv=Sum("clv")
        )
        if _names_customers(wanted)
        else Facet.objects.filter(_classes(wanted), cycle=row).aggregate(
            customers=Sum("customers"), expected_loss=Sum("expected_loss"), clv=Sum("clv")
        )
    )
    return Count(
        int(found["customers"] or 0), found["expected_loss"] or Decimal(0), found["clv"] or Decimal(0)
    )


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
    found = _matching(row, filter or ScoreFilter()).order_by(*ordering)
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


def _classes(wanted: ScoreFilter) -> Q:
    """The part of a filter that asks for classes."""
    asked = Q()
    for name, column in COLUMNS.items():
        values = getattr(wanted, name)
        if values:
            asked &= Q(**{f"{column}__in": values})
    if wanted.hints:
        bits = sum(1 << HINT_CODES.index(code) for code in set(wanted.hints) if code in HINT_CODES)
        asked &= Q(hints__in=[value for value in range(1 << len(HINT_CODES)) if value & bits])
    return asked


def _matching(row: Cycle, wanted: ScoreFilter) -> QuerySet[Score]:
    found = Score.objects.filter(_classes(wanted), cycle=row)
    if wanted.search:
        found = found.filter(_prefix(wanted.search))
    if wanted.owner_ids is not None:
        found = found.filter(customer_id__in=customers.owned_by(wanted.owner_ids))
    if wanted.among is not None:
        found = found.filter(customer_id__in=wanted.among)
    return found


def _names_customers(wanted: ScoreFilter) -> bool:
    """Whether a filter asks for more than classes, so that counts by class do not answer it."""
    return bool(wanted.search) or wanted.owner_ids is not None or wanted.among is not None


def _prefix(text: str) -> Q:
    """Numbers that begin with `text`: on SQLite a range, for its LIKE ignores case and indexes."""
    if connection.vendor == "sqlite":
        return Q(customer_id__gte=text, customer_id__lt=text + "\U0010ffff")
    return Q(customer_id__startswith=text)


def _total(row: Cycle, wanted: ScoreFilter) -> int:
    if _names_customers(wanted):
        return _matching(row, wanted).count()
    counted = Facet.objects.filter(_classes(wanted), cycle=row).aggregate(total=Sum("customers"))
    return int(counted["total"] or 0)
