"""The rules of alerts: whom they warn of, and how many tasks that makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.insight.labels import TIER
from keepwell.outreach import rulebook, users
from keepwell.outreach.contracts import AlertRules
from keepwell.outreach.queries import alerts as queries
from keepwell.outreach.services import alerts as services
from keepwell.web.shell import render

LEVELS = {
    "at_risk": gettext_lazy("Everybody about to leave"),
    "high": gettext_lazy("Only those at high risk"),
}
UNOWNED = {
    "queue": gettext_lazy("wait in the queue until somebody takes them"),
    "share_out": gettext_lazy("go to whoever has least to do"),
}


def rules(request: HttpRequest) -> HttpResponse:
    """The form; while one types, how many tasks it would make; POST saves."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    now = queries.rules()
    asked = request.POST if request.method == "POST" else request.GET
    values, errors = read(asked, now) if "form" in asked else ({}, {})
    preview = None
    if not errors:
        try:
            if request.method == "POST":
                return save(request, values)
            preview = queries.preview(values)
        except rulebook.RulesError as error:
            errors = {name: texts[0] for name, texts in error.message_dict.items()}
    present = rulebook.to_json(now) | dict(values)
    context = {
        "title": _("Alerts and tasks"),
        "rules": now,
        "present": present,
        "typed": {name: asked.get(name, present[name]) for name in ("daily_cap", "queue_cap", "due_days")},
        "errors": errors,
        "preview": preview,
        "levels": [(code, str(label), code == present["level"]) for code, label in LEVELS.items()],
        "tiers": [(code, str(label), code in present["tiers"]) for code, label in TIER.items()],
        "unowned": [(code, str(label), code == present["unowned"]) for code, label in UNOWNED.items()],
        "teams": [(pk, name, pk == present["team_id"]) for pk, name in users.teams().items()],
        "versions": queries.rule_versions(),
        "runs": queries.runs(),
        "may_set": access.may(request.user, Permission.CHANGE_SETTINGS),
    }
    return render(request, "keepwell/alert_rules.html", context, fragment="keepwell/_alert_preview.html")


def save(request: HttpRequest, values: Mapping[str, Any]) -> HttpResponse:
    """Keep a new version."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    saved = services.set_rules(values=values, actor=request.user.get_username(), now=clock.now())
    messages.success(
        request,
        _("Version %(version)s is saved. It counts from the next cycle on.") % {"version": saved.version},
    )
    return HttpResponseRedirect(reverse("alert_rules"))


def read(asked: QueryDict, now: AlertRules) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that the form says, and what is wrong by field."""
    values: dict[str, Any] = {
        "active": "active" in asked,
        "level": asked.get("level", now.level),
        "tiers": tuple(code for code in TIER if code in asked.getlist("tiers")),
        "unowned": asked.get("unowned", now.unowned),
    }
    errors: dict[str, str] = {}
    for name in ("daily_cap", "queue_cap", "due_days"):
        text = asked.get(name, "").strip()
        if text.isascii() and text.isdecimal() and len(text) < 7:
            values[name] = int(text)
        else:
            errors[name] = _("Please type a whole number.")
    team = asked.get("team_id", "")
    values["team_id"] = int(team) if team.isdecimal() and int(team) in users.teams() else None
    return values, errors
