"""What outreach did: the lift against those who are kept aside, with its interval."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.foundation.audit import services as audit
from keepwell.insight.labels import REASON, TIER
from keepwell.plays.effects import queries
from keepwell.plays.effects.contracts import HORIZONS, Effect, EffectReport, GroupEffect, Lift, Metric
from keepwell.web import exports, formats
from keepwell.web.charts.effects import effect_chart
from keepwell.web.shell import render, wants_fragment

METRIC = {
    Metric.BOUGHT_AGAIN: gettext_lazy("Bought again"),
    Metric.REVENUE: gettext_lazy("Revenue per customer"),
}
EVIDENCE = {
    "helped": pgettext_lazy("effect", "It helped"),
    "harmed": pgettext_lazy("effect", "It did harm"),
    "no difference shown": pgettext_lazy("effect", "No difference"),
    "too_small": pgettext_lazy("effect", "Too small to tell"),
}
DOUBT = {
    "few_units": gettext_lazy("too few customers on one side"),
    "few_events": gettext_lazy("too few orders on one side"),
    "skewed": gettext_lazy("a few large orders rule the figure"),
    "wide": gettext_lazy("the interval is still too wide"),
}


def effects(request: HttpRequest) -> HttpResponse:
    """The page; its figures are read as a part of it, for they take a moment."""
    gate(request)
    days = horizon(request)
    if not wants_fragment(request):
        context = {"title": _("Effects"), "days": days, "horizons": HORIZONS}
        return render(request, "keepwell/effects.html", context)
    found = queries.report(horizon_days=days)
    again = found.effect(Metric.BOUGHT_AGAIN)
    query = f"?days={days}"
    context = {
        "report": found,
        "sentence": sentence(found),
        "detail": detail(found),
        "effects": [shown(one, found) for one in found.effects],
        "tiers": [grouped(one, TIER) for one in sorted(found.tiers, key=_tier_place)],
        "causes": [grouped(one, REASON) for one in found.causes],
        "chart": effect_chart(found, finding(found)) if found.curve else None,
        "doubts": [str(DOUBT[one]) for one in again.lift.doubts] if again else [],
        "alarm": bool(found.mismatch and found.mismatch.alarm),
        "may_set": access.may(request.user, Permission.CHANGE_SETTINGS),
        "export_csv": reverse("effects_export", args=["csv"]) + query,
        "export_xlsx": reverse("effects_export", args=["xlsx"]) + query,
    }
    return render(request, "keepwell/_effects.html", context, fragment="keepwell/_effects.html")


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The tables as one file."""
    gate(request)
    days = horizon(request)
    found = queries.report(horizon_days=days)
    audit.log(
        actor=request.user.get_username(),
        action="effects.export",
        object_type="report",
        object_id="effects",
        details={"days": days},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, lines(found), "keepwell-effects")


HEADER = (
    "group", "metric", "customers_in_reach", "customers_kept_aside", "in_reach", "kept_aside", "difference",
    "low", "high", "confidence", "p_value", "evidence",
)  # fmt: skip


def lines(found: EffectReport) -> list[tuple[Any, ...]]:
    """One line per metric, tier and cause; codes and plain numbers."""
    named = [("all", one.metric, one.lift) for one in found.effects]
    named += [(f"tier:{one.key}", Metric.BOUGHT_AGAIN, one.lift) for one in found.tiers]
    named += [(f"cause:{one.key}", Metric.BOUGHT_AGAIN, one.lift) for one in found.causes]
    return [(group, str(metric), *_numbers(lift)) for group, metric, lift in named]


def _numbers(lift: Lift) -> tuple[Any, ...]:
    plain = lift.to_dict()
    return (
        lift.treated.units,
        lift.control.units,
        plain["treated"]["mean"],
        plain["control"]["mean"],
        plain["difference"],
        plain["low"],
        plain["high"],
        plain["confidence"],
        plain["p_value"],
        plain["evidence"],
    )


def gate(request: HttpRequest) -> None:
    """Figures of the whole company, for those who may see all of them."""
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied(_("This page is about the whole company. Ask a manager."))


def horizon(request: HttpRequest) -> int:
    """The days after a warning that the address asks for."""
    text = request.GET.get("days", "")
    return int(text) if text in {str(days) for days in HORIZONS} else 60


def sentence(found: EffectReport) -> str:
    """The answer in one sentence, with its interval."""
    again = found.effect(Metric.BOUGHT_AGAIN)
    if found.holdout.started_at is None or not found.holdout.share:
        return _("Nobody is kept aside, so nothing can be proved.")
    if again is None:
        return _("It is too early to tell: nobody's %(days)s days after a warning are over yet.") % {
            "days": found.horizon_days
        }
    lift = again.lift
    figures = {"points": points(lift.difference), "low": points(lift.low), "high": points(lift.high)}
    if lift.evidence == "helped":
        return (
            _(
                "Outreach helped: %(points)s points more of the warned customers bought again "
                "(between %(low)s and %(high)s)."
            )
            % figures
        )
    if lift.evidence == "harmed":
        return _(
            "Outreach did harm: %(points)s points of the warned customers, and at least %(high)s, "
            "did not buy again who would have."
        ) % {"points": points(-lift.difference), "high": points(-lift.high)}
    if lift.evidence == "no difference shown":
        return (
            _("No difference: the share that bought again moved by between %(low)s and %(high)s points.")
            % figures
        )
    return _("Too small to tell yet.")


def detail(found: EffectReport) -> str:
    """What that means in customers and money, or what is missing."""
    again, revenue = found.effect(Metric.BOUGHT_AGAIN), found.effect(Metric.REVENUE)
    if again is None or revenue is None:
        return ""
    if again.lift.evidence == "helped":
        kept = ngettext(
            "About %(count)s customer kept (%(low)s to %(high)s)",
            "About %(count)s customers kept (%(low)s to %(high)s)",
            round(again.saved),
        ) % {
            "count": formats.number(again.saved),
            "low": formats.number(again.saved_low),
            "high": formats.number(again.saved_high),
        }
        return f"{kept}; {_money(revenue, found)}"
    if found.needed:
        have = found.reached + found.kept_aside
        return _(
            "%(have)s customers are counted; a difference of %(points)s points takes about %(needed)s."
        ) % {
            "have": formats.number(have),
            "points": points(found.interest),
            "needed": formats.number(found.needed),
        }
    return ""


def _money(revenue: Effect, found: EffectReport) -> str:
    if revenue.lift.evidence == "too_small":
        return _("in money it is too small to tell.")
    return _("%(amount)s of revenue in %(days)s days (%(low)s to %(high)s).") % {
        "amount": formats.compact_money(revenue.saved, found.currency),
        "low": formats.compact_money(revenue.saved_low, found.currency),
        "high": formats.compact_money(revenue.saved_high, found.currency),
        "days": found.horizon_days,
    }


def finding(found: EffectReport) -> str:
    """The chart's title."""
    last = found.curve[-1]
    return _(
        "By day %(day)s, %(reached)s of those in reach had bought again, %(aside)s of those kept aside"
    ) % {
        "day": last.day,
        "reached": formats.percent(last.reached),
        "aside": formats.percent(last.kept_aside),
    }


def shown(one: Effect, found: EffectReport) -> dict[str, Any]:
    """A metric's row."""
    return {"name": METRIC[one.metric], **_row(one.lift, one.metric, found.currency)}


def grouped(one: GroupEffect, names: dict[str, Any]) -> dict[str, Any]:
    """A group's row."""
    return {"name": names.get(one.key, one.key or _("not known")), **_row(one.lift, Metric.BOUGHT_AGAIN, "")}


def _tier_place(one: GroupEffect) -> int:
    return list(TIER).index(one.key) if one.key in TIER else len(TIER)


def _row(lift: Lift, metric: Metric, currency: str) -> dict[str, Any]:
    small = lift.evidence == "too_small"
    if metric is Metric.REVENUE:
        value = {
            "treated": formats.money(lift.treated.mean, currency),
            "control": formats.money(lift.control.mean, currency),
            "difference": formats.money(lift.difference, currency),
            "low": _finite(lift.low, currency),
            "high": _finite(lift.high, currency),
        }
    else:
        value = {
            "treated": formats.percent(lift.treated.mean),
            "control": formats.percent(lift.control.mean),
            "difference": points(lift.difference),
            "low": points(lift.low),
            "high": points(lift.high),
        }
    return {
        **value,
        "reached": lift.treated.units,
        "aside": lift.control.units,
        "small": small,
        "evidence": EVIDENCE[lift.evidence],
        "code": lift.evidence.replace(" ", "_"),
        "confidence": formats.percent(lift.confidence, 1) if lift.confidence != 0.95 else "95%",
    }


def _finite(value: float, currency: str) -> str:
    return formats.money(value, currency) if math.isfinite(value) else formats.DASH


def points(value: float) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * value:+.1f}".replace("-", "−") if math.isfinite(value) else formats.DASH
