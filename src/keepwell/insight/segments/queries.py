"""What can be asked about segments; nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from keepwell.accounts.access import Account
from keepwell.customers import queries as customers
from keepwell.insight.segments import access, comparing, counting, explaining, store, words
from keepwell.insight.segments.attributes import attributes
from keepwell.insight.segments.contracts import (
    Comparison,
    Counted,
    Explained,
    Member,
    MemberPage,
    Movement,
    Profile,
    Seasonality,
    SegmentView,
    Size,
)
from keepwell.insight.segments.counting import NoStoreError
from keepwell.insight.segments.definition import DefinitionError, parse
from keepwell.insight.segments.models import Segment, SegmentMember, SegmentMovement, SegmentSize
from keepwell.insight.segments.rows import name_of, view

__all__ = ["NoStoreError"]

SIZES_MAX = 120
IDS_MAX = 1_000


def segments(user: Account, *, archived: bool = False) -> list[SegmentView]:
    """The segments that `user` may see, by name; those of the archive with `archived`."""
    found = access.visible(user).filter(archived_at__isnull=not archived).select_related("author")
    return sorted(map(view, found), key=lambda one: (one.is_machine_made, one.name.casefold()))


def every() -> list[SegmentView]:
    """All segments that are not archived; for programs, which ask no user."""
    return [view(row) for row in Segment.objects.filter(archived_at=None).select_related("author")]


def segment(segment_id: int) -> SegmentView | None:
    """One segment, archived ones too, or None."""
    row = Segment.objects.select_related("author").filter(pk=segment_id).first()
    return view(row) if row else None


def names() -> dict[int, str]:
    """The name of every segment by number."""
    return {row.pk: name_of(row) for row in Segment.objects.only("pk", "name", "code")}


def members(
    segment_id: int,
    *,
    page: int = 1,
    page_size: int = 50,
    owner_ids: Collection[int] | None = None,
) -> MemberPage:
    """Who is in now, the newest first; `owner_ids` narrows to the customers of these users."""
    found = _members(segment_id, owner_ids)
    whole = owner_ids is None
    known = Segment.objects.filter(pk=segment_id).values_list("size", flat=True).first() if whole else None
    total = found.count() if known is None else known
    start = (max(page, 1) - 1) * page_size
    rows = found.order_by("-entered_at", "customer_id")[start : start + page_size]
    shown = tuple(Member(one.customer_id, one.entered_at) for one in rows)
    return MemberPage(shown, total, page, page_size)


def size(segment_id: int) -> int:
    """How many members a segment has now."""
    return _members(segment_id, None).count()


def member_ids(
    segment_id: int,
    *,
    owner_ids: Collection[int] | None = None,
    between: tuple[str, str] | None = None,
) -> Iterator[str]:
    """Every member's customer number in order, streamed; `between` a first and a last one, both included."""
    found = _members(segment_id, owner_ids).order_by("customer_id")
    if between is not None:
        found = found.filter(customer_id__gte=between[0], customer_id__lte=between[1])
    yield from found.values_list("customer_id", flat=True).iterator(chunk_size=20_000)


def of_customer(customer_id: str, user: Account | None = None) -> list[SegmentView]:
    """The segments that a customer is in, by name; with `user` those that this user may see."""
    among = access.visible(user) if user is not None else Segment.objects.all()
    found = among.filter(archived_at=None, segmentmember__customer_id=customer_id)
    return sorted((view(row) for row in found.select_related("author")), key=lambda one: one.name.casefold())


def of_customers(customer_ids: Iterable[str]) -> dict[str, list[int]]:
    """The segments of many customers, by number; those who are in none are left out."""
    found: dict[str, list[int]] = {}
    rest = iter(customer_ids)
    while chunk := list(islice(rest, IDS_MAX)):
        rows = SegmentMember.objects.filter(customer_id__in=chunk, segment__archived_at=None)
        for customer_id, segment_id in rows.values_list("customer_id", "segment_id"):
            found.setdefault(customer_id, []).append(segment_id)
    return found


def movements(
    *,
    segment_id: int | None = None,
    customer_id: str | None = None,
    owner_ids: Collection[int] | None = None,
    limit: int = 50,
) -> list[Movement]:
    """Who entered and left, the newest first."""
    found = SegmentMovement.objects.order_by("-id")
    if segment_id is not None:
        found = found.filter(segment=segment_id)
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if owner_ids is not None:
        found = found.filter(customer_id__in=customers.owned_by(owner_ids))
    return [
        Movement(one.segment_id, one.customer_id, one.at, one.entered, one.cause) for one in found[:limit]
    ]


def sizes(segment_ids: Collection[int], *, limit: int = SIZES_MAX) -> dict[int, list[Size]]:
    """Size over time of several segments in one query, oldest first; the newest `limit` of each."""
    found: dict[int, list[Size]] = {one: [] for one in segment_ids}
    rows = SegmentSize.objects.filter(segment__in=segment_ids).order_by("at", "id")
    for row in rows.values_list("segment_id", "at", "size", "entered", "left"):
        found[row[0]].append(Size(*row[1:]))
    return {one: known[-limit:] for one, known in found.items()}


def count(
    definition: Mapping[str, Any],
    *,
    owner_ids: Collection[int] | None = None,
    sample: int = 0,
) -> Counted:
    """How many customers a definition holds for now, and the first `sample` of their numbers.

    Raises NoStoreError before the first cycle, DefinitionError naming the path.
    """
    return counting.count(parse(definition), owner_ids=owner_ids, sample=sample)


def holding(definition: Mapping[str, Any], customer_ids: Collection[str]) -> set[str]:
    """Those of `customer_ids` for whom a definition holds now; before the first cycle too.

    Raises DefinitionError naming the path.
    """
    return counting.among(parse(definition), customer_ids)


def values_of(attribute: str) -> list[tuple[str, Any]]:
    """(customer number, value) of everybody in whom an attribute is known, as of the newest cycle.

    Raises NoStoreError before the first cycle, DefinitionError for an attribute that there is not.
    """
    if attribute not in attributes():
        raise DefinitionError("attribute", f"{attribute!r} is not known")
    found = counting.day_values(attribute)
    return list(zip(found["customer_id"].to_pylist(), found["value"].to_pylist(), strict=True))


def sentence(definition: Mapping[str, Any]) -> str:
    """A definition in words of the active language; what makes no sense says so."""
    return sentences([definition])[0]


def sentences(definitions: Iterable[Mapping[str, Any]]) -> list[str]:
    """`sentence` of many, with one query for the names of the segments that they mention."""
    known = names()
    return [_said(one, known) for one in definitions]


def _said(definition: Mapping[str, Any], known: Mapping[int, str]) -> str:
    try:
        node = parse(definition)
    except DefinitionError as error:
        return str(error)
    return words.sentence(node, segment_name=lambda one: known.get(one, str(one)))


def explain(definition: Mapping[str, Any], customer_id: str) -> Explained | None:
    """Why a customer is in or not: each condition with the customer's own value; None: no such customer."""
    return explaining.explain(parse(definition), customer_id, at=counting.moment_of(customer_id))


def profile(segment_id: int) -> Profile:
    """What the members are like, by the store. Raises NoStoreError."""
    return comparing.profile(_node(segment_id))


def compare(first_id: int, second_id: int) -> Comparison:
    """Two segments side by side. Raises NoStoreError."""
    return comparing.compare(_node(first_id), _node(second_id))


def seasonality(segment_id: int) -> Seasonality:
    """When the members buy. Raises NoStoreError."""
    return comparing.seasonality(_node(segment_id))


def known_values(attribute_or_column: str, table: str | None = None, limit: int = 60) -> list[str]:
    """The most frequent values of a text attribute, or of a fact table's column; for suggestions."""
    return comparing.known_values(attribute_or_column, table, limit)


def built_at() -> datetime | None:
    """When the present store was made; None before the first cycle."""
    found = store.current()
    return found.built_at if found else None


def _node(segment_id: int) -> Any:
    node = counting.resolve(segment_id)
    if node is None:
        raise DefinitionError("segment", f"there is no segment {segment_id}")
    return node


def _members(segment_id: int, owner_ids: Collection[int] | None) -> QuerySet[SegmentMember]:
    found = SegmentMember.objects.filter(segment=segment_id)
    if owner_ids is not None:
        found = found.filter(customer_id__in=customers.owned_by(owner_ids))
    return found
