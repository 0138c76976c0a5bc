"""The thresholds of value and warning: defaults, checks, and their form in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.insight.contracts import Thresholds

DEFAULTS = Thresholds(
    version=0,
    lost_p_alive=0.3,
    lost_silence_ratio=4.0,
    lapsed_days=730,
    high_risk=0.6,
    medium_risk=0.35,
    at_risk_from="medium",
    high_value_share=0.5,
    mid_value_share=0.3,
    new_days=30,
    core_repeat_rate=0.5,
    horizon_days=90,
    lifetime_years={"high": 5.0, "mid": 3.0, "low": 2.0, "default": 3.0},
    gross_margin=0.3,
    acquisition_cost=Decimal("0"),
    currency="",
    silent_ratio=2.0,
    fall_ratio=0.5,
    complaint_window_days=90,
    contact_window_days=90,
)

Check = Callable[[Any], bool]
_SHARE = _("must be a number from 0 to 1")
_RATIO = _("must be a number from 1 to 100")
_DAYS = _("must be a whole number of days from 1 to 3650")


class ThresholdError(ValueError):
    """Settings that are refused; `errors` names each field with what is wrong."""

    def __init__(self, errors: Mapping[str, str | Promise]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.errors.items()))


def _share(value: Any) -> bool:
    return 0 <= value <= 1


def _ratio(value: Any) -> bool:
    return 1 <= value <= 100


def _days(value: Any) -> bool:
    return 1 <= value <= 3650


_NUMBERS: dict[str, tuple[type, Check, str | Promise]] = {
    "lost_p_alive": (float, _share, _SHARE),
    "lost_silence_ratio": (float, _ratio, _RATIO),
    "lapsed_days": (int, _days, _DAYS),
    "high_risk": (float, _share, _SHARE),
    "medium_risk": (float, _share, _SHARE),
    "high_value_share": (float, _share, _SHARE),
    "mid_value_share": (float, _share, _SHARE),
    "new_days": (int, _days, _DAYS),
    "core_repeat_rate": (float, _share, _SHARE),
    "horizon_days": (int, _days, _DAYS),
    "gross_margin": (float, _share, _SHARE),
    "silent_ratio": (float, _ratio, _RATIO),
    "fall_ratio": (float, _share, _SHARE),
    "complaint_window_days": (int, _days, _DAYS),
    "contact_window_days": (int, _days, _DAYS),
}
LIFETIMES = ("high", "mid", "low", "default")


def merge(base: Thresholds, values: Mapping[str, Any]) -> Thresholds:
    """`base` with the fields of `values`; raises ThresholdError that names every field in error."""
    errors: dict[str, str | Promise] = {}
    known = {field.name for field in fields(Thresholds)} - {"version"}
    clean: dict[str, Any] = {}
    for name, raw in values.items():
        if name not in known:
            errors[name] = _("is not a setting")
            continue
        try:
            clean[name] = _clean(name, raw)
        except (TypeError, ValueError, InvalidOperation) as problem:
            errors[name] = _message(name, problem)
    merged = replace(base, **clean)
    if not errors:
        errors = _contradictions(merged)
    if errors:
        raise ThresholdError(errors)
    return merged


def parse(values: Mapping[str, Any]) -> Thresholds:
    """Thresholds from their JSON form; fields that an older version did not have get their default."""
    return merge(DEFAULTS, {name: value for name, value in values.items() if name != "version"})


def to_json(values: Thresholds) -> dict[str, Any]:
    """The JSON form."""
    return asdict(values) | {
        "acquisition_cost": str(values.acquisition_cost),
        "lifetime_years": dict(values.lifetime_years),
    }


def _clean(name: str, raw: Any) -> Any:
    if name in _NUMBERS:
        kind, check, _text = _NUMBERS[name]
        value = kind(raw)
        if isinstance(raw, bool) or value != float(raw) or not check(value):
            raise ValueError
        return value
    if name == "at_risk_from":
        if raw not in ("medium", "high"):
            raise ValueError
        return raw
    if name == "currency":
        text = str(raw).strip().upper()
        if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
            raise ValueError
        return text
    if name == "acquisition_cost":
        cost = Decimal(str(raw))
        if not cost.is_finite() or not 0 <= cost < Decimal(10) ** 12:
            raise ValueError
        return cost
    years = {str(key): float(value) for key, value in dict(raw).items()}
    if set(years) != set(LIFETIMES) or not all(0 < value <= 100 for value in years.values()):
        raise ValueError
    return years


def _message(name: str, problem: Exception) -> str | Promise:
    if name in _NUMBERS:
        return _NUMBERS[name][2]
    return {
        "at_risk_from": _("must be medium or high"),
        "currency": _("must be a three-letter currency code, or empty for the most frequent"),
        "acquisition_cost": _("must be an amount of at least 0"),
        "lifetime_years": _("must give years above 0 and up to 100 for high, mid, low and default"),
    }.get(name, str(problem))


def _contradictions(values: Thresholds) -> dict[str, str | Promise]:
    errors: dict[str, str | Promise] = {}
    if values.medium_risk > values.high_risk:
        errors["medium_risk"] = _("must not exceed the limit of high risk")
    if values.high_value_share + values.mid_value_share > 1:
        errors["mid_value_share"] = _("must not exceed 1 together with the share of the high tier")
    return errors
