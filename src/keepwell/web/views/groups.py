"""Settings, Notices to groups: which groups of colleagues are told what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach.groups import queries, services, words
from keepwell.outreach.groups.contracts import GroupError, GroupView
from keepwell.web.shell import render

GATE = Permission.MANAGE_INTEGRATIONS


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every group, and how it does."""
    access.require(request.user, GATE)
    rows = [
        {
            "one": one,
            "service": words.SERVICE.get(one.service, one.service),
            "kinds": [words.KIND[kind] for kind in one.kinds if kind in words.KIND],
            "problem": words.PROBLEM.get(one.last_error, one.last_error),
        }
        for one in queries.groups()
    ]
    context = {"title": _("Notices to groups"), "rows": rows, "now": clock.now()}
    return render(request, "keepwell/groups/list.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Set up a group."""
    access.require(request.user, GATE)
    return _saved(request, None) if request.method == "POST" else _form(request, None, {}, {})


def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One group and what it is told."""
    access.require(request.user, GATE)
    found = queries.group(group_id)
    if found is None:
        raise Http404
    return _saved(request, found) if request.method == "POST" else _form(request, found, {}, {})


@require_POST
def act(request: HttpRequest, group_id: int, action: str) -> HttpResponse:
    """Try it out, or remove it."""
    access.require(request.user, GATE)
    found = queries.group(group_id)
    if found is None or action not in ("try", "remove"):
        raise Http404
    who: dict[str, Any] = {"group_id": group_id, "actor": request.user.get_username(), "now": clock.now()}
    if action == "remove":
        services.remove(**who)
        messages.success(request, _("The group is removed, and its address forgotten."))
        return HttpResponseRedirect(reverse("notice_groups"))
    problem = services.try_out(**who)
    if problem:
        messages.warning(request, str(words.PROBLEM.get(problem, problem)))
    else:
        messages.success(request, _("The service has taken a line: look whether the group shows it."))
    return HttpResponseRedirect(reverse("notice_group", args=[group_id]))


def _saved(request: HttpRequest, found: GroupView | None) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("name", "address", "language", "active")}
    kinds = request.POST.getlist("kind")
    try:
        done = services.set_group(
            name=typed["name"],
            address=typed["address"],
            language=typed["language"],
            kinds=kinds,
            active=bool(typed["active"]),
            group_id=found.group_id if found else None,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except GroupError as error:
        return _form(request, found, {**typed, "kinds": kinds}, error.problems)
    messages.success(request, _("Saved. Try it out: the group is told a line."))
    return HttpResponseRedirect(reverse("notice_group", args=[done.group_id]))


def _form(
    request: HttpRequest, found: GroupView | None, typed: dict[str, Any], problems: dict[str, str]
) -> HttpResponse:
    chosen = typed.get("kinds", found.kinds if found else ("newly_at_risk", "cycle_failed"))
    language = found.language if found else translation.get_language() or "en"
    context = {
        "title": found.name if found else _("A new group"),
        "group": found,
        "service": words.SERVICE.get(found.service, "") if found else "",
        "name": typed.get("name", found.name if found else ""),
        "language": typed.get("language", language),
        "languages": settings.LANGUAGES,
        "active": bool(typed.get("active")) if typed else (found is None or found.active),
        "kinds": [(code, label, code in chosen) for code, label in words.KIND.items()],
        "problems": {name: words.PROBLEM.get(code, code) for name, code in problems.items()},
        "last_error": words.PROBLEM.get(found.last_error, found.last_error) if found else "",
        "now": clock.now(),
    }
    return render(request, "keepwell/groups/group.html", context, status=422 if problems else 200)
