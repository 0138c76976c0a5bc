"""What Keepwell did and knows: data, cycles, definitions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.lists import queries as records
from keepwell.foundation import clock
from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.insight import queries as insight
from keepwell.insight.definitions import DEFINITIONS
from keepwell.intake import queries as intake
from keepwell.intake.jobs import queries as jobs
from keepwell.web import diagnostics, words
from keepwell.web.shell import render

CYCLES_SHOWN = 50
IMPORTS_SHOWN = 50
MISSING_SHOWN = 50


def data(request: HttpRequest) -> HttpResponse:
    """Imports, and quality per field and source."""
    access.require(request.user, Permission.VIEW_DATA)
    context = {
        "title": _("Data"),
        "imports": intake.recent_imports(limit=IMPORTS_SHOWN),
        "counts": history.counts(),
        "quality": insight.quality(),
        "corrections": intake.corrections(),
        "missing_fields": missing_fields(),
        "may_import": access.may(request.user, Permission.IMPORT_DATA),
        "cycle": insight.current_cycle(),
        "home": Home.current().root,
        "now": clock.now(),
    }
    return render(request, "keepwell/data.html", context)


def missing_fields() -> list[tuple[str, str]]:
    """Fields of the record whose lack can be listed, with their names."""
    return [(field, words.column(field)) for field in records.FIELDS]


def missing(request: HttpRequest, field: str) -> HttpResponse:
    """Customers without a value in a field, to be asked for it; within the user's reach."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    if field not in records.FIELDS:
        raise Http404(_("There is no such field."))
    after = request.GET.get("after", "").replace("\0", "")
    ids = records.missing(field=field, owner_ids=owners, after=after, limit=MISSING_SHOWN + 1)
    names = customers.names(ids)
    context = {
        "title": _("Missing: %(field)s") % {"field": words.column(field)},
        "subtitle": _("Data"),
        "field": field,
        "field_name": words.column(field),
        "people": [(one, names.get(one, "")) for one in ids[:MISSING_SHOWN]],
        "next": ids[MISSING_SHOWN - 1] if len(ids) > MISSING_SHOWN else "",
        "fields": missing_fields(),
        "is_own": owners is not None,
    }
    return render(request, "keepwell/missing.html", context)


def cycles(request: HttpRequest) -> HttpResponse:
    """The record of runs, the newest first."""
    access.require(request.user, Permission.VIEW_DATA)
    found = insight.cycles(limit=CYCLES_SHOWN)
    context = {
        "title": _("Cycles"),
        "asked": jobs.cycle_asked(),
        "may_import": access.may(request.user, Permission.IMPORT_DATA),
        "cycles": [{"cycle": one, "seconds": duration(one)} for one in found],
        "home": Home.current().root,
        "now": clock.now(),
    }
    return render(request, "keepwell/cycles.html", context)


def duration(cycle: Any) -> float | None:
    """How long a cycle took, in seconds; None while it runs."""
    if cycle.finished_at is None:
        return None
    return float((cycle.finished_at - cycle.started_at).total_seconds())


def cycle(request: HttpRequest, cycle_id: str) -> HttpResponse:
    """The record of one run: steps, data, models in words."""
    access.require(request.user, Permission.VIEW_DATA)
    found = insight.cycle(cycle_id)
    if found is None:
        raise Http404(_("There is no such cycle."))
    context = {
        "title": found.cycle_id,
        "subtitle": _("Cycle"),
        "one": found,
        "seconds": duration(found),
        "findings": diagnostics.findings(found.models),
        "comparison": diagnostics.comparison(found.models),
        "details": diagnostics.details(found.models),
        "now": clock.now(),
    }
    return render(request, "keepwell/cycle.html", context)


def definitions(request: HttpRequest) -> HttpResponse:
    """The definition sheet of every indicator."""
    access.require(request.user, Permission.VIEW_FIGURES)
    context = {"title": _("Definitions"), "definitions": list(DEFINITIONS.values())}
    return render(request, "keepwell/definitions.html", context)
