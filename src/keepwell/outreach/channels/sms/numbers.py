"""Telephone numbers as providers want them: E.164, mainland mobiles told from all others."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

CHINA, NORTH_AMERICA = "86", "1"
# The North American plan: neither the area nor the exchange begins with 0 or 1.
NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
MOBILE = re.compile(r"1[3-9]\d{9}")
_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2015·/]")
# E.164: a country code and a number, 15 digits at most.
_WORLD = re.compile(r"[1-9]\d{7,14}")


class NumberError(ValueError):
    """What cannot be a number that takes text messages."""


@dataclass(frozen=True)
class Number:
    """A number with its country code, digits only."""

    digits: str

    @property
    def is_mainland(self) -> bool:
        """Whether it is a mobile of mainland China."""
        return self.digits.startswith(CHINA)

    @property
    def e164(self) -> str:
        """With the plus sign."""
        return "+" + self.digits

    @property
    def national(self) -> str:
        """Mainland numbers without their country code; others whole."""
        return self.digits.removeprefix(CHINA) if self.is_mainland else self.digits


def read(value: str, *, country: str = CHINA) -> Number:
    """A number as people write it; `country` is the code of those that name none.

    Eleven digits of a mainland mobile need no country code where `country` is China's. Anything else without
    one is refused there: 852 and eight digits may be Hong Kong, or a slip. Raises NumberError.

    >>> read("138 0013 8000").e164, read("0086-13800138000").e164, read("+852 6123 4567").national
    ('+8613800138000', '+8613800138000', '85261234567')
    """
    text = _SEPARATORS.sub("", unicodedata.normalize("NFKC", value))
    if text.startswith("+"):
        digits = text[1:]
    elif text.startswith("00"):
        digits = text[2:]
    elif country == NORTH_AMERICA:
        if not NANP.fullmatch(text):
            raise NumberError("no_country")
        digits = NORTH_AMERICA + text.removeprefix(NORTH_AMERICA)
    elif country != CHINA:
        digits = country + text.removeprefix("0")
    elif MOBILE.fullmatch(text):
        digits = CHINA + text
    elif text.startswith(CHINA) and MOBILE.fullmatch(text[2:]):
        digits = text
    else:
        raise NumberError("no_country")
    if not digits.isascii() or not _WORLD.fullmatch(digits):
        raise NumberError("not_a_number")
    if digits.startswith(CHINA) and not MOBILE.fullmatch(digits[2:]):
        raise NumberError("not_a_mobile")
    return Number(digits)


def is_abroad(value: str, *, country: str = CHINA) -> bool:
    """Whether a number is outside the mainland; one that cannot be read is not."""
    try:
        return not read(value, country=country).is_mainland
    except NumberError:
        return False
