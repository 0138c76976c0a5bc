"""Pure rules: how contact values are normalised and masked, and when a day comes again."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

PHONE_KINDS = frozenset({"phone", "whatsapp"})
CASED_KINDS = frozenset({"wechat", "wecom"})
TAIL_DIGITS = 8
MIN_TAIL_DIGITS = 6


def normal_contact(kind: str, value: str) -> str:
    """The form under which contact values are compared.

    NFKC; e-mail and names on WeChat and WeCom in lower case, phone as digits only, addresses with single
    blanks.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    if kind == "email" or kind in CASED_KINDS:
        return text.casefold()
    if kind == "address":
        return " ".join(text.split())
    plus = text.startswith("+")
    return ("+" if plus else "") + re.sub(r"\D", "", text)


def exact_contact(value: str) -> str:
    """A contact value as it must be used: NFKC, no blanks around it."""
    return unicodedata.normalize("NFKC", value).strip()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", text))


def phone_tail(value: str) -> str:
    """The last eight digits of a telephone number, "" where there are fewer than six."""
    digits = _digits(value)
    return digits[-TAIL_DIGITS:] if len(digits) >= MIN_TAIL_DIGITS else ""


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers may be one: the shorter ends the longer, leading zeros, + and 00 aside.

    >>> same_phone("+86 138 0013 8000", "13800138000"), same_phone("13800138000", "13900138000")
    (True, False)
    """
    ends = sorted((_digits(text).lstrip("0") for text in (one, other)), key=len)
    return len(ends[0]) >= MIN_TAIL_DIGITS and ends[1].endswith(ends[0])


def mask(kind: str, value: str) -> str:
    """Enough of a contact value to recognise it by, too little to use it."""
    if kind == "email" and "@" in value:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}***@{domain}"
    if kind in CASED_KINDS:
        return f"{value[:2]}***"
    if kind == "address":
        return f"{value[:6]}***" if len(value) > 12 else "***"
    return f"{value[:3]}****{value[-2:]}" if len(value) > 7 else "****"


def day_key(day: date) -> str:
    """Month and day, the same every year."""
    return f"{day:%m-%d}"


def next_occurrence(day: date, *, is_yearly: bool, first_on: date) -> date | None:
    """The first time on or after `first_on` that `day` comes; 29 February is kept on 28 in other years.

    >>> next_occurrence(date(1990, 2, 28), is_yearly=True, first_on=date(2026, 3, 1)).isoformat()
    '2027-02-28'
    """
    if not is_yearly:
        return day if day >= first_on else None
    for year in (first_on.year, first_on.year + 1):
        found = _in_year(day, year)
        if found >= first_on and found >= day:
            return found
    return day if day >= first_on else None


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def day_keys_between(first_on: date, last_on: date) -> frozenset[str]:
    """The keys of all days from `first_on` to `last_on`; 28 February also stands for the 29th."""
    days = min((last_on - first_on).days, 366)
    keys = {day_key(first_on + timedelta(days=offset)) for offset in range(days + 1)}
    return frozenset(keys | {"02-29"}) if "02-28" in keys else frozenset(keys)
