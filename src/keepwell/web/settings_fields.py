"""The fields of the page of thresholds: each with what it changes, how it is typed and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.insight.contracts import Thresholds

Text = str | Promise
LIFETIMES = ("high", "mid", "low", "default")


@dataclass(frozen=True)
class Setting:
    """One threshold; `kind` is share (typed in percent), number, days, years, money, text or choice."""

    name: str
    label: Text
    help: Text
    kind: str
    definition: str = ""
    choices: tuple[tuple[str, Text], ...] = ()


GROUPS: tuple[tuple[Text, tuple[Setting, ...]], ...] = (
    (
        _("When a customer counts as about to leave"),
        (
            Setting(
                "high_risk",
                _("High risk from"),
                _("Churn risk from which the level is high."),
                "share",
                "risk_level",
            ),
            Setting(
                "medium_risk", _("Medium risk from"), _("Below it the risk is low."), "share", "risk_level"
            ),
            Setting(
                "at_risk_from",
                _("At risk means"),
                _("The level from which a customer stands on the list At risk."),
                "choice",
                "status",
                (("high", _("High risk only")), ("medium", _("Medium risk and above"))),
            ),
            Setting(
                "horizon_days",
                _("Horizon of the risk"),
                _(
                    "The weights of the evidence are learnt from who bought again within this time; the"
                    " recent window has the same length. Counts from the next cycle."
                ),
                "days",
                "churn_risk",
            ),
            Setting(
                "silent_ratio",
                _("Rhythm is broken from"),
                _("Silence as a multiple of the usual gap. Counts from the next cycle."),
                "number",
                "rhythm_days",
            ),
            Setting(
                "fall_ratio",
                _("Purchases fell below"),
                _("Recent rate as a share of the earlier one. Counts from the next cycle."),
                "share",
            ),
            Setting(
                "complaint_window_days",
                _("Window for complaints"),
                _("Complaints within it are held against the time before. Counts from the next cycle."),
                "days",
                "complaints",
            ),
            Setting(
                "contact_window_days",
                _("Window for contact"),
                _("Contact within it is held against the time before. Counts from the next cycle."),
                "days",
                "contact",
            ),
        ),
    ),
    (
        _("When a customer counts as lost"),
        (
            Setting(
                "lost_p_alive",
                _("Chance of being a customer below"),
                _("1 − churn risk. The silence in usual gaps must be passed too."),
                "share",
                "churn_risk",
            ),
            Setting(
                "lost_silence_ratio",
                _("Silent for at least"),
                _("Silence as a multiple of the usual gap."),
                "number",
                "silence_days",
            ),
            Setting(
                "lapsed_days",
                _("Or nothing bought for"),
                _("Whoever is silent for so long, and for the usual gaps above, counts as lost at any risk."),
                "days",
                "silence_days",
            ),
        ),
    ),
    (
        _("Value"),
        (
            Setting(
                "high_value_share",
                _("High value"),
                _("The best customers who together bring this share of the value at stake."),
                "share",
                "tier",
            ),
            Setting(
                "mid_value_share",
                _("Medium value"),
                _("Those after them who together bring this share."),
                "share",
                "tier",
            ),
            Setting(
                "gross_margin",
                _("Gross margin"),
                _("Contribution of an order whose cost is not known. An assumption."),
                "share",
                "clv",
            ),
            Setting(
                "acquisition_cost",
                _("Acquisition cost"),
                _("Per customer, where none is recorded. An assumption."),
                "money",
                "acquisition_cost",
            ),
            Setting(
                "lifetime_years.high",
                _("Lifetime, high value"),
                _("Years, for the plain formula. An assumption."),
                "years",
                "formula_clv",
            ),
            Setting(
                "lifetime_years.mid",
                _("Lifetime, medium value"),
                _("Years, for the plain formula. An assumption."),
                "years",
                "formula_clv",
            ),
            Setting(
                "lifetime_years.low",
                _("Lifetime, low value"),
                _("Years, for the plain formula. An assumption."),
                "years",
                "formula_clv",
            ),
            Setting(
                "lifetime_years.default",
                _("Lifetime, otherwise"),
                _("Years, for the plain formula. An assumption."),
                "years",
                "formula_clv",
            ),
            Setting(
                "currency",
                _("Currency"),
                _(
                    "Three letters; empty for the most frequent one. "
                    "Orders in others are left out and counted."
                ),
                "text",
            ),
        ),
    ),
    (
        _("Groups"),
        (
            Setting("new_days", _("New for"), _("Days since the first order."), "days", "life_stage"),
            Setting(
                "core_repeat_rate",
                _("Core customer from"),
                _("Share of months with an order."),
                "share",
                "is_core",
            ),
        ),
    ),
)
SETTINGS: dict[str, Setting] = {one.name: one for _title, group in GROUPS for one in group}


def shown(values: Thresholds, setting: Setting) -> str:
    """The present value as it is typed."""
    name, _dot, part = setting.name.partition(".")
    value: Any = getattr(values, name)
    if part:
        value = value[part]
    if setting.kind == "share":
        return f"{value * 100:.10g}"
    if setting.kind in ("number", "years", "days"):
        return f"{value:.10g}"
    if setting.kind == "money":
        return f"{value.normalize():f}"
    return str(value)


def read(asked: Mapping[str, str], now: Thresholds) -> tuple[dict[str, Any], dict[str, Text]]:
    """What was typed, for insight, and what could not be read as a number, by field."""
    values: dict[str, Any] = {}
    errors: dict[str, Text] = {}
    lifetimes = dict(now.lifetime_years)
    for name, setting in SETTINGS.items():
        if name not in asked:
            continue
        text = asked[name].strip()
        try:
            value = typed(text, setting)
        except ValueError:
            errors[name] = _("Please type a number.")
            continue
        if name.startswith("lifetime_years."):
            lifetimes[name.partition(".")[2]] = value
            values["lifetime_years"] = lifetimes
        else:
            values[name] = value
    return values, errors


def typed(text: str, setting: Setting) -> Any:
    """One entry as a value; raises ValueError where it is no number."""
    if setting.kind in ("text", "choice"):
        return text
    if setting.kind == "money":
        return text.replace(",", "") or "0"
    number = float(text)
    if setting.kind == "share":
        return number / 100
    if setting.kind == "days":
        return int(number) if number.is_integer() else number
    return number
