"""People: who may sign in, with which roles and in which team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access, queries, services
from keepwell.accounts.contracts import Permission, Role, UserView
from keepwell.foundation import clock
from keepwell.web import role_words
from keepwell.web.shell import render

NEW_FIELDS = ("username", "first_name", "last_name", "email")


def people(
    request: HttpRequest, *, errors: Mapping[str, Any] | None = None, team_errors: Any = None
) -> HttpResponse:
    """Everybody, the teams, and how to add somebody."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    everybody = queries.users()
    context = {
        "title": _("People"),
        "people": [{"one": one, "roles": role_words.role_names(one.roles)} for one in everybody],
        "active": [one for one in everybody if one.is_active],
        "teams": queries.teams(),
        "roles": role_choices(()),
        "typed": request.POST,
        "typed_roles": request.POST.getlist("role"),
        "errors": errors or {},
        "team_errors": team_errors or [],
        "counts": counts(everybody),
    }
    return render(request, "keepwell/people.html", context, status=400 if errors or team_errors else 200)


def counts(everybody: list[UserView]) -> dict[str, int]:
    """The figures of the first line."""
    active = [one for one in everybody if one.is_active]
    return {
        "active": len(active),
        "invited": sum(not one.has_password and one.last_login_at is None for one in active),
        "without_factor": sum(not one.has_second_factor for one in active),
    }


def role_choices(held: tuple[Role, ...]) -> list[dict[str, Any]]:
    """Every role with its meaning, and whether it is held."""
    return [
        {
            "code": role,
            "name": role_words.ROLES[role],
            "meaning": role_words.ROLE_MEANINGS[role],
            "on": role in held,
        }
        for role in Role
    ]


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Make an account and show the link that sets its password."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    given: dict[str, Any] = {name: request.POST.get(name, "") for name in NEW_FIELDS}
    username = given.pop("username")
    try:
        user, secret = services.invite(
            username=username,
            roles=request.POST.getlist("role"),
            team_id=_number(request.POST.get("team_id", "")),
            actor=request.user.get_username(),
            now=clock.now(),
            **given,
        )
    except ValidationError as error:
        return people(request, errors=error.message_dict)
    return _person(request, user.pk, link=secret)


def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One of them; POST changes name, address and team."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    if request.method != "POST":
        return _person(request, user_id)
    _found(user_id)
    given: dict[str, Any] = {
        name: request.POST.get(name, "") for name in ("first_name", "last_name", "email", "time_zone")
    }
    try:
        services.change_user(
            user_id=user_id,
            actor=request.user.get_username(),
            team_id=_number(request.POST.get("team_id", "")),
            **given,
        )
    except ValidationError as error:
        return _person(request, user_id, errors=error.message_dict)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("person", args=[user_id]))


def _person(
    request: HttpRequest, user_id: int, *, errors: Mapping[str, Any] | None = None, link: str = ""
) -> HttpResponse:
    found = _found(user_id)
    context = {
        "title": found.name or found.username,
        "subtitle": _("People"),
        "person": found,
        "roles": role_choices(found.roles),
        "teams": queries.teams(),
        "tokens": [one for one in queries.tokens() if one.username == found.username],
        "errors": errors or {},
        "link": request.build_absolute_uri(reverse("password_link", args=[link])) if link else "",
        "is_self": found.user_id == request.user.pk,
        "now": clock.now(),
    }
    return render(request, "keepwell/person.html", context, status=400 if errors else 200)


@require_POST
def set_roles(request: HttpRequest, user_id: int) -> HttpResponse:
    """Which roles somebody has."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    _found(user_id)
    try:
        services.set_roles(
            user_id=user_id, roles=request.POST.getlist("role"), actor=request.user.get_username()
        )
    except ValidationError as error:
        return _person(request, user_id, errors={"roles": error.messages})
    messages.success(request, _("The roles are saved; they count at once."))
    return HttpResponseRedirect(reverse("person", args=[user_id]))


@require_POST
def create_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """A link that sets a password: for who was invited, or has forgotten theirs."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    _found(user_id)
    try:
        secret = services.create_password_link(
            user_id=user_id, actor=request.user.get_username(), now=clock.now()
        )
    except ValidationError as error:
        return _person(request, user_id, errors={"link": error.messages})
    return _person(request, user_id, link=secret)


@require_POST
def set_active(request: HttpRequest, user_id: int) -> HttpResponse:
    """Switch an account off, or on again."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    _found(user_id)
    actor = request.user.get_username()
    try:
        if request.POST.get("active") == "1":
            services.reactivate(user_id=user_id, actor=actor)
        else:
            services.deactivate(user_id=user_id, actor=actor)
    except ValidationError as error:
        return _person(request, user_id, errors={"active": error.messages})
    return HttpResponseRedirect(reverse("person", args=[user_id]))


@require_POST
def create_team(request: HttpRequest) -> HttpResponse:
    """A new team."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    return _team(request, services.create_team)


@require_POST
def change_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """A team's name and leader."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    _team_found(team_id)
    return _team(request, services.change_team, team_id=team_id)


@require_POST
def delete_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Dissolve a team."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    _team_found(team_id)
    services.delete_team(team_id=team_id, actor=request.user.get_username())
    messages.success(request, _("The team is dissolved; its people stay."))
    return HttpResponseRedirect(reverse("people") + "#teams")


def _team(request: HttpRequest, verb: Any, **which: int) -> HttpResponse:
    try:
        verb(
            name=request.POST.get("name", ""),
            leader_id=_number(request.POST.get("leader_id", "")),
            actor=request.user.get_username(),
            **which,
        )
    except ValidationError as error:
        return people(request, team_errors=error.messages)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("people") + "#teams")


def _found(user_id: int) -> UserView:
    found = queries.user(user_id)
    if found is None:
        raise Http404(_("There is no such person."))
    return found


def _team_found(team_id: int) -> None:
    if queries.team(team_id) is None:
        raise Http404(_("There is no such team."))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
