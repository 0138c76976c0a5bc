"""Pure rules of privacy: the stricter of two consents, and how a person is recognised in text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_GAP = r"[\s().\-/ ]{0,3}"


def stricter(first: bool | None, second: bool | None) -> bool | None:
    """Of two states (given, withdrawn, never asked) the one that allows less; a no that was said counts.

    >>> stricter(True, None) is None, stricter(True, False), stricter(True, True)
    (True, False, True)
    """
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def matcher(identifiers: Mapping[str, Iterable[str]]) -> re.Pattern[str]:
    """A pattern that finds a person in text: by number, name, email or phone, however it is written.

    Numbers must stand alone; e-mail addresses and names match in any case; digits of a phone number may have
    spaces and punctuation between them, with or without the country's code.
    """
    parts = [rf"(?<![\w-]){re.escape(number)}(?![\w-])" for number in identifiers.get("number", ())]
    parts += [re.escape(one) for one in identifiers.get("email", ())]
    parts += [_phone(one) for one in identifiers.get("phone", ())]
    parts += [_name(one) for one in identifiers.get("name", ()) if len(one.strip()) > 1]
    return re.compile("|".join(parts) if parts else r"(?!)", re.IGNORECASE)


def normal_text(text: str) -> str:
    """The form in which text is searched: NFKC, so that full-width digits and letters are found."""
    return unicodedata.normalize("NFKC", text)


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    # The last nine digits name a subscriber; what stands before is the country's and area's code.
    tail = digits[-9:] if len(digits) > 9 else digits
    return rf"(?:\d{_GAP}){{0,6}}" + _GAP.join(tail) + r"(?!\d)"


def _name(value: str) -> str:
    words = [re.escape(word) for word in re.findall(r"\S+", normal_text(value))]
    if not value.isascii():
        return r"[\s,·・]{0,3}".join(words)
    # Also the last name first, as lists have it.
    orders = [words, [words[-1], *words[:-1]]] if len(words) > 1 else [words]
    written = "|".join(r"[\s,]{1,3}".join(order) for order in orders)
    return rf"(?<!\w)(?:{written})(?!\w)"
