"""The lists of customers: those at risk, and all; on the page and as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.accounts import access
from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as records
from keepwell.customers.access import may_assign
from keepwell.customers.lists import queries as saved
from keepwell.customers.lists.contracts import ViewRow
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.web import exports, formats, list_columns, lists, people
from keepwell.web.shell import me, render

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
    view = _view(request)
    chosen = view.columns if view else saved.columns(user_id=me(request), list_name=name)
    columns = list_columns.shown(name, chosen, context["columns"])
    context["people"] = with_extras(context["people"], {column["code"] for column in columns})
    return (
        context
        | bulk_context(request)
        | {
            "list_name": name,
            "view": view,
            "views": saved.views(user_id=me(request), list_name=name),
            "list_columns": columns,
            "column_choices": list_columns.choices(name, chosen),
            "here": request.get_full_path(),
            "query": context["export_query"].removeprefix("?"),
            "is_own": owners is not None,
            "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
            "cycle": insight.current_cycle(),
            "export_csv": reverse(f"{name}_export", args=["csv"]),
            "export_xlsx": reverse(f"{name}_export", args=["xlsx"]),
        }
    )


def _view(request: HttpRequest) -> ViewRow | None:
    """The saved view that the address names."""
    number = request.GET.get("view", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        return None
    return saved.view(view_id=int(number), user_id=me(request))


def with_extras(listed: Sequence[people.PersonRow], columns: set[str]) -> tuple[people.PersonRow, ...]:
    """The lines with owners and tags, where these columns are shown; one query each."""
    ids = [person.score.customer_id for person in listed]
    owners = records.owners_of(ids) if "owner" in columns else {}
    names = accounts.usernames(set(owners.values())) if owners else {}
    tags = saved.tags_of(ids) if "tags" in columns else {}
    return tuple(
        replace(
            person,
            owner=names.get(owners.get(person.score.customer_id, 0), ""),
            tags=tags.get(person.score.customer_id, ()),
        )
        for person in listed
    )


def bulk_context(request: HttpRequest) -> dict[str, Any]:
    """What the user may do to many customers at once, and what can be taken back."""
    may = {
        "tag": access.may(request.user, Permission.CHANGE_CUSTOMERS),
        "owner": may_assign(request.user),
        "tasks": access.may(request.user, Permission.CHANGE_TASKS),
    }
    return {
        "may_bulk": may if any(may.values()) else {},
        "tags": records.tags(only_active=True) if may["tag"] else (),
        "staff": accounts.users(active=True) if may["owner"] else (),
        "undoable": saved.undoable(user_id=me(request), now=clock.now()),
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
