"""The cockpit: are we keeping our customers, and what should we do today?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight.contracts import Count, CycleView, QualityRow, ScoreFilter, Summary
from keepwell.web import formats, people, phrases, words
from keepwell.web.charts.cockpit import cockpit_charts
from keepwell.web.shell import render

TOP = 10


@dataclass(frozen=True)
class Figure:
    """One of the four figures; `kind` is number or money, `good` the direction one hopes for."""

    code: str
    label: str
    value: Any
    before: Any
    kind: str
    good: str
    detail: str = ""


def cockpit(request: HttpRequest) -> HttpResponse:
    """The first page."""
    access.require(request.user, Permission.VIEW_FIGURES)
    owners = access.owners_within(request.user, Permission.VIEW_FIGURES)
    summary = insight.summary(owners)
    newest = insight.cycles(limit=1)
    running = newest[0] if newest and newest[0].status == "running" else None
    context: dict[str, Any] = {
        "title": _("Cockpit"),
        "running": running,
        "progress": progress(running) if running else None,
        "failed": newest[0] if newest and newest[0].status == "failed" else None,
        "summary": summary,
        "now": clock.now(),
        "is_own": owners is not None,
    }
    if summary is None:
        context |= {"facts": history.counts(), "home": Home.current().root}
    else:
        context |= figures_context(summary, owners)
    return render(request, "keepwell/cockpit.html", context, fragment="keepwell/_running.html")


def progress(cycle: CycleView) -> dict[str, Any]:
    """How far a running cycle is, and what is being done."""
    done = sum(step.status == "done" for step in cycle.steps)
    current = next((step for step in cycle.steps if step.status == "running"), None)
    share = done / len(cycle.steps) if cycle.steps else 0.0
    return {"share": share, "done": done, "steps": len(cycle.steps), "current": current}


def figures_context(summary: Summary, owners: frozenset[int] | None = None) -> dict[str, Any]:
    """Everything on the cockpit that comes from the summary of a cycle, of these owners' customers."""
    at_risk = insight.scores(ScoreFilter(statuses=("at_risk",), owner_ids=owners), page_size=TOP)
    charts = cockpit_charts(summary, insight.thresholds(), at_risk_by_tier(owners))
    return {
        "sentence": phrases.cockpit(summary),
        "sentence_change": phrases.at_risk_change(summary),
        "figures": four_figures(summary),
        "people": people.rows(at_risk.rows),
        "total_at_risk": at_risk.total,
        "charts": charts if summary.months else charts[1:],
        "moves": moves(summary),
        "repeat_rates": sorted(summary.repeat_purchase_rate.items()),
        "repeat_days": max(summary.repeat_purchase_rate, default=0),
        "freshness": freshness(summary.cycle.quality),
        "cycle": summary.cycle,
        "currency": summary.currency,
    }


def four_figures(summary: Summary) -> list[Figure]:
    """Customers, at risk, expected loss, expected value; each with the cycle before."""
    before = phrases.previous
    status = summary.by_status
    counts = {
        code: formats.number(status[code].customers if code in status else 0) for code in ("active", "lost")
    }
    present = summary.customers - (status["lost"].customers if "lost" in status else 0)
    share = summary.at_risk.customers / present if present else 0.0
    return [
        Figure(
            "status",
            _("Customers"),
            summary.customers,
            before(summary, "customers"),
            "number",
            "up",
            _("%(active)s active, %(lost)s lost") % counts,
        ),
        Figure(
            "status",
            _("At risk"),
            summary.at_risk.customers,
            before(summary, "at_risk", "customers"),
            "number",
            "down",
            _("%(share)s of those still with us") % {"share": formats.percent(share, 1)},
        ),
        Figure(
            "expected_loss",
            _("Expected loss"),
            summary.at_risk.expected_loss,
            phrases.money_of(before(summary, "at_risk", "expected_loss")),
            "money",
            "down",
            _("of those at risk, over 12 months"),
        ),
        Figure(
            "clv",
            _("Expected 12-month value"),
            summary.total_clv,
            phrases.money_of(before(summary, "total_clv")),
            "money",
            "up",
            _("of all customers"),
        ),
    ]


def at_risk_by_tier(owners: frozenset[int] | None = None) -> dict[str, Count]:
    """Those at risk by value tier."""
    return {
        tier: insight.totals(ScoreFilter(statuses=("at_risk",), tiers=(tier,), owner_ids=owners))
        for tier in labels.TIER
    }


def moves(summary: Summary) -> list[dict[str, Any]]:
    """What changed since the cycle before; empty where there was none."""
    if not summary.moved:
        return []
    words = {
        "newly_at_risk": (_("newly at risk"), "worse"),
        "recovered": (_("recovered"), "better"),
        "newly_lost": (_("newly lost"), "worse"),
        "tier_up": (_("moved up a value tier"), "better"),
        "tier_down": (_("moved down a value tier"), "worse"),
    }
    return [
        {"code": code, "label": label, "mood": mood, "customers": summary.moved.get(code, 0)}
        for code, (label, mood) in words.items()
    ]


def freshness(quality: tuple[QualityRow, ...]) -> list[dict[str, Any]]:
    """Per table: how many rows, how complete, and the newest fact."""
    tables: dict[str, dict[str, Any]] = {}
    for row in quality:
        entry = tables.setdefault(
            row.table, {"table": row.table, "rows": {}, "newest_at": None, "present": []}
        )
        entry["rows"][row.source] = max(row.rows, entry["rows"].get(row.source, 0))
        entry["present"].append((row.completeness, row.rows))
        if row.newest_at and (entry["newest_at"] is None or row.newest_at > entry["newest_at"]):
            entry["newest_at"] = row.newest_at
    for entry in tables.values():
        weight = sum(rows for _share, rows in entry["present"])
        entry["rows"] = sum(entry["rows"].values())
        entry["completeness"] = (
            sum(share * rows for share, rows in entry["present"]) / weight if weight else None
        )
    order = list(words.TABLE)
    return sorted(tables.values(), key=lambda one: order.index(one["table"]) if one["table"] in order else 99)
