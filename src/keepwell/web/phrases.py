"""The first line of a page: its answer in one sentence, with the figures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.insight.contracts import ScoreView, Summary
from keepwell.plays.contracts import PlanResult
from keepwell.web import formats


def cockpit(summary: Summary) -> str:
    """Are we keeping our customers?"""
    count = summary.at_risk.customers
    if count == 0:
        return _("Nobody is at risk. Everybody who has not left buys in their usual rhythm.")
    figures = {
        "count": formats.number(count),
        "loss": formats.compact_money(summary.at_risk.expected_loss, summary.currency),
    }
    return (
        ngettext(
            "%(count)s customer is at risk, with an expected loss of %(loss)s over 12 months.",
            "%(count)s customers are at risk, with an expected loss of %(loss)s over 12 months.",
            count,
        )
        % figures
    )


def at_risk_change(summary: Summary) -> str:
    """How that moved since the cycle before; empty where there was none."""
    before = previous(summary, "at_risk", "customers")
    if before is None:
        return ""
    difference = summary.at_risk.customers - int(before)
    if difference == 0:
        return _("As many as at the last cycle.")
    count = abs(difference)
    if difference > 0:
        return ngettext(
            "%(count)s more than at the last cycle.", "%(count)s more than at the last cycle.", count
        ) % {"count": formats.number(count)}
    return ngettext(
        "%(count)s fewer than at the last cycle.", "%(count)s fewer than at the last cycle.", count
    ) % {"count": formats.number(count)}


def previous(summary: Summary, *path: str) -> Any:
    """A figure of the cycle before, or None."""
    value: Any = summary.previous
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def plan(result: PlanResult) -> str:
    """What is the best use of this budget?"""
    count = sum(total["customers"] for total in result.actions.values())
    if count == 0:
        if result.worthwhile == 0:
            return _("No treatment promises more than it costs, for any customer.")
        return _("This budget is too small for any treatment.")
    figures = {
        "count": formats.number(count),
        "spent": formats.money(result.spent, result.currency),
        "gain": formats.money(result.expected_gain, result.currency),
    }
    return (
        ngettext(
            "%(spent)s for %(count)s customer should save about %(gain)s.",
            "%(spent)s for %(count)s customers should save about %(gain)s.",
            count,
        )
        % figures
    )


def gap(result: PlanResult) -> str:
    """How far the plan may be from the best possible one, in words."""
    if result.gap <= 1e-6:
        return _("No plan within these limits can gain more.")
    return _("The best possible plan within these limits could gain at most %(gap)s more.") % {
        "gap": formats.money(result.upper_bound - result.expected_gain, result.currency)
    }


def customer(score: ScoreView) -> str:
    """What this customer means and how they stand, in one sentence."""
    figures = {
        "risk": formats.percent(score.churn_risk),
        "loss": formats.money(score.expected_loss, score.currency),
        "value": formats.money(score.clv, score.currency),
    }
    if score.status == "lost":
        return _("Has left, as far as the purchases say: chance of being still a customer %(alive)s.") % {
            "alive": formats.percent(score.p_alive)
        }
    if score.status == "at_risk":
        return _("About to leave: risk %(risk)s, expected loss %(loss)s over 12 months.") % figures
    if score.status == "new":
        return _("New customer, expected to bring %(value)s over the next 12 months.") % figures
    return _("Active, expected to bring %(value)s over the next 12 months; risk %(risk)s.") % figures


def money_of(stored: Any) -> Decimal | None:
    """An amount as the summary of the cycle before stores it."""
    return None if stored is None else Decimal(str(stored))
