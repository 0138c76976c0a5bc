"""Codes that people read aloud and type, and what a coupon is worth: pure rules.

A code has eleven random characters and a check character, of 31 that are not mistaken for each other: no
0/O, 1/I/L. That is 54 bits: at a shop that has given out a million codes, who tries a thousand a second finds
one in about ten months, and the API lets nobody try so fast. 31 is prime, so that the weighted sum notices
every single wrong character and every two that changed places.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from keepwell.foundation import money
from keepwell.outreach.coupons.contracts import Kind, Terms

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RANDOM_LENGTH = 11
LENGTH = RANDOM_LENGTH + 1
GROUP = 4
LISTED_LENGTH_MAX = 40


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """A new code in groups of four."""
    body = "".join(choose(ALPHABET) for _place in range(RANDOM_LENGTH))
    return grouped(body + check_character(body))


def check_character(body: str) -> str:
    """The last character of a code with these first ones.

    >>> check_character("22222222222"), check_character("32222222222")
    ('2', 'Y')
    """
    total = sum(place * ALPHABET.index(one) for place, one in enumerate(body, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def grouped(plain: str) -> str:
    """A code as people read it.

    >>> grouped("ABCDEFGHJKMN")
    'ABCD-EFGH-JKMN'
    """
    return "-".join(plain[start : start + GROUP] for start in range(0, len(plain), GROUP))


def read(typed: str) -> str:
    """A code as it is looked up, whatever case, width, spaces or dashes somebody typed it with.

    >>> read(" abcd efgh–jkmn "), read("ＡＢＣＤ－２３")
    ('ABCDEFGHJKMN', 'ABCD23')
    """
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(one for one in plain if one.isalnum())[:LISTED_LENGTH_MAX]


def is_whole(plain: str) -> bool:
    """Whether a code of our own has its check character."""
    if len(plain) != LENGTH or any(one not in ALPHABET for one in plain):
        return False
    return check_character(plain[:-1]) == plain[-1]


def why_unknown(plain: str) -> str:
    """What to say of a code that nobody has: mistyped, where it looks like one of ours and is none."""
    looks_own = len(plain) == LENGTH and all(one in ALPHABET for one in plain)
    return "mistyped" if looks_own and not is_whole(plain) else "unknown"


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day by the shop's clock: a text names the day, and it holds to its end."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


def until(terms: Terms, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The end of a coupon given now: of the days that it holds, or of the list that it is from."""
    if terms.ends_on is not None:
        return end_of_day(terms.ends_on, zone)
    return end_of_day((now + timedelta(days=terms.days)).astimezone(zone).date(), zone)


def given_away(terms: Terms, order_amount: Decimal | None) -> Decimal | None:
    """What a redeemed coupon gave away; None where it cannot be told without the order's amount.

    `order_amount` is before the coupon. A gift costs its value, an amount never more than the order.
    """
    if terms.kind is Kind.PERCENT:
        if order_amount is None:
            return None
        return (order_amount * terms.value).quantize(money.QUANTUM, ROUND_HALF_UP)
    if terms.kind is Kind.AMOUNT and order_amount is not None:
        return min(terms.value, order_amount)
    return terms.value


def percent(value: Decimal) -> str:
    """A share off as people say it.

    >>> percent(Decimal("0.1500")), percent(Decimal("0.3"))
    ('15', '30')
    """
    return f"{(value * 100).normalize():f}"


def amount(value: Decimal, currency: str) -> str:
    """An amount as people say it.

    >>> amount(Decimal("20.0000"), "CNY"), amount(Decimal("9.5"), "EUR")
    ('¥20', '€9.50')
    """
    places = money.decimals(currency)
    whole = value == value.to_integral_value()
    return f"{money.symbol(currency)}{value:.{0 if whole else places}f}"


_WORDS: dict[str, dict[str, str]] = {
    "en": {"percent": "%s%% off", "amount": "%s off", "gift": "a gift: %s"},
    "zh-hans": {"percent": "立减%s%%", "amount": "立减%s", "gift": "赠礼：%s"},
    "zh-hant": {"percent": "現折%s%%", "amount": "現折%s", "gift": "贈禮：%s"},
    "de": {"percent": "%s %% Rabatt", "amount": "%s Rabatt", "gift": "ein Geschenk: %s"},
    "fr": {"percent": "-%s %%", "amount": "-%s", "gift": "un cadeau : %s"},
    "es": {"percent": "%s %% de descuento", "amount": "%s de descuento", "gift": "un regalo: %s"},
    "ja": {"percent": "%s%%オフ", "amount": "%sオフ", "gift": "プレゼント：%s"},
}


def words(terms: Terms, language: str) -> str:
    """What an offer is, in the reader's language.

    >>> words(Terms(Kind.PERCENT, Decimal("0.15")), "zh-hans")
    '立减15%'
    """
    said = _WORDS.get(language) or _WORDS.get(language.partition("-")[0], _WORDS["en"])
    if terms.kind is Kind.PERCENT:
        return said["percent"] % percent(terms.value)
    if terms.kind is Kind.AMOUNT:
        return said["amount"] % amount(terms.value, terms.currency)
    return said["gift"] % terms.gift


def values(terms: Terms, *, code: str, ends: date, language: str) -> dict[str, object]:
    """What a text may say of an offer, by dotted name, in the reader's language."""
    found: dict[str, object] = {
        "coupon.code": code,
        "offer.words": words(terms, language),
        "offer.until": ends,
    }
    if terms.kind is Kind.PERCENT:
        found["offer.percent"] = percent(terms.value)
    if terms.kind is Kind.AMOUNT:
        found["offer.amount"] = amount(terms.value, terms.currency)
    if terms.minimum_order:
        found["offer.minimum"] = amount(terms.minimum_order, terms.currency)
    return found
