"""The audit log: who did and saw what."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.audit import queries, services
from keepwell.foundation.audit.queries import AuditFilter, EntryView
from keepwell.foundation.spreadsheet import safe_cell
from keepwell.web.shell import render

ENTRIES_SHOWN = 100
COLUMNS = ("id", "at", "actor", "action", "object_type", "object_id", "details", "hash")


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The newest entries, filtered by who, what and when."""
    access.require(request.user, Permission.VIEW_AUDIT)
    wanted = _filter(request)
    before = request.GET.get("before", "")
    found = queries.entries(
        wanted, before_id=int(before) if before.isdecimal() else None, limit=ENTRIES_SHOWN
    )
    asked = {name: request.GET[name] for name in FIELDS if request.GET.get(name)}
    more = urlencode({**asked, "before": found[-1].entry_id}) if len(found) == ENTRIES_SHOWN else ""
    context = {
        "title": _("Audit log"),
        "entries": [{"one": one, "details": _details(one)} for one in found],
        "choices": queries.choices(),
        "asked": asked,
        "query": urlencode(asked),
        "more": more,
        "count": queries.count(),
        "now": clock.now(),
    }
    return render(request, "keepwell/audit.html", context)


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered entries as CSV, oldest first."""
    access.require(request.user, Permission.VIEW_AUDIT)
    services.log(actor=request.user.get_username(), action="audit.export", object_type="audit")
    response = StreamingHttpResponse(_lines(_filter(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Whether the chain is whole."""
    access.require(request.user, Permission.VIEW_AUDIT)
    broken = services.verify()
    if broken is None:
        messages.success(request, _("The chain is whole: nothing was changed or removed."))
    else:
        messages.error(request, _("The chain breaks at entry %(number)s.") % {"number": broken})
    return HttpResponseRedirect(reverse("audit"))


FIELDS = ("actor", "action", "object_type", "object_id", "since", "until")


def _filter(request: HttpRequest) -> AuditFilter:
    def at(name: str, of_day: time) -> datetime | None:
        try:
            day = parse_date(request.GET.get(name, ""))
        except ValueError:
            return None
        return datetime.combine(day, of_day, tzinfo=ZoneInfo(settings.TIME_ZONE)) if day else None

    plain = {name: request.GET.get(name, "").strip() for name in FIELDS[:4]}
    return AuditFilter(**plain, since=at("since", time.min), until=at("until", time.max))


def _details(one: EntryView) -> str:
    return ", ".join(f"{name}: {value}" for name, value in one.details.items())[:300]


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(wanted: AuditFilter) -> Iterator[Any]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(COLUMNS)
    for one in queries.iter_entries(wanted):
        row = (
            one.entry_id,
            one.at.isoformat(),
            one.actor,
            one.action,
            one.object_type,
            one.object_id,
            json.dumps(one.details, ensure_ascii=False, sort_keys=True),
            one.entry_hash,
        )
        yield writer.writerow([safe_cell(value) for value in row])
