"""Segments: the list, one segment with its members, why somebody is in, two side by side, target lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight.segments import access, queries, services
from keepwell.insight.segments.contracts import SegmentView
from keepwell.insight.segments.queries import NoStoreError
from keepwell.web import exports, segment_words
from keepwell.web.charts import segments as charts
from keepwell.web.shell import render

PAGE_SIZE = 50
MOVEMENTS = 20
EXPORT_CHUNK = 1_000


def listed(request: HttpRequest) -> HttpResponse:
    """Every segment that one may see: rule in words, size, how it moves."""
    accounts.require(request.user, Permission.VIEW_SEGMENTS)
    found = queries.segments(request.user)
    sizes = queries.sizes([one.segment_id for one in found], limit=24)
    rows: list[dict[str, Any]] = [
        {
            "segment": one,
            "sentence": said,
            "spark": segment_words.spark(sizes[one.segment_id]),
            "change": segment_words.change(sizes[one.segment_id]),
            "shared": segment_words.SHARED[one.shared],
        }
        for one, said in zip(found, queries.sentences(one.definition for one in found), strict=True)
    ]
    context = {
        "title": _("Segments"),
        "mine": [row for row in rows if not row["segment"].is_machine_made],
        "machine_made": [row for row in rows if row["segment"].is_machine_made],
        "archived": queries.segments(request.user, archived=True),
        "may_build": accounts.may(request.user, Permission.CHANGE_SEGMENTS),
        "may_play": accounts.may(request.user, Permission.SAVE_PLANS),
        "built_at": queries.built_at(),
    }
    return render(request, "keepwell/segments.html", context)


def segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """One segment: the rule in words, its size over time, who is in, who entered and left."""
    access.access_segment(request.user, Permission.VIEW_SEGMENTS, segment_id)
    found = _segment(segment_id)
    reach = access.reach(request.user)
    asked = request.GET.get("page", "1")
    page = queries.members(
        segment_id,
        page=int(asked) if asked.isascii() and asked.isdecimal() and 0 < int(asked) < 10**6 else 1,
        page_size=PAGE_SIZE,
        owner_ids=reach,
    )
    scores = insight.scores_of([one.customer_id for one in page.rows])
    names = customers.names(one.customer_id for one in page.rows)
    pages = max(1, -(-page.total // PAGE_SIZE))
    sizes = queries.sizes([segment_id])[segment_id]
    moves = queries.movements(segment_id=segment_id, owner_ids=reach, limit=MOVEMENTS)
    move_names = customers.names(one.customer_id for one in moves)
    context = {
        "title": found.name,
        "segment": found,
        "sentence": queries.sentence(found.definition),
        "shared": segment_words.SHARED[found.shared],
        "members": [
            (one, names.get(one.customer_id, one.customer_id), scores.get(one.customer_id))
            for one in page.rows
        ],
        "page": page,
        "pages": pages,
        "first": (page.page - 1) * PAGE_SIZE + 1 if page.total else 0,
        "last": (page.page - 1) * PAGE_SIZE + len(page.rows),
        "is_narrowed": reach is not None,
        "moves": [(one, move_names.get(one.customer_id, one.customer_id)) for one in moves],
        "size_chart": charts.size_chart(sizes),
        "others": [one for one in queries.segments(request.user) if one.segment_id != segment_id],
        "may_change": accounts.may(request.user, Permission.CHANGE_SEGMENTS) and not found.is_machine_made,
        "may_build": accounts.may(request.user, Permission.CHANGE_SEGMENTS),
        "may_play": accounts.may(request.user, Permission.SAVE_PLANS),
        "may_export": accounts.may(request.user, Permission.EXPORT_CUSTOMERS),
        "undo_archive": request.GET.get("archived") == "1" and found.archived_at is not None,
    }
    return render(request, "keepwell/segment.html", context)


def seasons(request: HttpRequest, segment_id: int) -> HttpResponse:
    """What the members are like and when they buy: loaded after the page, for it reads their facts."""
    access.access_segment(request.user, Permission.VIEW_SEGMENTS, segment_id)
    _own_customers_only(request)
    try:
        found = queries.seasonality(segment_id)
        profile = queries.profile(segment_id)
    except NoStoreError:
        return HttpResponse("")
    cycle = insight.current_cycle()
    context = {
        "charts": charts.seasonality_charts(found),
        "profile": profile,
        "profile_rows": charts.profile_shares(profile),
        "currency": cycle.currency if cycle else "",
    }
    return render(
        request, "keepwell/_segment_seasons.html", context, fragment="keepwell/_segment_seasons.html"
    )


def why(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Why one customer is in a segment or not: each condition with the customer's own value."""
    customer_id = request.GET.get("customer", "").strip()
    access.access_segment(request.user, Permission.VIEW_SEGMENTS, segment_id)
    if customer_id:
        access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
    found = _segment(segment_id)
    told = queries.explain(found.definition, customer_id) if customer_id else None
    context = {
        "title": found.name,
        "segment": found,
        "customer_id": customer_id,
        "name": customers.names([customer_id]).get(customer_id, customer_id) if customer_id else "",
        "told": told,
        "lines": segment_words.explanation(told) if told else [],
        "sentence": queries.sentence(found.definition),
    }
    return render(request, "keepwell/segment_why.html", context, fragment="keepwell/_segment_why.html")


def compare(request: HttpRequest) -> HttpResponse:
    """Two segments side by side."""
    accounts.require(request.user, Permission.VIEW_SEGMENTS)
    _own_customers_only(request)
    known = queries.segments(request.user)
    by_number = {str(one.segment_id): one for one in known}
    first = by_number.get(request.GET.get("a", ""))
    second = by_number.get(request.GET.get("b", ""))
    context: dict[str, Any] = {
        "title": _("Compare segments"),
        "known": known,
        "first": first,
        "second": second,
        "result": None,
    }
    if first and second and first != second:
        try:
            found = queries.compare(first.segment_id, second.segment_id)
        except NoStoreError:
            pass
        else:
            context["result"] = found
            context["figures"] = charts.compared_figures(found)
            context["shares"] = charts.compared_shares(found)
            context["currency"] = found.currency
    return render(request, "keepwell/segment_compare.html", context)


@require_POST
def duplicate(request: HttpRequest, segment_id: int) -> HttpResponse:
    """A private copy, opened in the builder."""
    access.access_segment(request.user, Permission.VIEW_SEGMENTS, segment_id)
    accounts.require(request.user, Permission.CHANGE_SEGMENTS)
    made = services.duplicate(
        segment_id=segment_id, author_id=request.user.pk, actor=request.user.get_username()
    )
    services.fill(segment_id=made.segment_id)
    return HttpResponseRedirect(reverse("segment_edit", args=[made.segment_id]))


@require_POST
def archive(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Put a segment away, to be taken back by one click."""
    access.access_segment(request.user, Permission.CHANGE_SEGMENTS, segment_id)
    services.archive(segment_id=segment_id, actor=request.user.get_username())
    return HttpResponseRedirect(reverse("segment", args=[segment_id]) + "?archived=1")


@require_POST
def restore(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Take a segment out of the archive."""
    access.access_segment(request.user, Permission.CHANGE_SEGMENTS, segment_id)
    back = services.restore(segment_id=segment_id, actor=request.user.get_username())
    messages.success(request, _("“%(name)s” is back.") % {"name": back.name})
    return HttpResponseRedirect(reverse("segment", args=[segment_id]))


def export(request: HttpRequest, segment_id: str, kind: str) -> HttpResponseBase:
    """The target list as a file, for those who may export customers; contact data never."""
    number = int(segment_id)
    access.access_segment(request.user, Permission.EXPORT_CUSTOMERS, number)
    found = _segment(number)
    services.note_export(segment_id=number, kind=kind, with_names=True, actor=request.user.get_username())
    respond: Callable[..., HttpResponseBase] = (
        exports.xlsx_response if kind == "xlsx" else exports.csv_response
    )
    owners = accounts.owners_within(request.user, Permission.EXPORT_CUSTOMERS)
    ids = queries.member_ids(number, owner_ids=owners)
    return respond(export_header(), export_rows(ids), f"keepwell-segment-{found.segment_id}")


def export_header() -> list[str]:
    """The columns of a target list."""
    return [
        _("Customer number"),
        _("Name"),
        _("Status"),
        _("Value tier"),
        _("Risk level"),
        _("Churn risk"),
        _("Expected 12-month value"),
        _("Expected loss"),
        _("Currency"),
        _("Orders"),
        _("Last order"),
        _("Recommended action"),
    ]


def export_rows(ids: Iterator[str]) -> Iterator[list[Any]]:
    """A line per member, a fixed number of queries per thousand."""
    while chunk := list(islice(ids, EXPORT_CHUNK)):
        scores = insight.scores_of(chunk)
        names = customers.names(chunk)
        for one in chunk:
            score = scores.get(one)
            if score is None:
                yield [one, names.get(one, ""), *[None] * 10]
                continue
            yield [
                one,
                names.get(one, ""),
                str(labels.STATUS[score.status]),
                str(labels.TIER[score.tier]),
                str(labels.RISK_LEVEL[score.risk_level]),
                round(score.churn_risk, 4),
                score.clv,
                score.expected_loss,
                score.currency,
                score.orders,
                score.last_order_at,
                score.action,
            ]


def _segment(segment_id: int) -> SegmentView:
    found = queries.segment(segment_id)
    if found is None:
        raise Http404
    return found


def _own_customers_only(request: HttpRequest) -> None:
    """Figures of whole segments are for those who see all customers."""
    if access.reach(request.user) is not None:
        raise PermissionDenied(_("These figures are about all customers. Ask a manager for them."))
