"""What a journey or a mailing did beside its control, and what people changed in it: parts of their pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys.core.controlling import control_share
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.mailings import queries as mailings
from keepwell.plays.lifts import adjustments, queries
from keepwell.plays.lifts.contracts import HORIZON, HORIZONS
from keepwell.web import exports, spans
from keepwell.web.lifts import shown
from keepwell.web.shell import render

JOURNEY, MAILING = "journey", "mailing"


def journey(request: HttpRequest, journey_id: int) -> HttpResponse:
    """What a journey did."""
    return _effect(request, JOURNEY, journey_id)


def mailing(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """What a mailing did."""
    return _effect(request, MAILING, mailing_id)


def journey_export(request: HttpRequest, journey_id: int, what: str, kind: str) -> HttpResponseBase:
    """The effect of a journey, or its changes, as a file."""
    return _export(request, JOURNEY, journey_id, what, kind)


def mailing_export(request: HttpRequest, mailing_id: int, what: str, kind: str) -> HttpResponseBase:
    """The effect of a mailing, or its changes, as a file."""
    return _export(request, MAILING, mailing_id, what, kind)


def _effect(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    name = _gate(request, kind, number)
    days = spans.asked(request, HORIZONS, HORIZON)
    origin = f"{kind}:{number}"
    found = queries.effect(origin, days=days)
    context: dict[str, Any] = {
        "title": _("Effect of “%(name)s”") % {"name": name},
        "back": reverse(kind, args=[number]),
        "name": name,
        "effect_url": request.path,
        "now": clock.now(),
        "export": {
            f"{what}_{file}": reverse(f"{kind}_effect_export", args=[number, what, file]) + f"?days={days}"
            for what in ("effect", "changes")
            for file in ("csv", "xlsx")
        },
        **shown.context(found, adjustments.of(origin), keeps=_keeps(kind, number)),
    }
    return render(request, "keepwell/lifts/page.html", context, fragment="keepwell/lifts/_effect.html")


def _export(request: HttpRequest, kind: str, number: int, what: str, file: str) -> HttpResponseBase:
    _gate(request, kind, number)
    if what not in ("effect", "changes") or file not in ("csv", "xlsx"):
        raise Http404
    origin = f"{kind}:{number}"
    audit.log(
        actor=request.user.get_username(),
        action="effects.export",
        object_type="report",
        object_id=origin,
        details={"kind": file, "what": what},
    )
    respond = exports.xlsx_response if file == "xlsx" else exports.csv_response
    name = f"keepwell-{kind}-{number}-{what}"
    if what == "changes":
        return respond(shown.CHANGES_HEADER, shown.change_lines(adjustments.of(origin)), name)
    found = queries.effect(origin, days=spans.asked(request, HORIZONS, HORIZON))
    return respond(shown.HEADER, shown.lines(found), name)


def _keeps(kind: str, number: int) -> bool:
    """Whether a share is kept as control now, or would be."""
    if kind == MAILING:
        one = mailings.mailing(number)
        return bool(one and one.control_share)
    found = journeys.journey(number)
    version = (found.on or found.draft) if found else None
    return version is None or bool(control_share(parse(version.definition)))


def _gate(request: HttpRequest, kind: str, number: int) -> str:
    """The name of the journey or mailing, for who may see figures of the whole company."""
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied(_("This page is about the whole company. Ask a manager."))
    if kind == JOURNEY:
        found = journeys.journey(number)
        name = str(found.name) if found else ""
    else:
        one = mailings.mailing(number)
        name = one.name if one else ""
    if not name:
        raise Http404
    return name
