"""Groups of customers in WeCom: who is in them, what they were told, a text to chosen ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import LANGUAGE
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight import labels as insight_labels
from keepwell.outreach.chats import labels, queries, services
from keepwell.outreach.chats.contracts import ChatError, DeliveryView, GroupView, PostView
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import LANGUAGES
from keepwell.outreach.sending import queries as sending
from keepwell.web import exports
from keepwell.web.shell import render
from keepwell.web.today import visible_names

SEE, WRITE = Permission.VIEW_PLANS, Permission.SAVE_PLANS
HEADER = (
    "name", "owner", "people", "customers", "others", "high", "mid", "low", "new", "growth", "mature",
    "decline", "last_message",
)  # fmt: skip
TIERS, STAGES = ("high", "mid", "low"), ("new", "growth", "mature", "decline")


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The groups with who is in them, and what was said to them last."""
    access.require(request.user, SEE)
    return _list(request, "", {})


def _list(request: HttpRequest, error: str, typed: Mapping[str, Any]) -> HttpResponse:
    owners = access.owners_within(request.user, SEE)
    totals = queries.totals(owners=owners)
    pages = max(1, -(-totals.groups // queries.LISTED))
    said = request.GET.get("page", "")
    page = min(max(int(said) if said.isdecimal() and len(said) < 8 else 1, 1), pages)
    found = queries.groups(owners=owners, page=page)
    may_write = access.may(request.user, WRITE)
    context = {
        "title": _("Customer groups"),
        "rows": [_row(one) for one in found],
        "customers": totals.customers,
        "people": totals.people,
        "page": page,
        "pages": pages,
        "read_at": queries.read_at(),
        "has_account": sending.in_use("wecom") is not None,
        "posts": [_post(one) for one in queries.posts()] if may_write else [],
        "templates": _templates() if may_write else [],
        "languages": [(code, str(LANGUAGE.get(code, code))) for code in LANGUAGES],
        "typed": typed,
        "chosen": {int(one) for one in typed.get("groups", ()) if str(one).isdecimal()},
        "error": error,
        "may_write": may_write,
        "may_channels": access.may(request.user, Permission.MANAGE_INTEGRATIONS),
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
    }
    return render(request, "keepwell/chats/list.html", context, status=400 if error else 200)


def _templates() -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in content.templates() if one.kind == "chat" and one.published]


def _row(one: GroupView) -> dict[str, Any]:
    """A group with its mix in words."""
    return {
        "one": one,
        "tiers": [(str(insight_labels.TIER[code]), one.tiers[code]) for code in TIERS if one.tiers.get(code)],
        "stages": [
            (str(insight_labels.LIFE_STAGE[code]), one.stages[code])
            for code in STAGES
            if one.stages.get(code)
        ],
    }


def _post(one: PostView) -> dict[str, Any]:
    states: dict[str, int] = {}
    for delivery in one.deliveries:
        states[delivery.state] = states.get(delivery.state, 0) + 1
    return {
        "one": one,
        "states": [(str(labels.STATE[code]), count) for code, count in states.items()],
        "deliveries": [_delivery(each) for each in one.deliveries],
    }


def _delivery(one: DeliveryView) -> dict[str, Any]:
    usual = labels.REASON["provider"]
    why = str(labels.REASON.get(one.reason, f"{usual} ({one.reason})")) if one.reason else ""
    return {"one": one, "state": str(labels.STATE[one.state]), "why": why}


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Read the groups anew from WeCom."""
    access.require(request.user, WRITE)
    try:
        done = services.refresh(actor=request.user.get_username(), now=clock.now())
    except ChatError as problem:
        return _list(request, str(labels.PROBLEM[problem.code]), {})
    said = {"groups": done.groups, "new": done.new, "gone": done.gone, "customers": done.known}
    messages.success(
        request,
        _("Groups: %(groups)s (new: %(new)s, gone: %(gone)s). Places of customers: %(customers)s.") % said,
    )
    return HttpResponseRedirect(reverse("chats"))


@require_POST
def post(request: HttpRequest) -> HttpResponse:
    """A text to the chosen groups, confirmed by typing how many they are."""
    access.require(request.user, WRITE)
    said = request.POST
    typed = {name: said.get(name, "") for name in ("template", "language")}
    groups = said.getlist("group")
    chosen = [int(one) for one in groups if one.isdecimal() and len(one) < 12]
    try:
        if not chosen:
            raise ChatError("no_groups")
        if said.get("confirm", "").strip() != str(len(chosen)):
            raise ChatError("confirm")
        services.post(
            group_ids=chosen,
            template_code=typed["template"],
            language=typed["language"],
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ChatError as problem:
        return _list(request, str(labels.PROBLEM[problem.code]), {**typed, "groups": groups})
    messages.success(request, _("It becomes a task for the owners of the groups. They confirm it in WeCom."))
    return HttpResponseRedirect(reverse("chats"))


@require_POST
def stop(request: HttpRequest, post_id: int) -> HttpResponse:
    """Hand over no more of it."""
    access.require(request.user, WRITE)
    if not any(one.post_id == post_id for one in queries.posts()):
        raise Http404
    count = services.stop(post_id=post_id, actor=request.user.get_username(), now=clock.now())
    messages.success(request, _("Stopped. Groups that were still waiting: %(count)s.") % {"count": count})
    return HttpResponseRedirect(reverse("chats"))


@require_safe
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One group: its customers, what a text would meet, what it was told."""
    access.require(request.user, SEE)
    found = _found(request, group_id)
    members = queries.members(group_id)
    names = visible_names(request.user, members)
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    shown = [one for one in members if owners is None or one in names]
    assessed = queries.assessed(group_id, purpose="marketing", content="", now=clock.now())
    context = {
        "title": found.name or _("A group without a name"),
        "row": _row(found),
        "members": [(one, names.get(one, ""), members[one]) for one in shown],
        "hidden": len(members) - len(shown),
        "assessed": assessed,
        "why": str(labels.REASON.get(assessed.cause, "")),
        "posts": [_post(one) for one in queries.posts(group_id=group_id)],
    }
    audit.log(
        actor=request.user.get_username(),
        action="chats.view",
        object_type="chat_group",
        object_id=str(group_id),
        details={"customers": len(shown)},
    )
    return render(request, "keepwell/chats/group.html", context)


def _found(request: HttpRequest, group_id: int) -> GroupView:
    try:
        found = queries.group(group_id)
    except ChatError:
        raise Http404(_("There is no such group.")) from None
    owners = access.owners_within(request.user, SEE)
    if owners is not None and not queries.of_owner(group_id, owners):
        raise PermissionDenied
    return found


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The groups and their mix as a file; nobody is named."""
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(), action="chats.export", object_type="chat_group", object_id="all"
    )
    rows = (
        (
            one.name, one.owner_name or one.owner, one.members, one.known, one.strangers,
            *(one.tiers.get(code, 0) for code in TIERS), *(one.stages.get(code, 0) for code in STAGES),
            one.last_at,
        )
        for one in queries.every()
    )  # fmt: skip
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, rows, "keepwell-customer-groups")
