"""How long a text message is: alphabet, units, segments, and what mainland providers bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# GSM 03.38 (3GPP TS 23.038): the basic table, and what takes an escape and thus two septets.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
GSM_SINGLE, GSM_JOINED = 160, 153
UCS2_SINGLE, UCS2_JOINED = 70, 67
MAINLAND_CHARACTERS_MAX = 500


@dataclass(frozen=True)
class Length:
    """`units` are septets or UTF-16 code units; `odd` are the characters that keep it out of GSM-7."""

    encoding: Literal["gsm7", "ucs2"]
    characters: int
    units: int
    segments: int
    left: int  # units left in the last segment
    odd: tuple[str, ...] = ()


def length(text: str) -> Length:
    """Length of a message as networks count it (3GPP TS 23.038 and 23.040).

    A character of two units never stands across two segments: it is moved to the next as a whole.

    >>> length("a" * 160).segments, length("a" * 161).segments, length("你" * 71).segments
    (1, 2, 2)
    """
    odd = tuple(dict.fromkeys(one for one in text if one not in GSM_BASIC and one not in GSM_EXTENDED))
    if odd:
        sizes = [2 if ord(one) > 0xFFFF else 1 for one in text]
        single, joined = UCS2_SINGLE, UCS2_JOINED
    else:
        sizes = [2 if one in GSM_EXTENDED else 1 for one in text]
        single, joined = GSM_SINGLE, GSM_JOINED
    units = sum(sizes)
    segments, filled = (1, units) if units <= single else _packed(sizes, joined)
    room = single if segments == 1 else joined
    return Length("ucs2" if odd else "gsm7", len(text), units, segments, room - filled, odd)


def mainland_length(text: str) -> Length:
    """Length as mainland providers bill it: 70 characters in one message, 67 in each of several."""
    units = sum(2 if ord(one) > 0xFFFF else 1 for one in text)
    if units <= UCS2_SINGLE:
        return Length("ucs2", len(text), units, 1, UCS2_SINGLE - units)
    segments = -(-units // UCS2_JOINED)
    return Length("ucs2", len(text), units, segments, segments * UCS2_JOINED - units)


def _packed(sizes: list[int], room: int) -> tuple[int, int]:
    """How many segments, and how much of the last is filled."""
    segments, filled = 1, 0
    for size in sizes:
        if filled + size > room:
            segments, filled = segments + 1, 0
        filled += size
    return segments, filled
