"""The plan: what is the best use of this budget?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight import queries as insight
from keepwell.plays import queries as plays
from keepwell.plays import services as play_services
from keepwell.plays.contracts import PlanResult, TreatmentView
from keepwell.web import exports, formats, people, phrases
from keepwell.web.charts.plan import curve_chart
from keepwell.web.shell import render

LINES_SHOWN = 20
PLANS_SHOWN = 10
# The first budget that is proposed: this share of the money at risk, rounded to one digit.
PROPOSED_SHARE = Decimal("0.02")


def plan(request: HttpRequest) -> HttpResponse:
    """Set a budget, see who gets what; POST saves it."""
    saves = request.method == "POST"
    access.require(request.user, Permission.SAVE_PLANS if saves else Permission.VIEW_PLANS)
    summary = insight.summary()
    context: dict[str, Any] = {"title": _("Plan"), "cycle": summary.cycle if summary else None}
    if summary is None:
        return render(request, "keepwell/plan.html", context)
    asked = request.POST if request.method == "POST" else request.GET
    treatments = people.treatments()
    active = [treatment for treatment in treatments.values() if treatment.active]
    text = asked.get("budget", "").strip() or str(proposed_budget(summary.at_risk.expected_loss))
    errors: dict[str, list[str]] = {}
    try:
        budget, capacities = read_budget(text), read_capacities(asked, active)
        if request.method == "POST":
            return save(request, budget, capacities)
        result = plays.preview_plan(budget, capacities)
        context |= result_context(within_reach(request, result), treatments)
    except ValidationError as error:
        errors = error.message_dict if hasattr(error, "error_dict") else {"budget": error.messages}
    context |= {
        "errors": errors,
        "budget_text": text,
        "capacity_fields": capacity_fields(asked, active),
        "currency": summary.currency,
        "saved": plays.plans(PLANS_SHOWN),
        "now": clock.now(),
        "may_change": access.may(request.user, Permission.SAVE_PLANS),
    }
    return render(request, "keepwell/plan.html", context, fragment="keepwell/_plan.html")


def save(request: HttpRequest, budget: Decimal, capacities: Mapping[str, int | None]) -> HttpResponse:
    """Keep the plan and show it."""
    result = play_services.save_plan(budget=budget, capacities=capacities, actor=request.user.get_username())
    messages.success(request, _("The plan is saved."))
    return HttpResponseRedirect(reverse("saved_plan", args=[result.plan_id]))


def saved_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan as it was saved."""
    access.require(request.user, Permission.VIEW_PLANS)
    result = _found(plan_id)
    context = result_context(within_reach(request, result), people.treatments())
    context |= {
        "title": _("Saved plan %(number)s") % {"number": plan_id},
        "subtitle": _("Plan"),
        "plan_id": plan_id,
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
        "may_play": access.may(request.user, Permission.SAVE_PLANS),
        "currency": result.currency,
        "now": clock.now(),
    }
    return render(request, "keepwell/saved_plan.html", context)


def plan_export(request: HttpRequest, plan_id: int, kind: str) -> HttpResponseBase:
    """The lines of a saved plan as a file."""
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    result = within_reach(request, _found(plan_id), Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(),
        action="plan.export",
        object_type="plan",
        object_id=str(plan_id),
        details={"format": kind},
    )
    rows = exports.plan_rows(result.lines, result.currency, people.treatments())
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(exports.plan_header(), rows, f"keepwell-plan-{plan_id}")


def within_reach(
    request: HttpRequest, result: PlanResult, permission: Permission = Permission.VIEW_PLANS
) -> PlanResult:
    """The plan with its totals, and of its lines those whose customers the user may see."""
    owners = access.owners_within(request.user, permission)
    if owners is None:
        return result
    visible = frozenset(customers.owned_by(owners))
    return replace(result, lines=tuple(line for line in result.lines if line.customer_id in visible))


def _found(plan_id: int) -> PlanResult:
    result = plays.plan(plan_id)
    if result is None:
        raise Http404(_("There is no such plan."))
    return result


def proposed_budget(at_risk: Decimal) -> Decimal:
    """A budget to begin with: a small share of the money at risk, as a round amount."""
    share = at_risk * PROPOSED_SHARE
    if share < 1:
        return Decimal(100)
    power = Decimal(10) ** share.adjusted()
    return max(Decimal(1), (share / power).to_integral_value()) * power


def read_budget(text: str) -> Decimal:
    """The amount that was typed; raises ValidationError naming `budget`."""
    try:
        return Decimal(text.replace(",", "").replace("，", "").replace(" ", ""))
    except InvalidOperation:
        raise ValidationError({"budget": [_("Please type an amount, for example 5000.")]}) from None


def read_capacities(asked: Mapping[str, str], active: list[TreatmentView]) -> dict[str, int | None]:
    """How many of each treatment can be done; an empty field means no limit, an absent one the usual."""
    found: dict[str, int | None] = {}
    for treatment in active:
        text = asked.get(f"capacity_{treatment.code}")
        if text is None:
            continue
        text = text.strip()
        if text and not (text.isascii() and text.isdecimal()):
            raise ValidationError(
                {
                    "capacities": [
                        _("%(treatment)s: please type a whole number, or nothing for no limit.")
                        % {"treatment": treatment.name}
                    ]
                }
            )
        found[treatment.code] = int(text) if text else None
    return found


def capacity_fields(asked: Mapping[str, str], active: list[TreatmentView]) -> list[dict[str, Any]]:
    """One field per active treatment with what was typed, else its usual capacity."""
    fields = []
    for treatment in active:
        usual = "" if treatment.capacity is None else str(treatment.capacity)
        name = f"capacity_{treatment.code}"
        fields.append({"name": name, "treatment": treatment, "value": asked.get(name, usual)})
    return fields


def result_context(result: PlanResult, treatments: Mapping[str, TreatmentView]) -> dict[str, Any]:
    """What the page shows of a plan."""
    lines = list(result.lines[:LINES_SHOWN])
    names = customers.names([line.customer_id for line in lines])
    ranked = sorted(result.actions.items(), key=lambda item: -item[1]["gain"])
    return {
        "result": result,
        "sentence": phrases.plan(result),
        "gap": phrases.gap(result),
        "chart": curve_chart(result),
        "actions": [
            {
                "code": code,
                "treatment": treatments.get(code),
                "capacity": result.capacities.get(code),
                **total,
            }
            for code, total in ranked
        ],
        "lines": [
            {"line": line, "name": names.get(line.customer_id), "treatment": treatments.get(line.treatment)}
            for line in lines
        ],
        "line_count": formats.number(len(result.lines)),
        "lines_total": len(result.lines),
        "treated": sum(total["customers"] for total in result.actions.values()),
    }
