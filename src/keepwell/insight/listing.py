"""Which scores a list shows, in which order: small sorted indexes find them, then only these are read.

All classes of a score are one number (`facet_number`), and every order has an index with that number at its
end. So a filter by any classes, in any order and as deep as one likes, is a walk along one index that never
opens a row; counts come from the table of facets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count as RowCount
from django.db.models import F, OrderBy, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from keepwell.customers import queries as customers
from keepwell.insight.contracts import Count, ScoreFilter, Seek
from keepwell.insight.labels import HINT_CODES
from keepwell.insight.models import Cycle, Facet, Score

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
# Columns that every row has a value in, so that a place in the list can be named by one.
SOUGHT = ("expected_loss", "churn_risk", "clv", "total_amount", "customer_id")
# Owners of more customers than this are asked of each row on the way; fewer are looked up and sorted.
FEW = 20_000
REMEMBERED_MAX = 64
NOTHING = Count(0, Decimal(0), Decimal(0))

ByNumber = dict[int, Count]
_remembered: dict[tuple[str, frozenset[int]], tuple[object, ByNumber]] = {}


@dataclass(frozen=True)
class Listing:
    """The scores of one cycle that match a filter, with their count; `numbers`: of these facets (None: all).

    `owned` is how many customers the filter's owners look after (0 where it names none).
    """

    cycle: Cycle
    wanted: ScoreFilter
    numbers: frozenset[int] | None
    count: Count
    owned: int

    def matching(self) -> QuerySet[Score]:
        """The scores, in no order."""
        found = Score.objects.filter(cycle=self.cycle)
        if self.numbers is not None:
            found = found.filter(facet_number__in=sorted(self.numbers))
        if self.wanted.search:
            found = found.filter(_prefix(self.wanted.search))
        if self.wanted.among is not None:
            found = found.filter(customer_id__in=self.wanted.among)
        if self.wanted.owner_ids is None:
            return found
        if self._is_short():
            return found.filter(customer_id__in=customers.owned_by(self.wanted.owner_ids))
        return found.alias(owner=customers.present_owner()).filter(owner__in=self.wanted.owner_ids)

    def customer_ids(self, ordering: tuple[str, ...], start: int, size: int) -> list[str]:
        """Numbers of the customers in this part of the list; beyond the middle it is read from its end."""
        total = self.count.customers
        size = min(size, total - start)
        if size <= 0:
            return []
        if start <= total // 2:
            return self._ids(self.matching(), ordering, start, size)
        return self._ids(self.matching(), turned(ordering), total - start - size, size)[::-1]

    def sought(self, ordering: tuple[str, ...], seek: Seek, size: int) -> list[str]:
        """Numbers of the customers from a given row on, or before it; raises ValueError for other orders."""
        column, descending = ordering[0].removeprefix("-"), ordering[0].startswith("-")
        if column not in SOUGHT:
            raise ValueError(f"seek: order_by must be one of {', '.join(SOUGHT)}, not {column!r}")
        if not self.count.customers:
            return []
        matching = self.matching()
        if seek.value is not None:
            matching = matching.filter(_beyond(column, descending, seek))
        if not seek.backward:
            return self._ids(matching, ordering, 0, size)
        return self._ids(matching, turned(ordering), 0, size)[::-1]

    def _ids(self, matching: QuerySet[Score], ordering: tuple[str, ...], start: int, size: int) -> list[str]:
        if not self._is_short():
            found = matching.order_by(*ordering).values_list("customer_id", flat=True)
            return list(found[start : start + size])
        # A column that no index has: else an index of the order would be walked for being enough by itself.
        rows = matching.order_by(*(_unindexed(name) for name in ordering)).values_list(
            "customer_id", "orders"
        )
        return [customer_id for customer_id, _orders in rows[start : start + size]]

    def _is_short(self) -> bool:
        """Whether the filter names few customers: looked up one by one they are found soonest."""
        is_owned = self.wanted.owner_ids is not None
        return self.wanted.among is not None or (is_owned and self.owned <= FEW)


def of(cycle: Cycle, wanted: ScoreFilter) -> Listing:
    """The scores of `cycle` that match; two statements at most, or three for owners of many customers."""
    classes = _classes(wanted)
    facets: ByNumber = {}
    stored = Facet.objects.filter(classes, cycle=cycle)
    for number, people, loss, clv in stored.values_list("number", "customers", "expected_loss", "clv"):
        facets[number] = Count(people, loss, clv)
    numbers = frozenset(facets) if classes else None
    if wanted.owner_ids is None and not _names_customers(wanted):
        return Listing(cycle, wanted, numbers, _sum(tuple(facets.values())), 0)
    owned, own = 0, facets
    if wanted.owner_ids is not None:
        owned, own = _owned(cycle, wanted.owner_ids)
    count = _sum(tuple(counted for number, counted in own.items() if number in facets))
    found = Listing(cycle, wanted, numbers, count, owned)
    if count.customers and _names_customers(wanted):
        return Listing(cycle, wanted, numbers, _counted(found.matching()), owned)
    return found


def scores(cycle: Cycle, customer_ids: Sequence[str]) -> list[Score]:
    """The rows of these customers, in this order."""
    rows = Score.objects.filter(cycle=cycle, customer_id__in=customer_ids)
    by_id = {row.customer_id: row for row in rows} if customer_ids else {}
    return [by_id[one] for one in customer_ids if one in by_id]


def turned(ordering: tuple[str, ...]) -> tuple[str, ...]:
    """The opposite order."""
    return tuple(name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in ordering)


def _owned(cycle: Cycle, owner_ids: frozenset[int]) -> tuple[int, ByNumber]:
    """How many customers these users look after, and their scores' counts by facet.

    Counts of many are remembered as long as the cycle and what the users look after are the same.
    """
    mark = customers.owned_mark(owner_ids)
    key = (cycle.cycle_id, owner_ids)
    is_kept, kept = mark.customers > FEW, _remembered.get(key)
    if is_kept and kept is not None and kept[0] == mark:
        return mark.customers, kept[1]
    found = Score.objects.filter(cycle=cycle, customer_id__in=customers.owned_by(owner_ids))
    rows = found.values_list("facet_number").annotate(
        RowCount("customer_id"), Sum("expected_loss"), Sum("clv")
    )
    counts = {number: Count(*figures) for number, *figures in rows.order_by()}
    if is_kept:
        while len(_remembered) >= REMEMBERED_MAX:
            _remembered.pop(next(iter(_remembered)), None)
        _remembered[key] = (mark, counts)
    return mark.customers, counts


def _counted(found: QuerySet[Score]) -> Count:
    said = found.aggregate(RowCount("customer_id"), Sum("expected_loss"), Sum("clv"))
    number, loss, clv = said.values()
    return Count(number, loss or Decimal(0), clv or Decimal(0))


def _sum(counts: Sequence[Count]) -> Count:
    return Count(
        sum(one.customers for one in counts),
        sum((one.expected_loss for one in counts), Decimal(0)),
        sum((one.clv for one in counts), Decimal(0)),
    )


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


def _names_customers(wanted: ScoreFilter) -> bool:
    """Whether a filter asks for certain customer numbers, so that counts by facet do not answer it."""
    return bool(wanted.search) or wanted.among is not None


def _prefix(text: str) -> Q:
    """Numbers that begin with `text`: on SQLite a range, for its LIKE ignores case and indexes."""
    if connection.vendor == "sqlite":
        return Q(customer_id__gte=text, customer_id__lt=text + "\U0010ffff")
    return Q(customer_id__startswith=text)


def _beyond(column: str, descending: bool, seek: Seek) -> Q:
    """Rows after the given one, or before it; the order's column and the number name a place in the list."""
    # Descending values come with ascending numbers, as the order says.
    side = "lt" if descending != seek.backward else "gt"
    if column == "customer_id":
        return Q(**{f"customer_id__{side}": seek.customer_id})
    number = "lt" if seek.backward else "gt"
    beyond = Q(**{f"{column}__{side}": seek.value})
    same = Q(**{column: seek.value, f"customer_id__{number}": seek.customer_id})
    # The row itself is never beyond itself, however its value was rounded when it was stored.
    return (beyond | same) & Q(**{f"{column}__{side}e": seek.value}) & ~Q(customer_id=seek.customer_id)


def _unindexed(name: str) -> Any:
    """The same order, said so that no database walks a whole index for the sake of it."""
    column = name.removeprefix("-")
    return OrderBy(Coalesce(F(column), F(column)), descending=name.startswith("-"))
