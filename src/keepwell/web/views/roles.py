"""Roles in words: what each may do, how much it decides alone, and what is asked of who holds it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access, queries, services
from keepwell.accounts.contracts import SHARES, Approvable, AuthorityKind, Permission, Role, SecondPerson
from keepwell.insight import queries as insight
from keepwell.web import role_words
from keepwell.web.shell import render


def roles(request: HttpRequest, *, errors: Mapping[str, Any] | None = None) -> HttpResponse:
    """The page: every role, then the authority table."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    asking = queries.roles_asking_second_factor()
    cycle = insight.current_cycle()
    context = {
        "title": _("Roles and authority"),
        "roles": [
            {
                "code": role,
                "name": role_words.ROLES[role],
                "meaning": role_words.ROLE_MEANINGS[role],
                "allowed": role_words.allowed(role),
                "second_factor": role in asking,
            }
            for role in Role
        ],
        "tables": authority_tables(errors or {}, request.POST),
        "errors": errors or {},
        "checked": [
            {"code": kind, "name": role_words.APPROVABLE[kind], "rule": rule}
            for kind, rule in queries.second_person_table().items()
        ],
        "second_person": role_words.SECOND_PERSON.items(),
        "currency": cycle.currency if cycle else "",
        "may_manage": access.may(request.user, Permission.MANAGE_ACCOUNTS),
    }
    return render(request, "keepwell/roles.html", context, status=400 if errors else 200)


def authority_tables(errors: Mapping[str, Any], typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The authority table, a part per kind: role, limit, who decides above."""
    table = queries.authority_table()
    parts = []
    for kind in AuthorityKind:
        rows = []
        for role in Role:
            one = table[(role, kind)]
            name = f"{kind}.{role}"
            shown = role_words.limit_text(kind, one.limit)
            rows.append(
                {
                    "name": name,
                    "role": role_words.ROLES[role],
                    "value": typed.get(f"limit.{name}", shown) if errors else shown,
                    "approver": (typed.get(f"approver.{name}") if errors else None) or one.approver or "",
                    "error": errors.get(name),
                    "choices": [(other, role_words.ROLES[other]) for other in Role if other is not role],
                }
            )
        parts.append({"kind": kind, "name": role_words.KINDS[kind], "is_share": kind in SHARES, "rows": rows})
    return parts


@require_POST
def set_authority(request: HttpRequest) -> HttpResponse:
    """Everything that was changed in the part of the table that was sent.

    Nobody but who manages people: whoever has a limit would otherwise widen their own.
    """
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    errors: dict[str, Any] = {}
    for kind in AuthorityKind:
        for role in Role:
            name = f"{kind}.{role}"
            if f"limit.{name}" not in request.POST:
                continue
            approver = request.POST.get(f"approver.{name}", "")
            try:
                limit = role_words.limit_value(kind, request.POST[f"limit.{name}"])
                services.set_authority(
                    role=role,
                    kind=kind,
                    limit=limit,
                    approver=approver if approver in set(Role) and limit is not None else None,
                    actor=request.user.get_username(),
                )
            except InvalidOperation:
                errors[name] = _("Please type a number, or nothing for no limit.")
            except ValidationError as error:
                errors[name] = error.messages[0]
    if errors:
        return roles(request, errors=errors)
    messages.success(request, _("Saved. The limits count at once."))
    return HttpResponseRedirect(reverse("roles") + "#authority")


@require_POST
def set_second_factors(request: HttpRequest) -> HttpResponse:
    """Of which roles a second factor is asked."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    asked = set(request.POST.getlist("role"))
    for role in Role:
        services.set_second_factor(role=role, required=role in asked, actor=request.user.get_username())
    messages.success(request, _("Saved. Who lacks a second factor is asked for it on the next page."))
    return HttpResponseRedirect(reverse("roles"))


@require_POST
def set_second_person(request: HttpRequest) -> HttpResponse:
    """Whether somebody else than the writer approves texts, journeys, mailings and plays."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    for kind in Approvable:
        rule = request.POST.get(kind, "")
        if rule in set(SecondPerson):
            services.set_second_person(kind=kind, rule=rule, actor=request.user.get_username())
    messages.success(request, _("Saved. It counts at once."))
    return HttpResponseRedirect(reverse("roles") + "#second-person")
