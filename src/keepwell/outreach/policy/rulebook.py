"""The rules of contact as values: JSON, checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL
from keepwell.customers.privacy.contracts import Purpose
from keepwell.outreach.policy import zones
from keepwell.outreach.policy.contracts import Cap, Rules

CAPS_MAX = 40
MOST_MAX = 100
DAYS_MAX = 366
REPEAT_DAYS_MAX = 366
RESERVE_HOURS_MAX = 168
OPEN_HOURS_MIN = 1
PRIORITIES_MAX, PRIORITY_CHARS_MAX = 12, 40
TIERS = ("high", "mid", "low")
# Purposes that somebody is contacted for; profiling is none.
PURPOSES = (Purpose.MARKETING, Purpose.SERVICE, Purpose.SURVEY)


class RulesError(ValidationError):
    """Values that no rules can have; says so by field."""


def parse(values: Mapping[str, Any]) -> Rules:
    """Rules from their JSON form; fields that it does not know keep their default."""
    known = {field.name for field in fields(Rules)}
    given = {name: value for name, value in values.items() if name in known}
    for name in ("quiet_from", "quiet_until"):
        if name in given:
            given[name] = time.fromisoformat(given[name])
    if "quiet_weekdays" in given:
        given["quiet_weekdays"] = tuple(given["quiet_weekdays"])
    if "caps" in given:
        given["caps"] = tuple(Cap(**cap) for cap in given["caps"])
    for name in ("respect_tiers", "severe_priorities"):
        if name in given:
            given[name] = tuple(given[name])
    return Rules(**given)


def to_json(rules: Rules) -> dict[str, Any]:
    """The JSON form."""
    return asdict(rules) | {
        "quiet_from": rules.quiet_from.strftime("%H:%M"),
        "quiet_until": rules.quiet_until.strftime("%H:%M"),
        "quiet_weekdays": list(rules.quiet_weekdays),
        "caps": [
            {"most": one.most, "days": one.days, "channel": one.channel, "purpose": one.purpose}
            for one in rules.caps
        ],
        "respect_tiers": list(rules.respect_tiers),
        "severe_priorities": list(rules.severe_priorities),
    }


def merge(now: Rules, values: Mapping[str, Any]) -> Rules:
    """`now` with `values` put in; raises RulesError naming each field that will not do.

    A cap that will not do is named as `cap-N`, N its place from 0.
    """
    try:
        merged = replace(now, **values)
    except TypeError as error:
        raise RulesError({"version": str(error)}) from None
    wrong = {**_wrong_hours(merged), **_wrong_caps(merged), **_wrong_numbers(merged), **_wrong_days(merged)}
    if len(merged.severe_priorities) > PRIORITIES_MAX or any(
        not one.strip() or len(one) > PRIORITY_CHARS_MAX for one in merged.severe_priorities
    ):
        wrong["severe_priorities"] = _("At most %(most)s priorities can be named, each in a few words.") % {
            "most": PRIORITIES_MAX
        }
    if not set(merged.respect_tiers) <= set(TIERS):
        wrong["respect_tiers"] = _("Please choose value tiers of the list.")
    if not zones.known(merged.time_zone):
        wrong["time_zone"] = _("There is no such time zone.")
    if wrong:
        raise RulesError(wrong)
    return merged


def _wrong_hours(rules: Rules) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if open_for(rules) < timedelta(hours=OPEN_HOURS_MIN):
        wrong["quiet_until"] = _("The quiet hours must leave at least an hour of the day.")
    if not set(rules.quiet_weekdays) <= set(range(7)) or len(set(rules.quiet_weekdays)) == 7:
        wrong["quiet_weekdays"] = _("At least one day of the week must be left.")
    return wrong


def open_for(rules: Rules) -> timedelta:
    """How long a day is open."""
    day = datetime(2000, 1, 1)
    begin, end = (datetime.combine(day, one) for one in (rules.quiet_until, rules.quiet_from))
    return (end - begin) % timedelta(days=1) or timedelta(days=1)


def _wrong_caps(rules: Rules) -> dict[str, str]:
    if len(rules.caps) > CAPS_MAX:
        return {"caps": _("At most %(most)s limits can be kept.") % {"most": CAPS_MAX}}
    wrong: dict[str, str] = {}
    seen: set[tuple[int, str, str]] = set()
    for place, cap in enumerate(rules.caps):
        name = f"cap-{place}"
        if not 1 <= cap.most <= MOST_MAX or not 1 <= cap.days <= DAYS_MAX:
            wrong[name] = _("From 1 to %(most)s contacts in 1 to %(days)s days.") % {
                "most": MOST_MAX,
                "days": DAYS_MAX,
            }
        elif (cap.channel and cap.channel not in CHANNEL) or (cap.purpose and cap.purpose not in PURPOSES):
            wrong[name] = _("Please choose a channel and a purpose of the list.")
        elif (key := (cap.days, cap.channel, cap.purpose)) in seen:
            wrong[name] = _("There is a limit for this already.")
        else:
            seen.add(key)
    return wrong


def _wrong_days(rules: Rules) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name in ("slower_days", "pause_days", "severe_days"):
        if not 1 <= getattr(rules, name) <= DAYS_MAX:
            wrong[name] = _("Please type a whole number from %(least)s to %(most)s.") % {
                "least": 1,
                "most": DAYS_MAX,
            }
    if not wrong and rules.pause_days < rules.slower_days:
        wrong["pause_days"] = _("A pause is at least as long as the slower pace.")
    return wrong


def _wrong_numbers(rules: Rules) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name, most in (("repeat_days", REPEAT_DAYS_MAX), ("reserve_hours", RESERVE_HOURS_MAX)):
        if not 0 <= getattr(rules, name) <= most:
            wrong[name] = _("Please type a whole number from %(least)s to %(most)s.") % {
                "least": 0,
                "most": most,
            }
    return wrong
