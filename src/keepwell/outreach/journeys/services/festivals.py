"""The days of festivals: filled by the rules, corrected by people."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from keepwell.foundation.audit import services as audit
from keepwell.outreach.journeys import views
from keepwell.outreach.journeys.contracts import FestivalView, JourneyError
from keepwell.outreach.journeys.core import calendar
from keepwell.outreach.journeys.models import FestivalDay

RULE, HAND = "rule", "hand"
NAME_MAX, LINES_MAX = 60, 5_000


def fill_festivals(*, countries: Iterable[str], years: Iterable[int], actor: str, now: datetime) -> int:
    """Put the days that the rules give into the table; what is there stays. How many were new.

    Raises JourneyError for a country that is no code of two letters, or a year that no rule reaches.
    """
    rows = []
    for country in countries:
        _check_country(country)
        for year in years:
            try:
                days = calendar.festivals(country, year)
            except ValueError:
                raise JourneyError("bad_year", year=year) from None
            rows += [
                FestivalDay(country=country, year=year, code=code, on=on, updated_at=now, updated_by=actor)
                for code, on in days.items()
            ]
    with transaction.atomic():
        before = FestivalDay.objects.count()
        FestivalDay.objects.bulk_create(rows, ignore_conflicts=True)
        return FestivalDay.objects.count() - before


def set_festival(
    *, country: str, year: int, code: str, on: date | None, actor: str, now: datetime, name: str = ""
) -> FestivalView | None:
    """Say when a festival is, or (None) that it is not kept; what was said before. Audited.

    Rules do not change it any more. `name` is of a day of the shop's own. Raises JourneyError for a day of
    another year, or a code that is no word.
    """
    _check_country(country)
    if (on is not None and on.year != year) or not calendar.YEAR_FIRST <= year <= calendar.YEAR_LAST:
        raise JourneyError("bad_year", year=year)
    if not code.isidentifier() or len(code) > 40:
        raise JourneyError("bad_code", code=code)
    fill_festivals(countries=[country], years=[year], actor=actor, now=now)
    with transaction.atomic():
        row = FestivalDay.objects.select_for_update().filter(country=country, year=year, code=code).first()
        before = views.festival_view(row) if row else None
        FestivalDay.objects.update_or_create(
            country=country,
            year=year,
            code=code,
            defaults={
                "on": on,
                "source": HAND,
                "updated_at": now,
                "updated_by": actor,
                **({"name": name} if name else {}),
            },
        )
        _log(country, year, code, {"on": on.isoformat() if on else None}, actor, now)
    return before


def add_own_day(*, country: str, on: date, name: str, actor: str, now: datetime) -> str:
    """Put a day of the shop's own, such as a member day, into the calendar; its code.

    The same name is the same festival in every country and year, so that one journey serves them all.
    Raises JourneyError for a name that is missing, too long, or of a festival that the rules know.
    """
    said = " ".join(name.split())
    if not said or len(said) > NAME_MAX:
        raise JourneyError("bad_festival_name")
    known = FestivalDay.objects.filter(name=said).values_list("code", flat=True).first()
    code = known or code_of(said)
    if code in calendar.FESTIVALS:
        raise JourneyError("festival_known", name=said)
    set_festival(country=country, year=on.year, code=code, on=on, actor=actor, now=now, name=said)
    return code


def code_of(name: str) -> str:
    """The code of a day of the shop's own.

    >>> code_of("Member day"), code_of("会员日")
    ('member_day', 'own_c29008a5')
    """
    plain = slugify(name).replace("-", "_")[:40]
    if plain.isidentifier() and len(plain) > 2:
        return plain
    return "own_" + hashlib.sha256(name.encode()).hexdigest()[:8]


def follow_rule(*, country: str, year: int, code: str, actor: str, now: datetime) -> FestivalView | None:
    """Let the rule say again when a festival is; one that no rule knows goes. What was said before."""
    _check_country(country)
    rule = calendar.rule_of(code, country) if code in calendar.FESTIVALS else None
    with transaction.atomic():
        row = FestivalDay.objects.select_for_update().filter(country=country, year=year, code=code).first()
        if row is None:
            return None
        before = views.festival_view(row)
        if rule is None:
            row.delete()
        else:
            row.on, row.source = calendar.day_of(rule, year), RULE
            row.updated_at, row.updated_by = now, actor
            row.save()
        _log(country, year, code, {"rule": True}, actor, now)
    return before


def put_back(*, before: FestivalView, actor: str, now: datetime) -> None:
    """Say again what was said before a change."""
    said: dict[str, Any] = {
        "country": before.country,
        "year": before.year,
        "code": before.code,
        "actor": actor,
        "now": now,
    }
    if before.source == RULE:
        follow_rule(**said)
    else:
        set_festival(**said, on=before.on, name=before.name)


def take_festivals(*, text: str, actor: str, now: datetime) -> tuple[int, list[tuple[int, JourneyError]]]:
    """Days out of a CSV file: country, year, code or name, on (empty: not kept).

    How many changed, and the lines that were left out, with why. A line that says what is known already
    changes nothing, so that a file that was taken out can be taken in again. Raises JourneyError where the
    columns are not there.
    """
    lines = _lines(text)
    changed, refused = 0, []
    with transaction.atomic():
        rows = list(FestivalDay.objects.all())
        known = {(row.country, row.year, row.code): row.on for row in rows}
        names = {row.name: row.code for row in rows if row.name}
        for number, line in enumerate(lines, 2):
            if number > LINES_MAX + 1:
                refused.append((number, JourneyError("too_many_lines")))
                break
            said = {key: (value or "").strip() for key, value in line.items() if key}
            try:
                changed += _take(said, known, names, actor, now)
            except JourneyError as error:
                refused.append((number, error))
    return changed, refused


def _lines(text: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=None))
    try:
        if not {"country", "year", "on"} <= set(reader.fieldnames or ()):
            raise JourneyError("festival_columns")
        return list(islice(reader, LINES_MAX + 1))
    except csv.Error:
        raise JourneyError("festival_columns") from None


def _take(
    said: Mapping[str, str],
    known: Mapping[tuple[str, int, str], date | None],
    names: Mapping[str, str],
    actor: str,
    now: datetime,
) -> bool:
    name = " ".join(said.get("name", "").split())[:NAME_MAX]
    code = said.get("code") or names.get(name) or (code_of(name) if name else "")
    try:
        year = int(said["year"])
        on = date.fromisoformat(said["on"]) if said["on"] else None
    except ValueError:
        raise JourneyError("bad_day", day=said["on"] or said["year"]) from None
    _check_country(said["country"])
    place = (said["country"], year, code)
    # Where nothing is in the table yet, the rule says it.
    by_rule = place not in known and code in calendar.FESTIVALS
    if (place in known and known[place] == on) or (by_rule and _by_rule(*place) == on):
        return False
    own = "" if code in calendar.FESTIVALS else name
    set_festival(country=said["country"], year=year, code=code, on=on, actor=actor, now=now, name=own)
    return True


def _by_rule(country: str, year: int, code: str) -> date | None:
    rule = calendar.rule_of(code, country)
    return calendar.day_of(rule, year) if rule and _has_rules(year) else None


def _has_rules(year: int) -> bool:
    return calendar.YEAR_FIRST <= year <= calendar.YEAR_LAST


def _check_country(country: str) -> None:
    if len(country) != 2 or not country.isascii() or not country.isalpha() or not country.isupper():
        raise JourneyError("bad_country", country=country)


def _log(country: str, year: int, code: str, details: dict[str, object], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action="journey.festival",
        object_type="festival",
        object_id=f"{country}-{year}-{code}",
        details=details,
        at=now,
    )
