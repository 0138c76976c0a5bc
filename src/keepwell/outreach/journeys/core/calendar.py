"""Days: when a birthday comes, and which day a festival is kept on in a country and a year.

Festivals are rules (a date, a day of the Chinese calendar, the n-th weekday of a month) from which a table
is filled that people may correct.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from lunar_python import Lunar  # type: ignore[import-untyped]

EVERYWHERE = ""
LUNAR_COUNTRIES = ("CN", "HK", "MO", "TW", "SG")
YEAR_FIRST, YEAR_LAST = 1990, 2100


@dataclass(frozen=True)
class Fixed:
    """The same date every year."""

    month: int
    day: int


@dataclass(frozen=True)
class LunarDay:
    """A day of the Chinese calendar."""

    month: int
    day: int


@dataclass(frozen=True)
class LunarEve:
    """The last day of the Chinese year."""


@dataclass(frozen=True)
class Weekday:
    """The n-th weekday (Monday = 0) of a month; -1 is the last."""

    month: int
    weekday: int
    nth: int


Rule = Fixed | LunarDay | LunarEve | Weekday

# code -> country -> rule; "" is everywhere that has none of its own, None: not kept there.
FESTIVALS: Mapping[str, Mapping[str, Rule | None]] = {
    "new_year": {EVERYWHERE: Fixed(1, 1)},
    "new_years_eve_lunar": dict.fromkeys(LUNAR_COUNTRIES, LunarEve()),
    "spring_festival": dict.fromkeys(LUNAR_COUNTRIES, LunarDay(1, 1)),
    "lantern_festival": dict.fromkeys(LUNAR_COUNTRIES, LunarDay(1, 15)),
    "valentines_day": {EVERYWHERE: Fixed(2, 14), "BR": Fixed(6, 12)},
    "white_day": dict.fromkeys(("JP", "KR", "TW"), Fixed(3, 14)),
    "womens_day": {EVERYWHERE: Fixed(3, 8)},
    "mothers_day": {
        EVERYWHERE: Weekday(5, 6, 2),
        "FR": Weekday(5, 6, -1),
        "SE": Weekday(5, 6, -1),
        "ES": Weekday(5, 6, 1),
        "PT": Weekday(5, 6, 1),
        "NO": Weekday(2, 6, 2),
        "TH": Fixed(8, 12),
        "MX": Fixed(5, 10),
        "KR": Fixed(5, 8),  # parents' day
        "GB": None,  # follows Easter: enter it by hand
        "IE": None,
    },
    "fathers_day": {
        EVERYWHERE: Weekday(6, 6, 3),
        "TW": Fixed(8, 8),
        "AU": Weekday(9, 6, 1),
        "NZ": Weekday(9, 6, 1),
        "IT": Fixed(3, 19),
        "ES": Fixed(3, 19),
        "PT": Fixed(3, 19),
        "BR": Weekday(8, 6, 2),
        "KR": Fixed(5, 8),
        "TH": Fixed(12, 5),
        "DE": None,  # Ascension Day, follows Easter: enter it by hand
    },
    "childrens_day": {"CN": Fixed(6, 1), "JP": Fixed(5, 5), "KR": Fixed(5, 5), "TW": Fixed(4, 4)},
    "dragon_boat": dict.fromkeys(LUNAR_COUNTRIES, LunarDay(5, 5)),
    "qixi": dict.fromkeys(LUNAR_COUNTRIES, LunarDay(7, 7)),
    "mid_autumn": {**dict.fromkeys(LUNAR_COUNTRIES, LunarDay(8, 15)), "KR": LunarDay(8, 15)},
    "double_ninth": dict.fromkeys(LUNAR_COUNTRIES, LunarDay(9, 9)),
    "college_entrance_exam": {"CN": Fixed(6, 7)},
    "teachers_day": {"CN": Fixed(9, 10), "TW": Fixed(9, 28)},
    "national_day": {"CN": Fixed(10, 1), "TW": Fixed(10, 10), "SG": Fixed(8, 9)},
    "singles_day": {"CN": Fixed(11, 11)},
    "thanksgiving": {"US": Weekday(11, 3, 4), "CA": Weekday(10, 0, 2)},
    "christmas": {EVERYWHERE: Fixed(12, 25)},
}


def rule_of(code: str, country: str) -> Rule | None:
    """The rule of a festival in a country; None where it is not kept, or follows none that is known."""
    known = FESTIVALS[code]
    return known[country] if country in known else known.get(EVERYWHERE)


def day_of(rule: Rule, year: int) -> date:
    """The day in a year; raises ValueError beyond the years that the Chinese calendar is known for.

    >>> day_of(LunarDay(1, 1), 2027).isoformat(), day_of(Weekday(5, 6, 2), 2027).isoformat()
    ('2027-02-06', '2027-05-09')
    """
    if not YEAR_FIRST <= year <= YEAR_LAST:
        raise ValueError(f"year must be between {YEAR_FIRST} and {YEAR_LAST}")
    if isinstance(rule, Fixed):
        return date(year, rule.month, rule.day)
    if isinstance(rule, Weekday):
        return _nth(rule, year)
    if isinstance(rule, LunarEve):
        return day_of(LunarDay(1, 1), year) - timedelta(days=1)
    # The Chinese year that begins in this one; its last weeks are in the next, which no festival here is in.
    solar = Lunar.fromYmd(year, rule.month, rule.day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _nth(rule: Weekday, year: int) -> date:
    first_weekday, days = monthrange(year, rule.month)
    if rule.nth > 0:
        return date(year, rule.month, 1 + (rule.weekday - first_weekday) % 7 + 7 * (rule.nth - 1))
    last = date(year, rule.month, days)
    return last - timedelta(days=(last.weekday() - rule.weekday) % 7)


def festivals(country: str, year: int) -> dict[str, date]:
    """Every festival of a country in a year by the rules, in order of the day."""
    found = {code: day_of(rule, year) for code in FESTIVALS if (rule := rule_of(code, country)) is not None}
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def in_year(day: date, year: int) -> date:
    """A day of every year; 29 February is kept on the 28th in other years.

    >>> in_year(date(1992, 2, 29), 2027).isoformat(), in_year(date(1992, 2, 29), 2028).isoformat()
    ('2027-02-28', '2028-02-29')
    """
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def same_days(day: date) -> tuple[tuple[int, int], ...]:
    """Months and days that are kept on `day`: its own, and 29 February on the 28th of a common year."""
    found = [(day.month, day.day)]
    if (day.month, day.day) == (2, 28) and monthrange(day.year, 2)[1] == 28:
        found.append((2, 29))
    return tuple(found)


def months_back(day: date, months: int) -> date:
    """The day so many months before, the last of a shorter month.

    >>> months_back(date(2026, 3, 31), 1).isoformat()
    '2026-02-28'
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
