"""What messages recommended and what came of it: opened, clicked, bought."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.recommending import queries
from keepwell.outreach.recommending.contracts import HORIZONS, Figures, Report
from keepwell.web import exports, formats
from keepwell.web.shell import render, wants_fragment
from keepwell.web.views.effects import EVIDENCE, gate

HEADER = (
    "group", "code", "name", "shown", "shown_by_email", "opened", "clicked", "days_over", "bought",
    "bought_by_others_share", "kept_aside", "kept_aside_bought", "difference", "low", "high", "evidence",
)  # fmt: skip


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page; its figures are read as a part of it, for they take a moment."""
    gate(request)
    days = _days(request)
    if not wants_fragment(request):
        context = {"title": _("Recommendations"), "days": days, "horizons": HORIZONS}
        return render(request, "keepwell/recommended.html", context)
    found = queries.report(days=days)
    query = f"?days={days}"
    context = {
        "report": found,
        "total": _row(found.total) if found.total else None,
        "groups": [
            {"id": code, "title": title, "rows": [_row(one) for one in rows]}
            for code, title, rows in _groups(found)
            if rows
        ],
        "days": days,
        "export_csv": reverse("recommended_export", args=["csv"]) + query,
        "export_xlsx": reverse("recommended_export", args=["xlsx"]) + query,
    }
    return render(request, "keepwell/_recommended.html", context, fragment="keepwell/_recommended.html")


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The tables as one file: codes and plain numbers."""
    gate(request)
    days = _days(request)
    found = queries.report(days=days)
    audit.log(
        actor=request.user.get_username(),
        action="recommended.export",
        object_type="report",
        object_id="recommended",
        details={"days": days},
        at=clock.now(),
    )
    rows = [("all", *_plain(found.total))] if found.total else []
    rows += [(code, *_plain(one)) for code, _title, listed in _groups(found) for one in listed]
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, rows, "keepwell-recommendations")


def _groups(found: Report) -> tuple[tuple[str, str, tuple[Figures, ...]], ...]:
    return (
        ("product", _("By product"), found.products),
        ("category", _("By category"), found.categories),
        ("text", _("By text"), found.texts),
    )


def _row(one: Figures) -> dict[str, Any]:
    return {
        "one": one,
        "opened": _share(one.opened, one.mailed),
        "clicked": _share(one.clicked, one.shown),
        "bought": _share(one.bought, one.judged),
        "others": "–" if one.others is None else formats.percent(one.others, 1),
        "aside": _share(one.aside_bought, one.aside),
        "evidence": EVIDENCE.get(one.lift.evidence, one.lift.evidence) if one.lift else "",
    }


def _share(part: int, whole: int) -> str:
    return formats.percent(part / whole, 1) if whole else "–"


def _plain(one: Figures) -> tuple[Any, ...]:
    lift = one.lift.to_dict() if one.lift else {}
    return (
        one.code, one.name, one.shown, one.mailed, one.opened, one.clicked, one.judged, one.bought,
        one.others, one.aside, one.aside_bought, lift.get("difference"), lift.get("low"), lift.get("high"),
        lift.get("evidence"),
    )  # fmt: skip


def _days(request: HttpRequest) -> int:
    said = request.GET.get("days", "")
    return int(said) if said in {str(one) for one in HORIZONS} else max(HORIZONS)
