"""Dates in texts: past or impossible ones, weekdays that do not match, periods that end too early."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from keepwell.outreach.content.contracts import Finding, Severity
from keepwell.outreach.content.core.dates import MONTHS, WEEKDAYS, WEEKDAYS_ZH

_MONTH = "|".join(f"{name}|{name[:3]}\\.?" for name in MONTHS)
_DAY_NAME = "|".join(f"{name}|{name[:3]}" for name in WEEKDAYS)
_ZH_DAY_NAME = r"(?:星期|周|週|禮拜|礼拜)(?P<zh>[一二三四五六日天])"
PATTERNS = (
    re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号號]"),
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name>{_MONTH}),?\s+(?P<y>\d{{4}})", re.I
    ),
    re.compile(rf"\b(?P<name>{_MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})", re.I),
)
BEFORE = re.compile(rf"\b(?P<en>{_DAY_NAME})\.?,?\s*(?:the\s+)?$|{_ZH_DAY_NAME}[，,（(]?\s*$", re.I)
AFTER = re.compile(rf"^\s*[(（,，]?\s*(?:(?P<en>{_DAY_NAME})\b|{_ZH_DAY_NAME})", re.I)
BETWEEN = re.compile(
    r"^\s*[(（]?[^\d]{0,6}[)）]?\s*(?:to|until|till|through|[-–—~～]|至|到)\s*\w{0,9},?\s*$", re.I
)
NEAR = 14


@dataclass(frozen=True)
class Named:
    """A day that a text names, and where; `on` is None where there is no such day."""

    text: str
    on: date | None
    start: int
    end: int
    weekday: int | None = None


def named(text: str) -> tuple[Named, ...]:
    """The days with a year that a text names, in order, with the weekday beside them."""
    found: dict[int, Named] = {}
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            if any(one.start < match.end() and match.start() < one.end for one in found.values()):
                continue
            found[match.start()] = Named(
                match.group(), _day(match), match.start(), match.end(), _weekday(text, match)
            )
    return tuple(found[place] for place in sorted(found))


def check(text: str, where: str, today: date) -> Iterator[Finding]:
    """What is wrong with the days of a text on the day that it is checked."""
    days = named(text)
    for one in days:
        if one.on is None:
            yield Finding("date_impossible", Severity.ERROR, where, {"date": one.text})
            continue
        if one.weekday is not None and one.weekday != one.on.weekday():
            figures = {"date": one.text, "weekday": one.on.weekday()}
            yield Finding("weekday_wrong", Severity.ERROR, where, figures)
        if one.on < today:
            yield Finding("date_past", Severity.WARNING, where, {"date": one.text})
    for first, second in pairwise(days):
        between = text[first.end : second.start]
        if first.on and second.on and second.on < first.on and BETWEEN.search(between):
            yield Finding("period_reversed", Severity.ERROR, where, {"start": first.text, "end": second.text})


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    month = int(parts["m"]) if parts.get("m") else _month(parts["name"])
    try:
        return date(int(parts["y"]), month, int(parts["d"]))
    except ValueError:
        return None


def _month(name: str) -> int:
    return next(place for place, one in enumerate(MONTHS, 1) if one[:3].lower() == name[:3].lower())


def _weekday(text: str, match: re.Match[str]) -> int | None:
    before = BEFORE.search(text[max(0, match.start() - NEAR) : match.start()])
    after = AFTER.match(text[match.end() : match.end() + NEAR])
    for said in (after, before):
        if said is None:
            continue
        if said["zh"]:
            return WEEKDAYS_ZH.index("日" if said["zh"] == "天" else said["zh"])
        return next(place for place, one in enumerate(WEEKDAYS) if one[:3].lower() == said["en"][:3].lower())
    return None
