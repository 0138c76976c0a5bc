"""The report of warnings: warned, contacted, kept, lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.labels import REASON, TIER
from keepwell.outreach import labels, users
from keepwell.outreach.contracts import WarningReport, WarningRow
from keepwell.outreach.queries import reports
from keepwell.web import exports, formats
from keepwell.web.charts.warnings import warnings_chart
from keepwell.web.shell import render

BY = {
    "month": gettext_lazy("Month of the warning"),
    "team": gettext_lazy("Team"),
    "reason": gettext_lazy("Strongest reason"),
    "tier": gettext_lazy("Value tier"),
}
USUAL = timedelta(days=182)
# Below so many decided cases a share says nothing.
FEWEST = 20


def report(request: HttpRequest) -> HttpResponse:
    """The page."""
    found, names = _report(request)
    query = f"?since={found.since.isoformat()}&until={found.until.isoformat()}&by={found.by}"
    context = {
        "title": _("Warning results"),
        "report": found,
        "sentence": sentence(found),
        "groups": [(code, str(label), code == found.by) for code, label in BY.items()],
        "by_name": str(BY[found.by]),
        "rows": [shown(row, names.get(row.key, row.key)) for row in found.rows],
        "total": shown(found.total, _("All")),
        "compared": [
            shown(found.contacted, _("Contacted")),
            shown(found.not_contacted, _("Not contacted")),
        ],
        "remedies": [(str(labels.REMEDY.get(row.remedy, row.remedy)), row) for row in found.remedies],
        "chart": warnings_chart(found, names),
        "export_csv": reverse("warnings_export", args=["csv"]) + query,
        "export_xlsx": reverse("warnings_export", args=["xlsx"]) + query,
    }
    return render(request, "keepwell/warnings.html", context)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The report's table as a file."""
    found, names = _report(request)
    audit.log(
        actor=request.user.get_username(),
        action="warnings.export",
        object_type="report",
        object_id="warnings",
        details={"since": found.since.isoformat(), "until": found.until.isoformat(), "by": found.by},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(_header(found), _lines(found, names), "keepwell-warnings")


def _report(request: HttpRequest) -> tuple[WarningReport, dict[str, str]]:
    access.require(request.user, Permission.VIEW_FIGURES)
    zone = users.zone_of(cast(Any, request.user))
    since, until = _period(request, zone)
    by = request.GET.get("by", "month")
    by = by if by in BY else "month"
    owners = access.owners_within(request.user, Permission.VIEW_FIGURES)
    found = reports.warnings(since=since, until=until, zone=zone, by=by, owner_ids=owners)
    return found, _names(by)


def _names(by: str) -> dict[str, str]:
    """What people read for the keys of a group; "" where it is not known."""
    known = {"reason": REASON, "tier": TIER}.get(by, {})
    nothing = _("no team") if by == "team" else _("not known")
    return {**{code: str(label) for code, label in known.items()}, "": nothing}


def _period(request: HttpRequest, zone: ZoneInfo) -> tuple[date, date]:
    today = clock.now().astimezone(zone).date()
    until = _date(request.GET.get("until", "")) or today
    since = _date(request.GET.get("since", "")) or until - USUAL
    return (since, until) if since <= until else (until, since)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def shown(row: WarningRow, name: str) -> dict[str, Any]:
    """A row with its name and its share in words."""
    share = _("too few to tell") if row.decided < FEWEST else formats.percent(row.kept_share)
    return {"row": row, "name": name, "share": share if row.decided else formats.DASH}


def sentence(found: WarningReport) -> str:
    """The answer: how many were warned of, reached, kept, lost."""
    total = found.total
    if not total.warned:
        return _("Nobody was warned of in this period.")
    return ngettext(
        "%(warned)s customer was warned of: %(contacted)s contacted, %(kept)s kept, %(lost)s lost, "
        "%(still)s still at risk.",
        "%(warned)s customers were warned of: %(contacted)s contacted, %(kept)s kept, %(lost)s lost, "
        "%(still)s still at risk.",
        total.warned,
    ) % {
        "warned": formats.number(total.warned),
        "contacted": formats.number(total.contacted),
        "kept": formats.number(total.recovered),
        "lost": formats.number(total.lost),
        "still": formats.number(total.still),
    }


def _header(found: WarningReport) -> list[str]:
    return [
        str(BY[found.by]),
        _("Warned"),
        _("Contacted"),
        _("Kept"),
        _("Lost"),
        _("Still at risk"),
        _("No longer scored"),
        _("Kept, share of decided"),
        _("Expected loss when warned"),
        _("Currency"),
    ]


def _lines(found: WarningReport, names: dict[str, str]) -> Iterator[exports.Row]:
    for row in found.rows:
        yield [
            names.get(row.key, row.key),
            row.warned,
            row.contacted,
            row.recovered,
            row.lost,
            row.still,
            row.gone,
            None if row.kept_share is None else round(row.kept_share, 4),
            row.expected_loss,
            found.currency,
        ]
