"""The days of festivals: filled by the rules, corrected by people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.journeys.contracts import JourneyError
from keepwell.outreach.journeys.core import calendar
from keepwell.outreach.journeys.models import FestivalDay

RULE, HAND = "rule", "hand"


def fill_festivals(*, countries: Iterable[str], years: Iterable[int], actor: str, now: datetime) -> int:
    """Put the days that the rules give into the table; what is there stays. How many were new.

    Raises JourneyError for a country that is no code of two letters, or a year that no rule reaches.
    """
    rows = []
    for country in countries:
        if len(country) != 2 or not country.isascii() or not country.isupper():
            raise JourneyError("bad_country", country=country)
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


def set_festival(*, country: str, year: int, code: str, on: date | None, actor: str, now: datetime) -> None:
    """Say when a festival is, or (None) that it is not kept; audited. Rules do not change it any more.

    Raises JourneyError for a day of another year, or a code that is no word.
    """
    if on is not None and on.year != year:
        raise JourneyError("bad_year", year=year)
    if not code.isidentifier() or len(code) > 40:
        raise JourneyError("bad_code", code=code)
    if len(country) != 2 or not country.isascii() or not country.isupper():
        raise JourneyError("bad_country", country=country)
    with transaction.atomic():
        FestivalDay.objects.update_or_create(
            country=country,
            year=year,
            code=code,
            defaults={"on": on, "source": HAND, "updated_at": now, "updated_by": actor},
        )
        audit.log(
            actor=actor,
            action="journey.festival",
            object_type="festival",
            object_id=f"{country}-{year}-{code}",
            details={"on": on.isoformat() if on else None},
            at=now,
        )
