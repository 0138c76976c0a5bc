"""When people buy what: a Chinese and a western retail year, by category of goods."""

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from keepwell.science.simulate.catalogue import CATEGORIES

Floats = NDArray[np.float64]

CALENDARS = ("chinese", "western")
EPOCH = date(1970, 1, 1)

# First day of the lunar year and of the Mid-Autumn festival.
SPRING_FESTIVAL = {
    2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10),
    2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23),
    2032: (2, 11),
}  # fmt: skip
MID_AUTUMN = {
    2018: (9, 24), 2019: (9, 13), 2020: (10, 1), 2021: (9, 21), 2022: (9, 10), 2023: (9, 29), 2024: (9, 17),
    2025: (10, 6), 2026: (9, 25), 2027: (9, 15), 2028: (10, 3), 2029: (9, 22), 2030: (9, 12), 2031: (10, 1),
    2032: (9, 19),
}  # fmt: skip

# (days before, days after, factor by category; "*" for all others)
Wave = tuple[int, int, dict[str, float]]
BEFORE_SPRING_FESTIVAL: Wave = (24, 4, {"gifts": 2.8, "tea": 1.9, "snacks": 2.2, "beauty": 1.4, "*": 1.25})
SPRING_FESTIVAL_WEEK: Wave = (-1, 9, {"*": 0.45})
BEFORE_MID_AUTUMN: Wave = (18, 1, {"gifts": 2.2, "tea": 1.5, "snacks": 1.8, "*": 1.0})


def _fixed_days(calendar: str, year: int) -> list[tuple[date, Wave]]:
    if calendar == "chinese":
        return [
            (date(year, 2, 14), (8, 0, {"beauty": 1.5, "gifts": 1.4, "*": 1.0})),
            (date(year, 5, 20), (6, 0, {"beauty": 1.4, "gifts": 1.4, "*": 1.0})),
            (date(year, 6, 18), (14, 2, {"digital": 2.1, "home": 1.7, "*": 1.5})),
            (date(year, 9, 1), (14, 5, {"stationery": 2.4, "*": 1.0})),
            (date(year, 11, 11), (14, 2, {"beauty": 3.4, "digital": 3.0, "*": 2.6})),
            (date(year, 12, 12), (4, 1, {"*": 1.35})),
        ]
    return [
        (date(year, 2, 14), (9, 0, {"beauty": 1.6, "gifts": 1.8, "*": 1.0})),
        (date(year, 5, 10), (9, 0, {"beauty": 1.4, "gifts": 1.5, "*": 1.0})),
        (date(year, 8, 28), (18, 8, {"stationery": 2.2, "*": 1.0})),
        (date(year, 11, 28), (4, 4, {"digital": 2.6, "*": 2.0})),
        (date(year, 12, 20), (20, 1, {"gifts": 3.0, "snacks": 1.6, "digital": 1.8, "*": 1.5})),
        (date(year, 1, 12), (6, 16, {"*": 0.7})),
    ]


def _days(calendar: str, year: int) -> list[tuple[date, Wave]]:
    days = _fixed_days(calendar, year)
    if calendar == "chinese":
        # Outside the table a usual date stands in.
        spring = date(year, *SPRING_FESTIVAL.get(year, (2, 5)))
        days.append((spring - timedelta(days=4), BEFORE_SPRING_FESTIVAL))
        days.append((spring, SPRING_FESTIVAL_WEEK))
        days.append((date(year, *MID_AUTUMN.get(year, (9, 22))), BEFORE_MID_AUTUMN))
    return days


# Height of the yearly swing and the day of the year of its peak.
SWING = {
    "outdoor": (0.5, 150),
    "home": (0.15, 290),
    "tea": (0.2, 330),
    "beauty": (0.1, 300),
    "care": (0.1, 190),
}


@lru_cache(maxsize=16)
def _year(calendar: str, year: int) -> Floats:
    """Factors of one year, (366, categories)."""
    first = date(year, 1, 1)
    factors = np.ones((366, len(CATEGORIES)))
    day = np.arange(366)
    for column, category in enumerate(CATEGORIES):
        height, peak = SWING.get(category, (0.0, 0))
        factors[:, column] += height * np.cos(2 * np.pi * (day - peak) / 365.25)
    for on, (before, after, boost) in _days(calendar, year):
        at = (on - first).days
        span = slice(max(at - before, 0), min(max(at + after + 1, 0), 366))
        for column, category in enumerate(CATEGORIES):
            factors[span, column] *= boost.get(category, boost["*"])
    return factors


def season(calendar: str, day: int) -> Floats:
    """How much is bought of each category on a day, 1 = usual, (categories,).

    Args:
        calendar: one of `CALENDARS`.
        day: days since 1970-01-01.

    >>> from datetime import date
    >>> singles_day, usual = (date(2025, 11, 11) - EPOCH).days, (date(2025, 4, 10) - EPOCH).days
    >>> bool(season("chinese", singles_day).sum() > 2 * season("chinese", usual).sum())
    True
    """
    on = EPOCH + timedelta(days=day)
    factors: Floats = _year(calendar, on.year)[on.timetuple().tm_yday - 1]
    return factors
