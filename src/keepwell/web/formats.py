"""How numbers, money, shares and times are written in the active language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.foundation import money as currencies

Number = int | float | Decimal
FULL_WIDTH = {":": "：", ",": "，", ";": "；"}
DASH = "–"
# From this amount on, minor units are noise on a page; the exact amount is in the hover.
WHOLE_FROM = 1000
COLUMN_WHOLE_FROM = 10
COMPACT_FROM = 10_000
SCALES = {
    "en": ((10**9, "B"), (10**6, "M"), (10**3, "k")),
    "zh-hans": ((10**8, "亿"), (10**4, "万")),
    "zh-hant": ((10**8, "億"), (10**4, "萬")),
}


def number(value: Number | None, decimals: int = 0) -> str:
    """With thousands grouped; a dash for None."""
    return DASH if value is None else f"{value:,.{decimals}f}"


def money(value: Number | None, currency: str, *, exact: bool = False, whole_from: int = WHOLE_FROM) -> str:
    """With the currency's sign; minor units are left out from `whole_from` on unless `exact`."""
    if value is None:
        return DASH
    size = value if value >= 0 else -value
    whole = not exact and (size >= whole_from or not size)
    digits = f"{size:,.{0 if whole else currencies.decimals(currency)}f}"
    return _signed(value, digits, currency)


def compact_money(value: Number | None, currency: str) -> str:
    """Short, for sentences and charts: ¥1.9M, 190.3万."""
    if value is None:
        return DASH
    return _signed(value, compact(value if value >= 0 else -value), currency)


def compact(value: Number) -> str:
    """Three significant digits with the language's own scale: 12.3k, 1.2万."""
    for unit, suffix in SCALES.get(translation.get_language() or "en", SCALES["en"]):
        scaled = float(value) / unit
        if abs(scaled) >= 1 and abs(scaled * unit) >= COMPACT_FROM:
            return f"{scaled:,.{0 if abs(scaled) >= 100 else 1}f}".removesuffix(".0") + suffix
    return f"{value:,.0f}"


def _signed(value: Number, digits: str, currency: str) -> str:
    negative = value < 0 and any(digit in "123456789" for digit in digits)
    return f"{'−' if negative else ''}{currencies.symbol(currency)}{digits}"


def percent(share: Number | None, decimals: int = 0) -> str:
    """A share of one; what would round to nothing or to all says so."""
    if share is None:
        return DASH
    smallest = 10.0 ** -(decimals + 2)
    # A half rounds to the even neighbour, which is nothing or all.
    if 0 < share <= smallest / 2:
        return f"<{smallest:.{decimals}%}"
    if 1 - smallest / 2 <= share < 1:
        return f">{1 - smallest:.{decimals}%}"
    return f"{share:.{decimals}%}"


def signed(value: Number, decimals: int = 0) -> str:
    """With its sign, for changes."""
    if round(float(value), decimals) == 0:
        return "±0"
    return f"{'+' if value > 0 else '−'}{abs(value):,.{decimals}f}"


def days(value: Number | None) -> str:
    """A length of time in days, in words."""
    if value is None:
        return DASH
    whole = round(float(value))
    return ngettext("%(count)s day", "%(count)s days", whole) % {"count": f"{whole:,}"}


def exact(moment: datetime | date | None) -> str:
    """The date, and the time where it says something."""
    if moment is None:
        return DASH
    language = translation.get_language() or ""
    if not isinstance(moment, datetime):
        return _exact(moment, language)
    return _exact(timezone.localtime(moment).replace(tzinfo=None), language)


@lru_cache(maxsize=1024)
def _exact(local: datetime | date, language: str) -> str:
    day = "Y年n月j日" if language.startswith("zh") else "j M Y"
    if not isinstance(local, datetime):
        return date_format(local, day)
    if (local.hour, local.minute) in ((0, 0), (23, 59)):
        return date_format(local, day)
    return date_format(local, f"{day} H:i")


def listed(values: Iterable[object]) -> str:
    """Several words in a row."""
    return ("、" if _is_chinese() else ", ").join(str(value) for value in values)


def sign(mark: str) -> str:
    """A colon, comma or semicolon between words, as wide as the language writes it."""
    return FULL_WIDTH[mark] if _is_chinese() else f"{mark} "


def _is_chinese() -> bool:
    return (translation.get_language() or "").startswith("zh")


def month(day: date) -> str:
    """A month in figures, the same in every language: 2026-11."""
    return f"{day:%Y-%m}"


def ago(moment: datetime | None, now: datetime) -> str:
    """How long before `now`, in the largest unit that keeps the meaning."""
    if moment is None:
        return _("never")
    seconds = (now - moment.astimezone(UTC)).total_seconds()
    if seconds < 0:
        return exact(moment)
    if seconds < 3600:
        minutes = math.floor(seconds / 60)
        if minutes < 1:
            return _("just now")
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes) % {"count": minutes}
    if seconds < 86_400:
        hours = math.floor(seconds / 3600)
        return ngettext("%(count)s hour ago", "%(count)s hours ago", hours) % {"count": hours}
    return _days_ago(math.floor(seconds / 86_400))


def _days_ago(count: int) -> str:
    if count < 100:
        return ngettext("%(count)s day ago", "%(count)s days ago", count) % {"count": count}
    if count < 730:
        months = round(count / 30.44)
        return ngettext("%(count)s month ago", "%(count)s months ago", months) % {"count": months}
    years = math.floor(count / 365.25)
    return ngettext("%(count)s year ago", "%(count)s years ago", years) % {"count": years}


def seconds(value: Number | None) -> str:
    """A duration for the record of runs."""
    if value is None:
        return DASH
    if value < 60:
        return _("%(seconds)s s") % {"seconds": f"{float(value):.1f}"}
    minutes, rest = divmod(round(float(value)), 60)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
