"""What the forms of a case say, as values; and what they offer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.outreach import core as outreach
from keepwell.outreach import users
from keepwell.plays.winback import defaults, labels
from keepwell.plays.winback.contracts import CaseError, CaseView, MeasureStatus, Phase, Rules, Wanted
from keepwell.plays.winback.queries import cases
from keepwell.plays.winback.queries import rules as rule_queries

DUE_DAYS = 3


def number(text: str) -> int | None:
    """A whole number of a form; None for nothing or nonsense."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def end_of_day(text: str, zone: ZoneInfo) -> datetime | None:
    """The end of a day where the user is; None for nothing, CaseError for nonsense."""
    if not text:
        return None
    try:
        return outreach.end_of(date.fromisoformat(text), zone)
    except ValueError:
        raise CaseError(_("Please choose a day.")) from None


def amount(text: str) -> Decimal:
    """An amount as somebody types it; CaseError for nonsense."""
    try:
        return Decimal(text.replace(",", "").strip() or "0")
    except InvalidOperation:
        raise CaseError(_("Please type an amount.")) from None


def wanted(asked: QueryDict, zone: ZoneInfo) -> list[Wanted]:
    """The measures that a form of the plan chooses."""
    found = []
    for code in asked.getlist("measure"):
        discount = amount(asked.get(f"discount.{code}", "").replace("%", "")) / 100
        found.append(
            Wanted(
                code=code,
                cost=amount(asked.get(f"cost.{code}", "")),
                discount=discount,
                until=end_of_day(asked.get(f"until.{code}", ""), zone),
                due_at=end_of_day(asked.get(f"due.{code}", ""), zone),
                owner_id=number(asked.get(f"owner.{code}", "")),
                words=asked.get(f"words.{code}", ""),
            )
        )
    return found


def acts(asked: QueryDict, zone: ZoneInfo) -> list[Wanted]:
    """The acts of care that a form chooses."""
    return [
        Wanted(
            code=code,
            cost=Decimal(0),
            due_at=end_of_day(asked.get(f"due.{code}", ""), zone),
            owner_id=number(asked.get(f"owner.{code}", "")),
            words=asked.get(f"words.{code}", ""),
        )
        for code in asked.getlist("act")
    ]


def interview(asked: QueryDict) -> dict[str, str]:
    """The answers that a form has, by question; a question that it does not ask is left out."""
    return {code: str(asked[f"said.{code}"]) for code in defaults.INTERVIEW if f"said.{code}" in asked}


def said_rows(found: CaseView, typed: QueryDict | None = None) -> dict[str, Any]:
    """What a call asks: the obstacles to tick and the questions of the interview with their answers.

    With `typed` as somebody said them just now.
    """
    obstacles = found.obstacles if typed is None else typed.getlist("obstacle")
    answers = found.interview if typed is None else {**found.interview, **interview(typed)}
    return {
        "obstacle_choices": [
            (code, str(label), code in obstacles) for code, label in labels.OBSTACLE.items()
        ],
        "questions": [(code, str(label), answers.get(code, "")) for code, label in labels.INTERVIEW.items()],
    }


def cause_fields(found: CaseView, typed: QueryDict | None = None) -> dict[str, Any]:
    """The other fields of the form of causes, as they are or as somebody typed them just now."""
    asked = typed.get("asked", "") if typed is not None else found.asked or "reasons"
    names = ("competitor", "competitor_reason", "said")
    return {
        "asked_choices": [(code, str(label), code == asked) for code, label in labels.ASKED.items()],
        "cause_fields": {
            name: getattr(found, name) if typed is None else typed.get(name, getattr(found, name))
            for name in names
        },
    }


def colleagues() -> list[tuple[int, str]]:
    """Who can do a task."""
    return [(pk, users.name_of(one)) for pk, one in users.workers().items()]


def plan_rows(found: CaseView, *, now: datetime, zone: ZoneInfo, typed: QueryDict | None) -> dict[str, Any]:
    """The measures with the values of their fields: what was typed, else the plan, else what is usual."""
    known, rules = rule_queries.measures(), rule_queries.current()
    asked_for = cases.proposed(found)
    has = {
        one.code: one
        for one in found.measures
        if one.status is MeasureStatus.PLANNED and one.phase is Phase.ACTION
    }
    had = {one.code for one in found.measures if one.code not in has}
    order = [*asked_for, *(code for code in known if code not in asked_for)]
    rows = []
    for code in order:
        rule = known[code]
        barred = _barred(found, rule)
        chosen = code in has or (not has and not barred and code in asked_for[:1] and code not in had)
        usual = _usual(code, found, rules, now, zone)
        if code in has:
            usual = _values_of(has[code], zone)
        if typed is not None:
            chosen = code in typed.getlist("measure")
            usual = {name: typed.get(f"{name}.{code}", value) for name, value in usual.items()}
        rows.append(
            {
                "code": code,
                "name": str(labels.MEASURE[code]),
                "help": str(labels.MEASURE_HELP[code]),
                "is_offer": rule.is_offer,
                "barred": barred,
                "chosen": chosen,
                "proposed": code in asked_for,
                **usual,
            }
        )
    return {
        "rows": [one for one in rows if one["proposed"] or one["chosen"]],
        "others": [one for one in rows if not (one["proposed"] or one["chosen"])],
    }


def _barred(found: CaseView, rule: Any) -> str:
    if found.kept_aside and rule.marketing:
        return _("kept aside from marketing")
    if found.low_cost_only and not rule.low_cost:
        return _("low-cost measures only")
    if found.line.way == "automatic" and rule.needs_person:
        return _("worked on automatically")
    return ""


def _usual(code: str, found: CaseView, rules: Rules, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    kind = defaults.MEASURES[code]
    discount = Decimal(kind.discount or 0)
    cost = rule_queries.usual_cost(code, discount=discount, average_amount=found.average_amount)
    today = now.astimezone(zone).date()
    return {
        "cost": plain(cost),
        "discount": plain(discount * 100) if kind.discount else "",
        "until": (today + timedelta(days=rules.offer_days)).isoformat() if kind.discount else "",
        "due": outreach.working_day(today, DUE_DAYS).isoformat(),
        "owner": str(found.line.owner_id or ""),
        "words": "",
    }


def _values_of(one: Any, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "cost": plain(one.cost),
        "discount": plain(one.discount * 100) if one.discount else "",
        "until": _day(one.until, zone),
        "due": _day(one.due_at, zone),
        "owner": str(one.owner_id or ""),
        "words": one.words,
    }


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat() if moment else ""


def plain(value: Decimal) -> str:
    """An amount as one types it: no idle zeros."""
    return f"{value.normalize():f}"


def care_rows(
    found: CaseView, *, now: datetime, zone: ZoneInfo, typed: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The acts of care with their usual days."""
    today = (found.won_at or now).astimezone(zone).date()
    least = now.astimezone(zone).date() + timedelta(days=1)
    return [
        {
            "code": code,
            "name": str(labels.MEASURE[code]),
            "chosen": code in defaults.USUAL_CARE,
            "due": typed.get(f"due.{code}") or max(today + timedelta(days=act.days), least).isoformat(),
            "owner": str(found.line.owner_id or ""),
        }
        for code, act in defaults.CARE.items()
    ]


def cause_rows(
    found: CaseView, suggested: list[str], rules: Rules, typed: QueryDict | None = None
) -> list[dict[str, Any]]:
    """The causes of the list: those that the warning points to first, or that somebody chose just now."""
    known = {one.code for one in rules.causes}
    ticked = found.line.causes
    if typed is not None and "main" in typed:
        named = [typed["main"], *typed.getlist("cause")]
        ticked = tuple(dict.fromkeys(code for code in named if code in known))
    chosen = ticked or tuple(suggested)
    own = {one.code: one for one in rules.causes}
    order = [*chosen, *(one.code for one in rules.causes if one.active and one.code not in chosen)]
    return [
        {
            "code": code,
            "name": labels.cause_name(code, own),
            "main": bool(chosen) and code == chosen[0],
            "chosen": code in ticked,
            "suggested": code in suggested,
        }
        for code in order
    ]
