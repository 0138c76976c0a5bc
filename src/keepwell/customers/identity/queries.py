"""What can be asked about identity: which numbers belong to one person."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import Q, QuerySet

from keepwell.customers.identity.contracts import CandidateView, MergeView
from keepwell.customers.identity.models import Alias, Candidate, Merge
from keepwell.foundation.crypto import ring
from keepwell.foundation.rows import among
from keepwell.history import queries as history
from keepwell.history.contracts import TimelineFact

CHUNK = 5_000
# Whose facts are read together, and how many of them at once at most.
TOGETHER = 250
FACTS_TOGETHER = 100_000
ALIASES = pa.schema([("alias_id", pa.string()), ("canonical_id", pa.string())])


def anonymous_number(anonymous_id: str) -> str:
    """The number under which facts of an unknown visitor are kept: `a_` and 20 hex digits.

    Keyed, so that the visitor's cookie cannot be found in the lake.
    """
    digest = hmac.new(ring().pseudonym_key, f"anonymous\0{anonymous_id}".encode(), hashlib.sha256)
    return "a_" + digest.hexdigest()[:20]


def canonical_id(customer_id: str) -> str:
    """The surviving number of whoever `customer_id` is; itself where it was never merged."""
    found = Alias.objects.filter(pk=customer_id).values_list("canonical_id", flat=True).first()
    return found or customer_id


def canonical_ids(customer_ids: Iterable[str] | None = None) -> dict[str, str]:
    """Surviving number by alias, of those of `customer_ids` that are aliases; of all aliases by default."""
    if customer_ids is None:
        return dict(Alias.objects.values_list("alias_id", "canonical_id"))
    found: dict[str, str] = {}
    iterator = iter(customer_ids)
    while chunk := list(islice(iterator, CHUNK)):
        found.update(Alias.objects.filter(among("pk", chunk)).values_list("alias_id", "canonical_id"))
    return found


def alias_ids(customer_id: str) -> tuple[str, ...]:
    """The other numbers whose facts are this person's: merged records and anonymous visits."""
    return tuple(
        Alias.objects.filter(canonical_id=customer_id).order_by("pk").values_list("alias_id", flat=True)
    )


def fact_ids(customer_id: str) -> tuple[str, ...]:
    """Every number under which facts of this person are kept: `customer_id` and its aliases."""
    return (customer_id, *alias_ids(customer_id))


def timeline(
    customer_id: str,
    *,
    limit: int = 200,
    before: datetime | None = None,
    tables: list[str] | None = None,
    columns: Collection[str] | None = None,
) -> list[TimelineFact]:
    """The person's facts, newest first, under whatever number they are kept; see `history.timeline`."""
    return history.timeline(fact_ids(customer_id), limit=limit, before=before, tables=tables, columns=columns)


def timelines(
    customer_ids: Collection[str],
    *,
    limit: int,
    tables: list[str],
    columns: Collection[str] | None = None,
) -> dict[str, list[TimelineFact]]:
    """`timeline` of many at once, by the number asked for; the `limit` newest facts of each.

    Read for some hundreds together, and for fewer where they have very many facts: memory stays bounded.
    """
    found: dict[str, list[TimelineFact]] = {}
    iterator = iter(dict.fromkeys(customer_ids))
    while chunk := list(islice(iterator, TOGETHER)):
        found |= _timelines(chunk, limit, tables, columns)
    return found


def _timelines(
    chunk: list[str], limit: int, tables: list[str], columns: Collection[str] | None
) -> dict[str, list[TimelineFact]]:
    if len(chunk) == 1:
        return {chunk[0]: timeline(chunk[0], limit=limit, tables=tables, columns=columns)}
    whose = {number: number for number in chunk} | dict(aliases(chunk))
    read = history.timeline(tuple(whose), limit=FACTS_TOGETHER, tables=tables, columns=columns)
    if len(read) >= FACTS_TOGETHER:
        half = len(chunk) // 2
        few = (_timelines(part, limit, tables, columns) for part in (chunk[:half], chunk[half:]))
        return {number: facts for part in few for number, facts in part.items()}
    found: dict[str, list[TimelineFact]] = {number: [] for number in chunk}
    for fact in read:
        mine = found[whose[fact.data["customer_id"]]]
        if len(mine) < limit:
            mine.append(fact)
    return found


def merged_ids() -> QuerySet[Alias, str]:
    """All aliases, to leave them out of another query (`exclude(customer_id__in=…)`)."""
    return Alias.objects.order_by().values_list("alias_id", flat=True)


def aliases(canonical_ids: Iterable[str] | None = None) -> Iterator[tuple[str, str]]:
    """(alias, surviving number) of every alias, or of those that lead to `canonical_ids`; streamed."""
    rows = Alias.objects.order_by("pk").values_list("alias_id", "canonical_id")
    if canonical_ids is None:
        yield from rows.iterator(chunk_size=CHUNK)
        return
    iterator = iter(canonical_ids)
    while chunk := list(islice(iterator, CHUNK)):
        yield from rows.filter(among("canonical_id", chunk))


def write_aliases(path: Path) -> int:
    """Write alias_id and canonical_id of every alias to a Parquet file; returns how many."""
    rows = [dict(zip(ALIASES.names, row, strict=True)) for row in aliases()]
    pq.write_table(pa.Table.from_pylist(rows, schema=ALIASES), path)
    return len(rows)


def changed_since(at: datetime) -> Iterator[str]:
    """Numbers of the records that were joined or taken apart at or after `at`; one may come twice."""
    for alias_id, canonical_id in Alias.objects.filter(since__gte=at).values_list("alias_id", "canonical_id"):
        yield from (alias_id, canonical_id)
    for kept_id, merged_id in Merge.objects.filter(undone_at__gte=at).values_list("kept_id", "merged_id"):
        yield from (kept_id, merged_id)


def candidates(*, within: Collection[str] | None = None, limit: int = 200) -> list[CandidateView]:
    """Open pairs that may be one person, the likeliest first; `within` keeps pairs of these numbers."""
    rows = Candidate.objects.filter(status="open")
    if within is not None:
        rows = rows.filter(first_id__in=within, second_id__in=within)
    return [_candidate(row) for row in rows[:limit]]


def candidates_of(customer_id: str) -> list[CandidateView]:
    """Open pairs with this customer."""
    rows = Candidate.objects.filter(Q(first_id=customer_id) | Q(second_id=customer_id), status="open")
    return [_candidate(row) for row in rows]


def candidate(candidate_id: int) -> CandidateView | None:
    """One pair."""
    row = Candidate.objects.filter(pk=candidate_id).first()
    return _candidate(row) if row else None


def merges(*, customer_id: str | None = None, limit: int = 100) -> list[MergeView]:
    """Merges, newest first; of one surviving or merged record where `customer_id` is given."""
    rows = Merge.objects.all()
    if customer_id is not None:
        rows = rows.filter(Q(kept_id=customer_id) | Q(merged_id=customer_id))
    found = list(rows.defer("memo")[:limit])
    later = _later_merges(found)
    return [_merge(row, later.get(row.pk)) for row in found]


def merge_view(merge_id: int) -> MergeView | None:
    """One merge."""
    row = Merge.objects.defer("memo").filter(pk=merge_id).first()
    return _merge(row, _later_merges([row]).get(row.pk)) if row else None


def _later_merges(rows: list[Merge]) -> dict[int, int]:
    """For each merge the newest later one that must be undone before it."""
    kept = {row.kept_id for row in rows}
    active = Merge.objects.filter(undone_at=None).filter(Q(kept_id__in=kept) | Q(merged_id__in=kept))
    listed = list(active.order_by("pk").values_list("pk", "kept_id", "merged_id"))
    answer: dict[int, int] = {}
    for row in rows:
        for pk, kept_id, merged_id in listed:
            if pk > row.pk and row.undone_at is None and row.kept_id in (kept_id, merged_id):
                answer[row.pk] = pk
    return answer


def _candidate(row: Candidate) -> CandidateView:
    return CandidateView(row.pk, row.first_id, row.second_id, row.score, tuple(row.reasons), row.found_at)


def _merge(row: Merge, blocked_by: int | None) -> MergeView:
    return MergeView(
        merge_id=row.pk,
        kept_id=row.kept_id,
        merged_id=row.merged_id,
        at=row.at,
        actor=row.actor,
        reason=row.reason,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        blocked_by=blocked_by,
    )
