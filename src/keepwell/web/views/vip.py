"""How VIP customers are treated, and who is on duty for them at night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL, TRAIT
from keepwell.foundation import clock
from keepwell.insight.labels import TIER
from keepwell.outreach import users
from keepwell.outreach.replying.contracts import CHANNELS
from keepwell.outreach.vip import labels, queries, services
from keepwell.outreach.vip.contracts import ROSTER_DAYS, VipError, VipRules
from keepwell.web.shell import render

SEE, WRITE = Permission.VIEW_SETTINGS, Permission.CHANGE_SETTINGS
GAPS_SHOWN = 7


def rules(request: HttpRequest) -> HttpResponse:
    """The rules and the roster; POST sets the rules."""
    access.require(request.user, SEE)
    if request.method != "POST":
        return _page(request, None, {})
    access.require(request.user, WRITE)
    try:
        wanted = typed(request)
        services.set_rules(rules=wanted, actor=request.user.get_username(), now=clock.now())
    except VipError as error:
        return _page(request, request.POST, error.problems)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("vip"))


def typed(request: HttpRequest) -> VipRules:
    """The rules as the form says; raises VipError for what is no number or time."""
    said, problems = request.POST, {}
    minutes: dict[str, int] = {}
    for code in CHANNELS:
        text = said.get(f"reply_{code}", "").strip().replace(",", ".")
        try:
            if text:
                minutes[code] = round(Decimal(text) * 60)
        except (InvalidOperation, OverflowError, ValueError):
            problems["reply_minutes"] = "reply_minutes"
    age = said.get("guided_age", "").strip()
    if age and not (age.isascii() and age.isdecimal() and len(age) < 4):
        problems["guided_age"] = "guided_age"
    hours = said.get("task_hours", "")
    if not hours.isdecimal() or len(hours) > 4:
        problems["task_hours"] = "task_hours"
    try:
        begins = time.fromisoformat(said.get("work_from", ""))
        ends = time.fromisoformat(said.get("work_until", ""))
    except ValueError:
        problems["hours"] = "hours"
    if problems:
        raise VipError(problems)
    return VipRules(
        active="active" in said,
        tiers=tuple(said.getlist("tier")),
        needs=tuple(said.getlist("need")),
        task_hours=int(hours),
        reply_minutes=minutes,
        work_from=begins,
        work_until=ends,
        work_days=tuple(sorted(int(day) for day in said.getlist("day") if day.isdecimal() and len(day) == 1)),
        phone=said.get("phone", "").strip(),
        wecom=said.get("wecom", "").strip(),
        email=said.get("email", "").strip(),
        guided_needs=tuple(said.getlist("guided_need")),
        guided_age=int(age) if age else None,
    )


def _page(
    request: HttpRequest, asked: Any, problems: Mapping[str, str], *, shift: Mapping[str, str] | None = None
) -> HttpResponse:
    now, present = clock.now(), queries.rules()
    gaps = queries.gaps(now=now)
    shown = _shown(present) if asked is None else {name: asked.get(name, "") for name in _shown(present)}
    tiers = present.tiers if asked is None else asked.getlist("tier")
    needs = present.needs if asked is None else asked.getlist("need")
    guided = present.guided_needs if asked is None else asked.getlist("guided_need")
    days = [str(one) for one in present.work_days] if asked is None else asked.getlist("day")
    context = {
        "title": _("VIP care"),
        "rules": present,
        "shown": shown,
        "is_active": present.active if asked is None else "active" in asked,
        "tiers": [(str(code), str(name), str(code) in tiers) for code, name in TIER.items()],
        "needs": [(code, str(TRAIT["special_need"][code]), code in needs) for code in services.NEEDS],
        "guided": [(code, str(TRAIT["special_need"][code]), code in guided) for code in services.NEEDS],
        "days": [(str(code), str(name), str(code) in days) for code, name in WEEKDAYS.items()],
        "replies": [(code, str(CHANNEL[code]), shown[f"reply_{code}"]) for code in CHANNELS],
        "problems": [str(labels.PROBLEM[code]) for code in dict.fromkeys(problems.values())],
        "roster": queries.roster(now=now),
        "shift": {name: (shift or {}).get(name, "") for name in ("user", "starts_at", "ends_at")},
        "gaps": gaps[:GAPS_SHOWN],
        "roster_days": ROSTER_DAYS,
        "people": sorted((users.name_of(one), str(pk)) for pk, one in users.workers().items()),
        "zone": queries.zone(),
        "may_write": access.may(request.user, WRITE),
    }
    return render(request, "keepwell/vip.html", context, status=400 if problems else 200)


def _shown(present: VipRules) -> dict[str, str]:
    hours = {code: f"{minutes / 60:g}" for code, minutes in present.reply_minutes.items()}
    return {
        "task_hours": str(present.task_hours),
        "work_from": present.work_from.isoformat("minutes"),
        "work_until": present.work_until.isoformat("minutes"),
        "phone": present.phone,
        "wecom": present.wecom,
        "email": present.email,
        "guided_age": "" if present.guided_age is None else str(present.guided_age),
        **{f"reply_{code}": hours.get(code, "") for code in CHANNELS},
    }


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put a colleague on duty."""
    access.require(request.user, WRITE)
    said = request.POST
    try:
        begins, ends = (_moment(said.get(name, "")) for name in ("starts_at", "ends_at"))
        services.add_shift(
            user_id=int(said["user"]) if said.get("user", "").isdecimal() else 0,
            starts_at=begins,
            ends_at=ends,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except VipError as error:
        return _page(request, None, error.problems, shift=said)
    messages.success(request, _("Noted."))
    return HttpResponseRedirect(reverse("vip"))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=queries.zone())
    except ValueError:
        raise VipError({"times": "times"}) from None


@require_POST
def remove(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Take a time of duty away."""
    access.require(request.user, WRITE)
    if not services.remove_shift(shift_id=shift_id, actor=request.user.get_username(), now=clock.now()):
        raise Http404
    return HttpResponseRedirect(reverse("vip"))
