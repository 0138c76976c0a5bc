"""Ready-made care plans, gifts, and what holds for all plans."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import TRAIT
from keepwell.foundation import clock
from keepwell.insight.labels import COMMUNICATION_GROUP, TIER
from keepwell.plays.care import labels, services
from keepwell.plays.care.contracts import CareError
from keepwell.plays.care.queries import catalogue, money
from keepwell.web.care import forms
from keepwell.web.shell import render

CODE_MAX = 30


def settings(request: HttpRequest, error: str = "") -> HttpResponse:
    """The page."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    hobbies = {code: str(name) for code, name in TRAIT["interest"].items()}
    context = {
        "title": _("Care plans and gifts"),
        "rules": catalogue.rules(),
        "dear_percent": f"{100 * catalogue.rules().dear_share:g}",
        "templates": [
            {
                "one": one,
                "lines": forms.line_rows(one.lines),
                "tiers": [(code, str(name), code in one.for_tiers) for code, name in TIER.items()],
                "groups": [
                    (code, str(name), code in one.for_groups) for code, name in COMMUNICATION_GROUP.items()
                ],
            }
            for one in catalogue.templates()
        ],
        "new_lines": forms.line_rows([]),
        "gifts": [
            {
                "one": one,
                "hobby": hobbies.get(one.hobby, ""),
                "low": forms.plain(one.low),
                "high": forms.plain(one.high),
                "barred": " ".join(one.barred_in),
            }
            for one in catalogue.gifts()
        ],
        "currency": money.currency(),
        "may_set": access.may(request.user, Permission.CHANGE_SETTINGS),
        "error": error,
        **forms.choices(),
        "hobbies": list(hobbies.items()),
    }
    return render(request, "keepwell/care/settings.html", context, status=400 if error else 200)


@require_POST
def save(request: HttpRequest, action: str) -> HttpResponse:
    """Save rules, a plan or a gift."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    if action not in ACTIONS:
        raise Http404
    try:
        ACTIONS[action](request, clock.now())
    except CareError as problem:
        return settings(request, str(problem))
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("care_settings"))


def _rules(request: HttpRequest, now: datetime) -> None:
    post = request.POST
    values: dict[str, Any] = {}
    for name in ("lead_days", "slow_days", "pause_days"):
        number = forms.number(post.get(name, ""))
        if number is None:
            raise CareError(_("Please type a whole number of days."))
        values[name] = number
    values["dear_share"] = float(forms.amount(post.get("dear_percent", "")) / 100)
    services.set_rules(values=values, actor=request.user.get_username(), now=now)


def _template(request: HttpRequest, now: datetime) -> None:
    post = request.POST
    name = post.get("name", "")
    stored = next((one for one in catalogue.templates() if one.code == post.get("code")), None)
    services.save_template(
        code=post.get("code") or _code(name),
        name="" if name == str(labels.TEMPLATE.get(post.get("code", ""), "")) else name,
        lines=forms.lines(post, stored.lines if stored else ()),
        for_tiers=[one for one in post.getlist("tier") if one in TIER],
        for_groups=[one for one in post.getlist("group") if one in COMMUNICATION_GROUP],
        active="active" in post,
        actor=request.user.get_username(),
        now=now,
    )


def _gift(request: HttpRequest, now: datetime) -> None:
    post = request.POST
    name = post.get("name", "")
    services.save_gift(
        code=post.get("code") or _code(name),
        name="" if name == str(labels.GIFT.get(post.get("code", ""), "")) else name,
        hobby=post.get("hobby", ""),
        low=forms.amount(post.get("low", "")),
        high=forms.amount(post.get("high", "")),
        barred_in=post.get("barred", "").replace(",", " ").split(),
        active="active" in post,
        actor=request.user.get_username(),
        now=now,
    )


def _code(name: str) -> str:
    """A code of a name; names in other scripts get one by lot."""
    made = slugify(name).replace("-", "_")[:CODE_MAX]
    return made if len(made) > 1 and made[0].isalpha() else f"own_{secrets.token_hex(4)}"


ACTIONS: dict[str, Callable[[HttpRequest, datetime], None]] = {
    "rules": _rules,
    "template": _template,
    "gift": _gift,
}
