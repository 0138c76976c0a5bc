"""The lists of customers: those at risk, and all; on the page and as files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation.audit import services as audit
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.web import exports, formats, lists, people
from keepwell.web.shell import render

AT_RISK = ("at_risk",)
AT_RISK_FACETS = ("status", "tier", "risk", "reason", "action", "stage", "segment")
ALL_FACETS = ("status", "tier", "risk", "reason", "action", "stage", "segment", "group", "hint")


def at_risk(request: HttpRequest) -> HttpResponseBase:
    """Whom would we lose, why, and what would it cost to keep them?"""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    context = _context(request, "at_risk", AT_RISK_FACETS, AT_RISK, owners)
    if cycle := context["cycle"]:
        total = insight.totals(ScoreFilter(statuses=AT_RISK, owner_ids=owners))
        count = total.customers
        context["sentence"] = ngettext(
            "%(count)s customer is about to leave, the largest expected loss first: %(loss)s in all.",
            "%(count)s customers are about to leave, the largest expected loss first: %(loss)s in all.",
            count,
        ) % {
            "count": formats.number(count),
            "loss": formats.compact_money(total.expected_loss, cycle.currency),
        }
    context["title"] = _("At risk")
    return render(request, "keepwell/list.html", context, fragment="keepwell/_list.html")


def customers(request: HttpRequest) -> HttpResponseBase:
    """Everybody, with every status."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    context = _context(request, "customers", ALL_FACETS, (), owners)
    if cycle := context["cycle"]:
        total = insight.totals(ScoreFilter(owner_ids=owners))
        context["sentence"] = ngettext(
            "%(count)s customer, expected to bring %(value)s over the next 12 months.",
            "%(count)s customers, expected to bring %(value)s over the next 12 months.",
            total.customers,
        ) % {
            "count": formats.number(total.customers),
            "value": formats.compact_money(total.clv, cycle.currency),
        }
    context |= {"title": _("Customers"), "show_status": True}
    return render(request, "keepwell/list.html", context, fragment="keepwell/_list.html")


def _context(
    request: HttpRequest,
    name: str,
    facets: tuple[str, ...],
    statuses: tuple[str, ...],
    owners: frozenset[int] | None,
) -> dict[str, Any]:
    context = lists.context(request.GET, facet_names=facets, default_statuses=statuses, owners=owners)
    return context | {
        "is_own": owners is not None,
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
        "cycle": insight.current_cycle(),
        "export_csv": reverse(f"{name}_export", args=["csv"]),
        "export_xlsx": reverse(f"{name}_export", args=["xlsx"]),
    }


def at_risk_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list at risk as a file, as it is filtered."""
    return _export(request, kind, "keepwell-at-risk", AT_RISK)


def customers_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list of customers as a file, as it is filtered."""
    return _export(request, kind, "keepwell-customers", ())


def _export(
    request: HttpRequest, kind: str, name: str, default_statuses: tuple[str, ...]
) -> HttpResponseBase:
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    owners = access.owners_within(request.user, Permission.EXPORT_CUSTOMERS)
    asked = lists.read(request.GET, default_statuses=default_statuses)
    audit.log(
        actor=request.user.get_username(),
        action="scores.export",
        object_type="list",
        object_id=name,
        details={"query": lists.write(asked), "format": kind},
    )
    found = insight.iter_scores(lists.within(asked.filter, owners), order_by=asked.order_by)
    rows = exports.score_rows(found, people.treatments())
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(exports.score_header(), rows, name)
