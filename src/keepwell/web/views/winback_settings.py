"""The rules of the desk: grades and their points, causes and their measures, days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.insight.labels import RISK_LEVEL, TIER
from keepwell.plays import queries as plays
from keepwell.plays.winback import defaults, labels, rulebook, services
from keepwell.plays.winback.contracts import CauseRule, GradeRule, Rules
from keepwell.plays.winback.queries import rules as queries
from keepwell.web.shell import render

PLACES = 4
LOST = gettext_lazy("Lost already")
OWN = "own_"


def rules(request: HttpRequest) -> HttpResponse:
    """The form; POST saves a new version."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    now, errors = queries.current(), {}
    if request.method == "POST":
        access.require(request.user, Permission.CHANGE_SETTINGS)
        try:
            services.set_rules(
                values=read(request.POST, now), actor=request.user.get_username(), now=clock.now()
            )
        except rulebook.RulesError as error:
            errors = {name: found[0] for name, found in error.message_dict.items()}
        else:
            messages.success(request, _("Saved. It counts for every case from now on."))
            return HttpResponseRedirect(reverse("winback_rules"))
    context = page(now, errors, request.POST if errors else None)
    may_set = access.may(request.user, Permission.CHANGE_SETTINGS)
    return render(
        request,
        "keepwell/winback/rules.html",
        {**context, "may_set": may_set},
        status=400 if errors else 200,
    )


def page(now: Rules, errors: Mapping[str, str], typed: QueryDict | None) -> dict[str, Any]:
    """Everything on the page; with `typed`, what somebody typed."""
    own = {one.code: one for one in now.causes}
    limits = {one.tier: one for one in plays.grade_limits()}
    cycle = insight.current_cycle()

    def value(name: str, present: object) -> str:
        return typed.get(name, "") if typed is not None else str(present)

    return {
        "title": _("Win-back rules"),
        "rules": now,
        "currency": cycle.currency if cycle else "",
        "errors": errors,
        "tier_points": [
            (f"tier.{code}", str(label), value(f"tier.{code}", now.tier_points[code]))
            for code, label in TIER.items()
        ],
        "risk_points": [
            (f"risk.{code}", str(RISK_LEVEL.get(code, LOST)), value(f"risk.{code}", now.risk_points[code]))
            for code in defaults.RISK_POINTS
        ],
        "grades": [
            {
                "one": one,
                "points": value(f"from.{one.grade}", one.points_from),
                "last": place == len(now.grades) - 1,
                "limit": limits[one.limit_of],
                "rescue_unhappy": "rescue_unhappy" in typed if typed is not None else now.rescue_unhappy,
                "tiers": [(code, str(label), code == one.limit_of) for code, label in TIER.items()],
                "ways": [(code, str(label), code == one.way) for code, label in labels.WAY.items()],
            }
            for place, one in enumerate(now.grades)
        ],
        "causes": [cause_row(one, labels.cause_name(one.code, own), value) for one in now.causes],
        "groups": list(plays.reason_groups().items()),
        "measures": [(code, str(labels.MEASURE[code])) for code in defaults.MEASURES],
        "places": range(1, PLACES + 1),
        "numbers": {name: value(name, getattr(now, name)) for name in rulebook.NUMBERS},
        "open_lost": "open_lost" in typed if typed is not None else now.open_lost,
        "tiers": [(code, str(label), code in now.open_tiers) for code, label in TIER.items()],
        "versions": queries.versions(),
    }


def cause_row(one: CauseRule, name: str, value: Any) -> dict[str, Any]:
    """One cause with the values of its fields."""
    chosen = [*one.measures, *[""] * PLACES][:PLACES]
    return {
        "one": one,
        "name": name,
        "points": value(f"points.{one.code}", one.points),
        "shown": [str(labels.MEASURE[code]) for code in one.measures],
        "measures": [
            (f"measure.{one.code}.{place + 1}", value(f"measure.{one.code}.{place + 1}", code))
            for place, code in enumerate(chosen)
        ],
    }


def read(asked: QueryDict, now: Rules) -> dict[str, Any]:
    """The values of the form; what is no whole number is refused with the field's name."""
    causes = [_cause(asked, one) for one in now.causes]
    if asked.get("new_name", "").strip():
        causes.append(_new_cause(asked, now))
    return {
        "tier_points": {
            code: _whole(asked, f"tier.{code}", "tier_points", old) for code, old in now.tier_points.items()
        },
        "risk_points": {
            code: _whole(asked, f"risk.{code}", "risk_points", old) for code, old in now.risk_points.items()
        },
        "grades": tuple(_grade(asked, one, last=one is now.grades[-1]) for one in now.grades),
        "causes": tuple(causes),
        **{name: _whole(asked, name, name, getattr(now, name)) for name in rulebook.NUMBERS},
        "open_lost": "open_lost" in asked,
        "rescue_unhappy": "rescue_unhappy" in asked,
        "open_tiers": tuple(code for code in TIER if code in asked.getlist("open_tiers")),
    }


def _grade(asked: QueryDict, one: GradeRule, *, last: bool) -> GradeRule:
    points = one.points_from if last else _whole(asked, f"from.{one.grade}", "grades", one.points_from)
    return replace(
        one,
        points_from=points,
        limit_of=asked.get(f"limit.{one.grade}", one.limit_of),
        way=asked.get(f"way.{one.grade}", one.way),
    )


def _cause(asked: QueryDict, one: CauseRule) -> CauseRule:
    return replace(
        one,
        points=_whole(asked, f"points.{one.code}", "causes", one.points),
        active=f"active.{one.code}" in asked,
        measures=_measures(asked, f"measure.{one.code}"),
    )


def _new_cause(asked: QueryDict, now: Rules) -> CauseRule:
    known = {one.code for one in now.causes}
    number = next(place for place in range(1, len(known) + 2) if f"{OWN}{place}" not in known)
    return CauseRule(
        code=f"{OWN}{number}",
        group=asked.get("new_group", ""),
        points=_whole(asked, "new_points", "causes", 0),
        measures=_measures(asked, "new_measure"),
        name=asked.get("new_name", "").strip(),
    )


def _measures(asked: QueryDict, name: str) -> tuple[str, ...]:
    given = [asked.get(f"{name}.{place}", "") for place in range(1, PLACES + 1)]
    return tuple(dict.fromkeys(code for code in given if code))


def _whole(asked: QueryDict, name: str, field: str, present: int) -> int:
    """The whole number of a field; what the form does not have stays as it is."""
    try:
        return int(asked.get(name, str(present)))
    except ValueError:
        raise rulebook.RulesError({field: _("Please type whole numbers.")}) from None
