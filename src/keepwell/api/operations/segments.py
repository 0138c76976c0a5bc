"""Segments: groups of customers by a rule, and who is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Schema

from keepwell.accounts.contracts import Permission
from keepwell.api import auth, cursors
from keepwell.api.app import operation
from keepwell.api.fields import Cursor, Limit
from keepwell.insight.segments import queries
from keepwell.insight.segments.contracts import SegmentView

TAG = "Segments"
GATE = Permission.VIEW_SEGMENTS
PAGE_MAX = 1_000_000
SegmentId = Annotated[int, Path(ge=1, le=2**62)]


class Segment(Schema):
    """A group of customers by a rule."""

    segment_id: int
    name: str
    description: str
    definition: dict[str, Any]
    size: int | None
    evaluated_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Segments(Schema):
    """The segments that the caller's user may see."""

    data: list[Segment]


class Member(Schema):
    """Somebody in a segment."""

    customer_id: str
    entered_at: datetime


class Members(Schema):
    """A part of who is in a segment now, within reach, the newest first."""

    data: list[Member]
    total: int
    next_cursor: str | None


@operation("GET", "/api/v1/segments", permission=GATE, tag=TAG, response=Segments)
def list_segments(request: HttpRequest) -> Segments:
    """List segments by name"""
    auth.require(request, GATE)
    return Segments(data=[_out(one) for one in queries.segments(auth.account(request))])


@operation("GET", "/api/v1/segments/{segment_id}", permission=GATE, tag=TAG, response=Segment, errors=[404])
def get_segment(request: HttpRequest, segment_id: SegmentId) -> Segment:
    """Read a segment"""
    return _out(_visible(request, segment_id))


@operation(
    "GET",
    "/api/v1/segments/{segment_id}/members",
    permission=GATE,
    tag=TAG,
    response=Members,
    errors=[404],
)
def list_members(request: HttpRequest, segment_id: SegmentId, cursor: Cursor, limit: Limit) -> Members:
    """List who is in a segment now"""
    _visible(request, segment_id)
    (page,) = cursors.decode(cursor, int) if cursor else (1,)
    if not 1 <= page <= PAGE_MAX:
        raise cursors.unknown()
    owners = auth.owners_within(request, GATE)
    found = queries.members(segment_id, page=page, page_size=limit, owner_ids=owners)
    more = cursors.encode(page + 1) if page * limit < found.total else None
    rows = [Member(customer_id=row.customer_id, entered_at=row.entered_at) for row in found.rows]
    return Members(data=rows, total=found.total, next_cursor=more)


def _visible(request: HttpRequest, segment_id: int) -> SegmentView:
    auth.require(request, GATE)
    found = next((s for s in queries.segments(auth.account(request)) if s.segment_id == segment_id), None)
    if found is None:
        raise Http404("There is no such segment that you may see.")
    return found


def _out(view: SegmentView) -> Segment:
    said = {name: getattr(view, name) for name in Segment.model_fields}
    return Segment(**{**said, "definition": dict(view.definition)})
