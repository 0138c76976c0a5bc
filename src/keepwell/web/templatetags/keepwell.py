"""Tags that write figures, labels, definitions and charts the same way on every page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.insight import labels
from keepwell.insight.definitions import DEFINITIONS
from keepwell.intake.queries import REASONS
from keepwell.outreach import labels as task_labels
from keepwell.web import formats, words
from keepwell.web.charts.base import Chart
from keepwell.web.settings_fields import SETTINGS

register = template.Library()

LABELS: dict[str, Any] = {
    "status": labels.STATUS,
    "tier": labels.TIER,
    "risk": labels.RISK_LEVEL,
    "stage": labels.LIFE_STAGE,
    "group": labels.COMMUNICATION_GROUP,
    "segment": labels.SEGMENT,
    "reason": labels.REASON,
    "hint": labels.HINT,
    "trend": labels.TREND,
    "table": words.TABLE,
    "step": words.STEP,
    "step_status": words.STEP_STATUS,
    "channel": CHANNEL,
    "import": words.IMPORT_STATUS,
    "field": words.FIELD,
    "column": {**words.COLUMN, **words.FIELD},
    "job": words.JOB_STATUS,
    "cleaned": words.CLEANED,
    "rejected": REASONS,
    "excluded": words.EXCLUDED,
    "task_status": task_labels.STATUS,
    "outcome": task_labels.OUTCOME,
}

register.filter("number", formats.number)
register.filter("percent", formats.percent)
register.filter("days", formats.days)
register.filter("ago", formats.ago)
register.filter("exact", formats.exact)
register.filter("seconds", formats.seconds)
register.filter("signed", formats.signed)
register.filter("listed", formats.listed)
register.simple_tag(formats.sign)


@register.filter
def label(code: str, kind: str) -> str:
    """What people read for `code`."""
    return str(LABELS[kind].get(code, code))


@register.simple_tag
def money(value: Any, currency: str) -> SafeString | str:
    """An amount; the exact one is in the hover where it was rounded."""
    short = formats.money(value, currency)
    exact = formats.money(value, currency, exact=True)
    if short == exact:
        return short
    return format_html('<span title="{}">{}</span>', exact, short)


@register.simple_tag
def whole(value: Any, currency: str) -> SafeString | str:
    """An amount of a column: without minor units from ten on, the exact one in the hover."""
    short = formats.money(value, currency, whole_from=formats.COLUMN_WHOLE_FROM)
    return format_html('<span title="{}">{}</span>', formats.money(value, currency, exact=True), short)


@register.simple_tag
def compact_money(value: Any, currency: str) -> SafeString | str:
    """A short amount with the exact one in the hover."""
    short = formats.compact_money(value, currency)
    return format_html('<span title="{}">{}</span>', formats.money(value, currency, exact=True), short)


@register.simple_tag
def when(moment: datetime | None, now: datetime | None = None) -> SafeString:
    """How long ago, seen from `now`; the exact time is in the hover."""
    words = formats.ago(moment, now or clock.now())
    if moment is None:
        return format_html('<span class="kw-subtle">{}</span>', words)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), formats.exact(moment), words
    )


@register.simple_block_tag
def define(content: str, code: str, fresh: datetime | None = None) -> SafeString | str:
    """`content` with the definition of the indicator `code` on hover, focus and tap."""
    definition = DEFINITIONS[code]
    parts = (definition.meaning, definition.how, definition.unit, definition.period, definition.source)
    meaning, how, unit, period, source = (str(part) for part in parts)
    return format_html(
        '<span class="kw-def" tabindex="0" role="button" data-name="{}" data-meaning="{}" data-how="{}" '
        'data-unit="{}" data-period="{}" data-source="{}" data-fresh="{}">{}</span>',
        definition.name,
        meaning,
        how,
        unit,
        period,
        source,
        formats.exact(fresh) if fresh else "",
        content,
    )


@register.inclusion_tag("keepwell/_chart.html")
def chart(chart: Chart) -> dict[str, Any]:
    """A chart with its finding, its table and its download."""
    return {"chart": chart}


@register.inclusion_tag("keepwell/_risk.html")
def risk(level: str, churn_risk: float) -> dict[str, Any]:
    """The risk as a level in words beside the percentage."""
    return {"level": level, "churn_risk": churn_risk}


@register.inclusion_tag("keepwell/_language.html", takes_context=True)
def language_switch(context: template.Context) -> dict[str, Any]:
    """The three languages, each in its own script."""
    request = context["request"]
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "languages": settings.LANGUAGES,
        "current": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
        "next": request.get_full_path(),
    }


@register.filter
def change(now: Any, before: Any) -> dict[str, Any] | None:
    """The change of a figure since the last cycle; None where there was none."""
    if before is None or now is None:
        return None
    difference = now - before
    direction = "up" if difference > 0 else "down" if difference < 0 else "same"
    return {"difference": difference, "direction": direction, "share": _share(difference, before)}


def _share(difference: Any, before: Any) -> float | None:
    return float(difference) / abs(float(before)) if before else None


@register.filter
def setting_label(name: str) -> str:
    """What people read for the name of a threshold."""
    setting = SETTINGS.get(name)
    return str(setting.label) if setting else name
