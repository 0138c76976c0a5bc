"""What can be done for customers, what it is assumed to save, and what may be spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.plays import queries as plays
from keepwell.plays import services as play_services
from keepwell.plays.contracts import TreatmentView
from keepwell.plays.learning import queries as learning
from keepwell.web.results import shown
from keepwell.web.shell import render


def treatments(
    request: HttpRequest, *, errors: Mapping[str, Any] | None = None, code: str = ""
) -> HttpResponse:
    """The page: treatments, limits, assumptions; with `errors`, what was typed stands where it was typed."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    cycle = insight.current_cycle()
    known = plays.treatments()
    table = assumption_table(code or request.GET.get("treatment", ""), known, request.POST)
    context = {
        "title": _("Treatments and assumptions"),
        "treatments": treatment_rows(known, errors or {}, request.POST),
        "limits": limit_rows(errors or {}, request.POST),
        "rule": plays.win_back_rule(),
        "table": table,
        "lessons": shown.lesson_rows(),
        "currency": cycle.currency if cycle else "",
        "errors": errors or {},
        "version": plays.playbook_version(),
    }
    return render(request, "keepwell/treatments.html", context, status=400 if errors else 200)


def treatment_rows(
    known: Sequence[TreatmentView], errors: Mapping[str, Any], typed: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each treatment with the values of its fields and what is wrong with them."""
    return [
        {
            "one": one,
            "errors": errors.get(one.code, ()),
            "unit_cost": typed.get("unit_cost", "") if one.code in errors else plain(one.unit_cost),
            "capacity": typed.get("capacity", "") if one.code in errors else plain(one.capacity),
            "active": "active" in typed if one.code in errors else one.active,
        }
        for one in known
    ]


def limit_rows(errors: Mapping[str, Any], typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each tier's limits with the values of their fields and what is wrong with them."""
    return [
        {
            "one": one,
            "errors": errors.get(one.tier, ()),
            "max_cost": typed.get("max_cost", "") if one.tier in errors else plain(one.max_cost),
            "max_value_share": (
                typed.get("max_value_share", "") if one.tier in errors else hundred(one.max_value_share)
            ),
            "low_cost_only": "low_cost_only" in typed if one.tier in errors else one.low_cost_only,
        }
        for one in plays.grade_limits()
    ]


def plain(value: Decimal | int | None) -> str:
    """A number as one types it: no grouping, no idle zeros; nothing for None."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def hundred(share: float) -> str:
    """A share as the percentage that one types."""
    return f"{share * 100:.6g}"


def assumption_table(code: str, known: Sequence[TreatmentView], typed: Mapping[str, str]) -> dict[str, Any]:
    """The assumptions of one treatment: a row per group of causes, a column per tier."""
    codes = [one.code for one in known]
    chosen = code if code in codes else (codes[0] if codes else "")
    cells = {(row.reason_group, row.tier): row for row in plays.assumptions() if row.treatment == chosen}
    tiers = list(labels.TIER)
    measured = learning.measured_lines()
    return {
        "treatment": chosen,
        "tiers": tiers,
        "rows": [
            {
                "group": group,
                "label": name,
                "cells": [
                    {
                        "name": f"share.{group}.{tier}",
                        "tier": tier,
                        "measured": (chosen, tier, group) in measured,
                        "value": typed.get(
                            f"share.{group}.{tier}", hundred(cells[(group, tier)].saved_share)
                        ),
                    }
                    for tier in tiers
                    if (group, tier) in cells
                ],
            }
            for group, name in plays.reason_groups().items()
        ],
    }


@require_POST
def save_treatment(request: HttpRequest, code: str) -> HttpResponse:
    """Cost, capacity and whether it is used."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    if plays.treatment(code) is None:
        return HttpResponseRedirect(reverse("treatments"))
    try:
        capacity = request.POST.get("capacity", "").strip()
        play_services.set_treatment(
            code=code,
            actor=request.user.get_username(),
            unit_cost=_amount(request.POST.get("unit_cost", ""), "unit_cost"),
            capacity=_whole(capacity, "capacity") if capacity else None,
            active="active" in request.POST,
        )
    except ValidationError as error:
        return treatments(request, errors={code: error.messages})
    return _saved(request)


@require_POST
def save_limit(request: HttpRequest, tier: str) -> HttpResponse:
    """What may be spent on one customer of a tier."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    if tier not in labels.TIER:
        return HttpResponseRedirect(reverse("treatments"))
    try:
        most = request.POST.get("max_cost", "").strip()
        play_services.set_grade_limit(
            tier=tier,
            actor=request.user.get_username(),
            max_cost=_amount(most, "max_cost") if most else None,
            max_value_share=_share(request.POST.get("max_value_share", ""), "max_value_share"),
            low_cost_only="low_cost_only" in request.POST,
        )
    except ValidationError as error:
        return treatments(request, errors={tier: error.messages})
    return _saved(request)


@require_POST
def save_assumptions(request: HttpRequest, code: str) -> HttpResponse:
    """Every share of one treatment that was changed."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    known = {(row.reason_group, row.tier): row for row in plays.assumptions() if row.treatment == code}
    try:
        wanted = {
            key: _share(request.POST[f"share.{key[0]}.{key[1]}"], "saved_share")
            for key in known
            if f"share.{key[0]}.{key[1]}" in request.POST
        }
        for (group, tier), share in wanted.items():
            if abs(known[(group, tier)].saved_share - share) > 1e-9:
                play_services.set_assumption(
                    treatment=code,
                    tier=tier,
                    reason_group=group,
                    saved_share=share,
                    actor=request.user.get_username(),
                )
    except ValidationError as error:
        return treatments(request, errors={"assumptions": error.messages}, code=code)
    return _saved(request, code)


def _saved(request: HttpRequest, code: str = "") -> HttpResponse:
    messages.success(request, _("Saved. New plans use it at once, the list of actions from the next cycle."))
    target = reverse("treatments")
    return HttpResponseRedirect(f"{target}?treatment={code}#assumptions" if code else target)


def _amount(text: str, name: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        raise ValidationError({name: [_("Please type an amount.")]}) from None


def _share(text: str, name: str) -> float:
    try:
        return float(text.replace("%", "").strip()) / 100
    except ValueError:
        raise ValidationError({name: [_("Please type a percentage.")]}) from None


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValidationError({name: [_("Please type a whole number, or nothing for no limit.")]})
    return int(text)
