"""What people make of a list: views, columns, and what is done to many customers at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_assigning
from keepwell.customers.lists import queries as lists
from keepwell.customers.lists import services as list_services
from keepwell.customers.lists.contracts import CUSTOMERS_MAX, Bulk, ListError
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.outreach.contracts import Kind, TaskError
from keepwell.outreach.services import tasks
from keepwell.web import list_columns
from keepwell.web import lists as list_pages
from keepwell.web.shell import me

LISTS = {"at_risk": ("at_risk",), "customers": ()}
NEEDED = {
    "add_tag": Permission.CHANGE_CUSTOMERS,
    "remove_tag": Permission.CHANGE_CUSTOMERS,
    "assign_owner": Permission.CHANGE_OWNERS,
    "tasks": Permission.CHANGE_TASKS,
}
TASKS_MAX = 500


@require_POST
def choose_columns(request: HttpRequest, name: str) -> HttpResponse:
    """Remember which columns the user wants to see in this list."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    chosen = () if "usual" in request.POST else list_columns.known(request.POST.getlist("column"))
    list_services.choose_columns(user_id=me(request), list_name=_list(name), columns=chosen)
    return _back(request, name)


@require_POST
def save_view(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the list as it is under a name."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    asked = list_pages.read(QueryDict(request.POST.get("query", "")), default_statuses=LISTS[_list(name)])
    chosen = lists.columns(user_id=me(request), list_name=name)
    try:
        view = list_services.save_view(
            user_id=me(request),
            list_name=name,
            name=request.POST.get("name", ""),
            query=list_pages.write(asked).removeprefix("?"),
            columns=chosen,
            shared="shared" in request.POST,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ListError as error:
        messages.error(request, str(error))
        return _back(request, name)
    return HttpResponseRedirect(f"{reverse(name)}?{view.query}&view={view.view_id}")


@require_POST
def delete_view(request: HttpRequest, name: str, view_id: int) -> HttpResponse:
    """Drop a view of one's own."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    list_services.delete_view(view_id=view_id, user_id=me(request))
    return HttpResponseRedirect(reverse(_list(name)))


@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Tag, assign or make tasks for the selected customers, or for all that match."""
    kind = request.POST.get("kind", "")
    if kind not in NEEDED:
        access.require(request.user, Permission.VIEW_CUSTOMERS)
        raise Http404
    _gate(request, kind)
    try:
        ids = selected(request, _list(name), NEEDED[kind])
        done = _do(request, kind, ids)
    except (ListError, TaskError) as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        _tell(request, done)
    return _back(request, name)


def _gate(request: HttpRequest, kind: str) -> None:
    """The gate of a change of many, and of taking it back."""
    if kind == "assign_owner":
        access_assigning(request.user)
    else:
        access.require(request.user, NEEDED[kind])


def selected(request: HttpRequest, name: str, permission: Permission) -> list[str]:
    """The customers that the form means, all of them within reach; raises PermissionDenied otherwise."""
    owners = access.owners_within(request.user, permission)
    if "matching" in request.POST:
        asked = list_pages.read(QueryDict(request.POST.get("query", "")), default_statuses=LISTS[name])
        visible = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
        wanted = list_pages.within(asked.filter, visible if owners is None else owners)
        return insight.customer_ids(wanted, limit=CUSTOMERS_MAX + 1)
    ids = list(dict.fromkeys(request.POST.getlist("customer")))[: CUSTOMERS_MAX + 1]
    here = customers.existing(ids)
    ids = [one for one in ids if one in here]
    if owners is not None:
        owned = customers.owners_of(ids)
        if any(owned.get(one) not in owners for one in ids):
            raise PermissionDenied(_("Somebody else looks after this customer. Ask them or a manager."))
    return ids


def _do(request: HttpRequest, kind: str, ids: list[str]) -> Bulk:
    said: dict[str, Any] = {
        "user_id": me(request),
        "actor": request.user.get_username(),
        "now": clock.now(),
    }
    if kind == "add_tag":
        return list_services.add_tag(customer_ids=ids, name=request.POST.get("tag", ""), **said)
    if kind == "remove_tag":
        return list_services.remove_tag(customer_ids=ids, tag_id=_number(request, "tag_id"), **said)
    if kind == "assign_owner":
        owner_id = None if request.POST.get("owner") == "nobody" else _number(request, "owner")
        return list_services.assign_owner(customer_ids=ids, owner_id=owner_id, **said)
    return _make_tasks(request, ids)


def _make_tasks(request: HttpRequest, ids: list[str]) -> Bulk:
    if not ids:
        raise ListError(_("Select at least one customer."))
    if len(ids) > TASKS_MAX:
        raise ListError(_("At most %(limit)d tasks can be made at once.") % {"limit": TASKS_MAX})
    kind = request.POST.get("task_kind", Kind.CALL)
    now, actor = clock.now(), request.user.get_username()
    title = request.POST.get("title", "")
    owners = customers.owners_of(ids)
    made = [
        tasks.create(
            kind=kind, actor=actor, now=now, customer_id=one, title=title, assignee_id=owners.get(one)
        ).task_id
        for one in ids
    ]
    memo = {"tasks": made}
    return list_services.remember(kind="tasks", count=len(made), memo=memo, user_id=me(request), now=now)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise ListError(_("Please choose one of the list."))
    return int(text)


def _tell(request: HttpRequest, done: Bulk) -> None:
    if done.customers == 0:
        messages.info(request, _("Nothing had to be changed."))
        return
    count = {"count": done.customers}
    words = {
        "add_tag": ngettext("%(count)s customer tagged.", "%(count)s customers tagged.", done.customers),
        "remove_tag": ngettext(
            "Tag taken off %(count)s customer.", "Tag taken off %(count)s customers.", done.customers
        ),
        "assign_owner": ngettext(
            "%(count)s customer has a new owner.", "%(count)s customers have a new owner.", done.customers
        ),
        "tasks": ngettext("%(count)s task made.", "%(count)s tasks made.", done.customers),
    }
    messages.success(request, words[done.kind] % count)


@require_POST
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take back what one did last, where one may still do it."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    if made := lists.change(change_id=change_id, user_id=me(request)):
        _gate(request, made.kind)
    now, actor = clock.now(), request.user.get_username()
    try:
        done = list_services.undo(change_id=change_id, user_id=me(request), actor=actor, now=now)
        if done.kind == "tasks":
            tasks.cancel(task_ids=done.memo["tasks"], actor=actor, now=now)
        messages.success(request, _("Taken back."))
    except (ListError, TaskError) as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return _back(request, "customers")


def _list(name: str) -> str:
    if name not in LISTS:
        raise Http404
    return name


def _back(request: HttpRequest, name: str) -> HttpResponse:
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse(_list(name))
    return HttpResponseRedirect(target)
