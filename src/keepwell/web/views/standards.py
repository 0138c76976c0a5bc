"""Standards and records: read by everybody, kept by who keeps the standards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.accounts.standards import queries, services
from keepwell.accounts.standards.contracts import CLOSED_BY_HAND, TEXTS, Kind, RecordView
from keepwell.foundation import clock
from keepwell.web import standards_words as words
from keepwell.web.shell import render

SEARCH_LENGTH_MAX = 100


def standards(request: HttpRequest, kind: str = Kind.MANUAL) -> HttpResponse:
    """The records of one kind, and how many there are of each."""
    access.require(request.user, Permission.VIEW_FIGURES)
    what = _kind(kind)
    search = request.GET.get("q", "")[:SEARCH_LENGTH_MAX]
    counts = queries.counts()
    context = {
        "title": _("Standards and records"),
        "kind": what,
        "kinds": [{"code": one, "name": words.KINDS[one], "count": counts[one]} for one in Kind],
        "name": words.KINDS[what],
        "meaning": words.MEANINGS[what],
        "date_name": words.DATES.get(what, _("Date")),
        "search": search,
        "records": [shown(one) for one in queries.records(what, search=search)],
        "may_keep": access.may(request.user, Permission.CHANGE_STANDARDS),
        "now": clock.now(),
    }
    return render(request, "keepwell/standards.html", context)


def shown(one: RecordView) -> dict[str, Any]:
    """A record with the names of its texts; empty texts are left out."""
    texts = [(words.TEXTS[name], one.texts.get(name, "")) for name in TEXTS[one.kind]]
    overdue = one.is_open and one.due_on is not None and one.due_on < clock.now().date()
    return {"one": one, "texts": [pair for pair in texts if pair[1]], "overdue": overdue}


def add_standard(request: HttpRequest, kind: str) -> HttpResponse:
    """A new record."""
    access.require(request.user, Permission.CHANGE_STANDARDS)
    return _form(request, _kind(kind), None)


def standard(request: HttpRequest, record_id: int) -> HttpResponse:
    """Change a record."""
    access.require(request.user, Permission.CHANGE_STANDARDS)
    found = _found(record_id)
    return _form(request, found.kind, found)


def _form(request: HttpRequest, kind: Kind, found: RecordView | None) -> HttpResponse:
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        try:
            services.save_record(
                kind=kind,
                title=request.POST.get("title", ""),
                texts={name: request.POST.get(name, "") for name in TEXTS[kind]},
                on=_date(request.POST.get("on", ""), "on"),
                due_on=_date(request.POST.get("due_on", ""), "due_on"),
                record_id=found.record_id if found else None,
                actor=request.user.get_username(),
                now=clock.now(),
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("standards_of", args=[kind]))
    typed = request.POST if request.method == "POST" else None
    context = {
        "title": found.title if found else words.KINDS[kind],
        "subtitle": _("Standards and records"),
        "kind": kind,
        "found": found,
        "errors": errors,
        "fields": fields(kind, found, typed, errors),
        "values": values(found, typed),
        "date_name": words.DATES.get(kind, _("Date")),
    }
    return render(request, "keepwell/standard.html", context, status=400 if errors else 200)


def fields(
    kind: Kind, found: RecordView | None, typed: Mapping[str, str] | None, errors: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The texts of a kind: what was typed, else what is stored."""
    stored = found.texts if found else {}
    return [
        {
            "name": name,
            "label": words.TEXTS[name],
            "value": typed.get(name, "") if typed is not None else stored.get(name, ""),
            "short": name in words.SHORT,
            "required": name == TEXTS[kind][0],
            "errors": errors.get(name, ()),
        }
        for name in TEXTS[kind]
    ]


def values(found: RecordView | None, typed: Mapping[str, str] | None) -> dict[str, str]:
    """Title and dates: what was typed, else what is stored."""
    if typed is not None:
        return {name: typed.get(name, "") for name in ("title", "on", "due_on")}
    if found is None:
        return {"title": "", "on": "", "due_on": ""}
    dates = {name: getattr(found, name) for name in ("on", "due_on")}
    return {"title": found.title} | {name: day.isoformat() if day else "" for name, day in dates.items()}


@require_POST
def close_standard(request: HttpRequest, record_id: int) -> HttpResponse:
    """Solved, or met."""
    access.require(request.user, Permission.CHANGE_STANDARDS)
    found = _found(record_id)
    try:
        services.close_record(
            record_id=record_id,
            actor=request.user.get_username(),
            now=clock.now(),
            text=request.POST.get("solution", ""),
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return HttpResponseRedirect(reverse("standards_of", args=[found.kind]))


@require_POST
def reopen_standard(request: HttpRequest, record_id: int) -> HttpResponse:
    """Not solved, not met after all."""
    access.require(request.user, Permission.CHANGE_STANDARDS)
    found = _found(record_id)
    if found.kind in CLOSED_BY_HAND:
        services.reopen_record(record_id=record_id, actor=request.user.get_username(), now=clock.now())
    return HttpResponseRedirect(reverse("standards_of", args=[found.kind]))


def _kind(code: str) -> Kind:
    if code not in set(Kind):
        raise Http404(_("There is no such register."))
    return Kind(code)


def _found(record_id: int) -> RecordView:
    found = queries.record(record_id)
    if found is None:
        raise Http404(_("There is no such record."))
    return found


def _date(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValidationError({name: [_("Please type a date, for example 2026-11-22.")]}) from None
