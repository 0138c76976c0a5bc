"""What each department got and answered, in which time; how questions ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.questions.contracts import DepartmentFigures, Figures
from keepwell.outreach.questions.queries import figures as queries
from keepwell.web import exports, formats
from keepwell.web.charts.feedback import feedback_chart
from keepwell.web.questions import words
from keepwell.web.shell import render

USUAL = timedelta(days=90)
# Below so many judged a share says nothing.
FEWEST = 20


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The page."""
    found, since, until = _report(request)
    teams = users.teams()
    query = f"?since={since.isoformat()}&until={until.isoformat()}"
    rows = [_row(one, teams) for one in found.departments]
    context = {
        "title": _("Feedback and questions"),
        "sentence": sentence(found),
        "rows": rows,
        "asked": found.questions,
        "asked_median": words.duration(found.questions.median_hours),
        "chart": feedback_chart([(row["name"], row["one"]) for row in rows]),
        "since": since,
        "until": until,
        "export_csv": reverse("feedback_figures_export", args=["csv"]) + query,
        "export_xlsx": reverse("feedback_figures_export", args=["xlsx"]) + query,
    }
    return render(request, "keepwell/questions/figures.html", context)


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table of departments as a file; plain numbers."""
    found, since, until = _report(request)
    audit.log(
        actor=request.user.get_username(),
        action="feedback.export",
        object_type="report",
        object_id="feedback",
        details={"since": since.isoformat(), "until": until.isoformat()},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, _lines(found), "keepwell-feedback")


HEADER = (
    "department", "got", "answered", "no_action", "handed_on", "waiting", "overdue", "median_hours",
    "in_time", "judged",
)  # fmt: skip


def _lines(found: Figures) -> Iterator[tuple[Any, ...]]:
    teams = users.teams()
    for one in found.departments:
        hours = round(one.median_hours, 2) if one.median_hours is not None else None
        yield (
            teams.get(one.team_id or 0, ""), one.got, one.answered, one.no_action, one.handed_on,
            one.waiting, one.overdue, hours, one.in_time, one.judged,
        )  # fmt: skip


def _report(request: HttpRequest) -> tuple[Figures, date, date]:
    # Of all departments: whoever sees the figures of some customers only is not shown them.
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied
    zone, now = users.zone_of(cast(Any, request.user)), clock.now()
    until = _date(request.GET.get("until", "")) or now.astimezone(zone).date()
    since = _date(request.GET.get("since", "")) or until - USUAL
    since, until = min(since, until), max(since, until)
    begin = datetime.combine(since, time(), tzinfo=zone)
    end = datetime.combine(until + timedelta(days=1), time(), tzinfo=zone)
    return queries.figures(since=begin, until=end, now=now), since, until


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year < 9998 else None


def _row(one: DepartmentFigures, teams: dict[int, str]) -> dict[str, Any]:
    share = one.share_in_time
    return {
        "one": one,
        "name": teams.get(one.team_id or 0, _("a single colleague")),
        "median": words.duration(one.median_hours),
        "share": formats.percent(share) if share is not None else formats.DASH,
        "few": one.judged < FEWEST,
    }


def sentence(found: Figures) -> str:
    """The answer in one sentence."""
    got = sum(one.got for one in found.departments)
    if not got and not found.questions.opened:
        return _("No feedback was passed on and no question opened in this period.")
    answered = sum(one.answered + one.no_action for one in found.departments)
    said = ngettext(
        "%(done)s of %(count)s piece of feedback is dealt with.",
        "%(done)s of %(count)s pieces of feedback are dealt with.",
        got,
    ) % {"done": formats.number(answered), "count": formats.number(got)}
    asked = ngettext(
        "%(done)s of %(count)s question is settled by the customer’s own word.",
        "%(done)s of %(count)s questions are settled by the customers’ own word.",
        found.questions.opened,
    ) % {"done": formats.number(found.questions.satisfied), "count": formats.number(found.questions.opened)}
    return f"{said} {asked}"
