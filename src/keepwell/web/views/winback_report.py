"""What the desk did: won back and lost, by grade, cause, measure and owner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.plays.winback import labels
from keepwell.plays.winback.contracts import Report, ReportRow
from keepwell.plays.winback.queries import reports
from keepwell.plays.winback.queries import rules as rule_queries
from keepwell.web import exports, formats
from keepwell.web.shell import render

USUAL = timedelta(days=182)
# Below so many decided cases a share says nothing by itself: its interval is shown in its place.
FEWEST = 20
BY = {
    "grade": gettext_lazy("By grade"),
    "cause": gettext_lazy("By cause"),
    "measure": gettext_lazy("By measure"),
    "owner": gettext_lazy("By who looks after the case"),
}


def report(request: HttpRequest) -> HttpResponse:
    """The page."""
    found, since, until = _report(request)
    query = f"?since={since.isoformat()}&until={until.isoformat()}"
    context = {
        "title": _("Win-back results"),
        "report": found,
        "sentence": sentence(found),
        "high": high_value(found),
        "total": shown(found.total, _("All"), found.currency),
        "groups": [
            {
                "key": key,
                "name": str(BY[key]),
                "rows": [shown(row, name, found.currency) for row, name in named(key, rows)],
            }
            for key, rows in found.groups.items()
        ],
        "since": since,
        "until": until,
        "export_csv": reverse("winback_report_export", args=["csv"]) + query,
        "export_xlsx": reverse("winback_report_export", args=["xlsx"]) + query,
    }
    return render(request, "keepwell/winback/report.html", context)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The tables as one file; codes and plain numbers."""
    found, since, until = _report(request)
    audit.log(
        actor=request.user.get_username(),
        action="winback.export",
        object_type="report",
        object_id="winback",
        details={"since": since.isoformat(), "until": until.isoformat()},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, lines(found), "keepwell-winback")


HEADER = (
    "by", "key", "cases", "open", "won_back", "lost", "closed", "share_won", "low_95", "high_95", "cost",
    "value_recovered", "currency",
)  # fmt: skip


def lines(found: Report) -> Iterator[tuple[Any, ...]]:
    """One line for all, for the high-value customers, and for each group."""
    names = users.names(int(row.key) for row in found.groups["owner"] if row.key)
    listed = [("all", "", found.total), ("tier", "high", found.high_value)]
    for by, rows in found.groups.items():
        listed += [
            (by, names.get(int(row.key), row.key) if by == "owner" and row.key else row.key, row)
            for row in rows
        ]
    for by, key, row in listed:
        one = row.share
        ends = (round(one.low, 4), round(one.high, 4)) if one.decided else (None, None)
        share = round(one.share, 4) if one.share is not None else None
        yield (
            by, key, row.opened, row.open_now, row.won, row.lost, row.closed, share, *ends, row.cost,
            row.recovered_value, found.currency,
        )  # fmt: skip


def _report(request: HttpRequest) -> tuple[Report, date, date]:
    accounts.require(request.user, Permission.VIEW_FIGURES)
    zone = users.zone_of(cast(Any, request.user))
    today = clock.now().astimezone(zone).date()
    until = _date(request.GET.get("until", "")) or today
    since = _date(request.GET.get("since", "")) or until - USUAL
    since, until = min(since, until), max(since, until)
    within = customer_access.scope(request.user, Permission.VIEW_FIGURES)
    owners = accounts.owners_within(request.user, Permission.VIEW_FIGURES)
    found = reports.report(since=since, until=until, zone=zone, within=within, owner_ids=owners)
    return found, since, until


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year < 9998 else None


def named(key: str, rows: tuple[ReportRow, ...]) -> list[tuple[ReportRow, str]]:
    """The rows of a group with what people read for their keys."""
    if key == "owner":
        known = users.names(int(row.key) for row in rows if row.key)
        return [(row, known.get(int(row.key), "") if row.key else _("nobody")) for row in rows]
    if key == "cause":
        own = {one.code: one for one in rule_queries.current().causes}
        return [(row, labels.cause_name(row.key, own)) for row in rows]
    if key == "measure":
        return [(row, str(labels.MEASURE.get(row.key, row.key))) for row in rows]
    return [(row, _("Grade %(grade)s") % {"grade": row.key}) for row in rows]


def shown(row: ReportRow, name: str, currency: str) -> dict[str, Any]:
    """A row in words: the share with its interval, and whether it is enough to tell."""
    one = row.share
    return {
        "name": name,
        "row": row,
        "share": formats.percent(one.share) if one.share is not None else formats.DASH,
        "interval": interval(row),
        "small": one.decided < FEWEST,
    }


def interval(row: ReportRow) -> str:
    """The 95 % interval of the share; a dash without any decided case."""
    one = row.share
    if not one.decided:
        return formats.DASH
    return _("%(low)s to %(high)s") % {"low": formats.percent(one.low), "high": formats.percent(one.high)}


def sentence(found: Report) -> str:
    """The answer in one sentence."""
    one = found.total.share
    if not found.total.opened:
        return _("No case was opened in this period.")
    if not one.decided:
        return _("No case of this period is decided yet.")
    figures = {
        "won": formats.number(one.won),
        "decided": formats.number(one.decided),
        "low": formats.percent(one.low),
        "high": formats.percent(one.high),
    }
    if one.decided < FEWEST:
        return (
            _("%(won)s of %(decided)s decided cases were won back: too few to tell (%(low)s to %(high)s).")
            % figures
        )
    return _("%(won)s of %(decided)s decided cases were won back (between %(low)s and %(high)s).") % figures


def high_value(found: Report) -> str:
    """The same for customers of high value (WIN-15)."""
    one = found.high_value.share
    if not one.decided:
        return ""
    return _("Of high-value customers: %(won)s of %(decided)s (%(interval)s).") % {
        "won": formats.number(one.won),
        "decided": formats.number(one.decided),
        "interval": interval(found.high_value),
    }
