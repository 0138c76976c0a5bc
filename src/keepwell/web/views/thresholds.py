"""The thresholds of warning and value, with a preview of whom they would flag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight import services as insight_services
from keepwell.insight.contracts import ThresholdPreview, Thresholds
from keepwell.web import settings_fields
from keepwell.web.shell import render


def thresholds(request: HttpRequest) -> HttpResponse:
    """The form; while one types, how many customers it would flag; POST saves."""
    saves = request.method == "POST"
    access.require(request.user, Permission.CHANGE_SETTINGS if saves else Permission.VIEW_SETTINGS)
    now = insight.thresholds()
    asked = request.POST if request.method == "POST" else request.GET
    values, errors = settings_fields.read(asked, now)
    preview: ThresholdPreview | None = None
    if not errors:
        try:
            if request.method == "POST":
                return save(request, values)
            preview = insight.preview_thresholds(values)
        except insight_services.ThresholdError as error:
            errors = named(error)
    cycle = insight.current_cycle()
    context = {
        "title": _("Warning and value"),
        "groups": groups(asked, now, errors),
        "errors": errors,
        "preview": preview,
        "preview_tiers": tiers(preview),
        "thresholds": now,
        "versions": insight.threshold_versions(limit=10),
        "cycle": cycle,
        "currency": cycle.currency if cycle else now.currency,
    }
    return render(request, "keepwell/thresholds.html", context, fragment="keepwell/_preview.html")


def save(request: HttpRequest, values: Mapping[str, Any]) -> HttpResponse:
    """Keep a new version."""
    saved = insight_services.set_thresholds(values=values, actor=request.user.get_username())
    messages.success(
        request,
        _("Version %(version)s is saved. It counts from the next cycle: keepwell cycle")
        % {"version": saved.version},
    )
    return HttpResponseRedirect(reverse("thresholds"))


def named(error: insight_services.ThresholdError) -> dict[str, Any]:
    """Each message at the field that was typed; the lifetimes have several."""
    found: dict[str, Any] = {}
    for name, text in error.errors.items():
        if name == "lifetime_years":
            found |= {f"lifetime_years.{tier}": text for tier in settings_fields.LIFETIMES}
        else:
            found[name] = text
    return found


def groups(asked: Mapping[str, str], now: Thresholds, errors: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields by group, with what was typed, else the present value."""
    return [
        {
            "title": title,
            "fields": [
                {
                    "setting": setting,
                    "value": asked.get(setting.name, settings_fields.shown(now, setting)),
                    "error": errors.get(setting.name, ""),
                }
                for setting in group
            ],
        }
        for title, group in settings_fields.GROUPS
    ]


def tiers(preview: ThresholdPreview | None) -> list[tuple[str, int]]:
    """Whom the preview would flag, by value tier."""
    if preview is None:
        return []
    return [(str(labels.TIER[tier]), preview.by_tier.get(tier, 0)) for tier in labels.TIER]
