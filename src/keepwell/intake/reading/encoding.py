"""Which encoding a text file has."""

from __future__ import annotations

import codecs

from django.utils.translation import gettext as _

from keepwell.intake.errors import IntakeError
from keepwell.intake.reading.opening import Survey

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NEARLY_UTF8 = 200
"""At most one bad place in so many bytes outside ASCII, or three at all: damage, not another encoding."""


def detect(found: Survey, *, file: str) -> str:
    """The Python name of the encoding; raises IntakeError where the bytes are no text.

    A byte-order mark decides. Then UTF-8, if the whole file is UTF-8 but for few damaged places. Then the
    Chinese encodings, if the sample decodes into mostly common characters; else cp1252 or Latin-1.
    """
    for mark, name in BOMS:
        if found.head.startswith(mark):
            return name
    if found.has_nul and (wide := _wide_without_mark(found.head)):
        return wide
    if _is_binary(found.head):
        raise IntakeError(_("binary data, not a text table"), code="binary", file=file)
    if found.ascii or not found.utf8_errors:
        return "utf-8"
    outside = sum(1 for byte in found.foreign if byte > 0x7F)
    if (found.utf8_errors <= 3 and outside > 12) or found.utf8_errors * NEARLY_UTF8 < outside:
        return "utf-8"
    return _legacy(found.foreign, file)


def _is_binary(data: bytes) -> bool:
    """Whether there are more control characters than an accident would leave in a text."""
    sample = data[:65_536]
    controls = sum(sample.count(bytes([code])) for code in range(32) if code not in (9, 10, 12, 13, 26, 27))
    return controls > 8 + len(sample) // 100


def _wide_without_mark(head: bytes) -> str | None:
    sample = head[: min(len(head), 4096) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) * 0.3 and even < len(sample) * 0.02:
        return "utf-16-le"
    if even > len(sample) * 0.3 and odd < len(sample) * 0.02:
        return "utf-16-be"
    return None


def _legacy(sample: bytes, file: str) -> str:
    """GB18030, Big5 or a western encoding, by how plausible the decoded characters are."""
    best, best_score = "", 0.0
    for name in ("gb18030", "big5hkscs"):
        text = _decode(sample, name)
        score = _han_score(text, name) if text else 0.0
        if score > best_score:
            best, best_score = name, score
    if best_score >= 0.6:
        return best
    if _is_binary(sample):
        raise IntakeError(_("binary data, not a text table"), code="binary", file=file)
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return "latin-1" if undefined & set(sample) else "cp1252"


def _decode(sample: bytes, name: str) -> str:
    """The sample in `name`, or nothing; a character cut at the edges of the sample is forgiven."""
    for first in range(2):
        for last in range(3):
            try:
                return sample[first : len(sample) - last].decode(name)
            except UnicodeDecodeError:
                continue
    decoded = sample.decode(name, errors="replace")
    return decoded if decoded.count("�") * 200 < sum(1 for c in decoded if c > "\x7f") else ""


def _han_score(text: str, name: str) -> float:
    """Share of characters outside ASCII that people write: level one of the national character set."""
    common = total = 0
    for character in text[:200_000]:
        if character < "\x80":
            continue
        total += 1
        if "　" <= character <= "〿" or "！" <= character <= "～":
            common += 1
            continue
        if not "一" <= character <= "鿿":
            continue
        try:
            lead = character.encode("gb2312" if name == "gb18030" else "big5")[0]
        except UnicodeEncodeError:
            continue
        common += 0xB0 <= lead <= 0xD7 if name == "gb18030" else 0xA4 <= lead <= 0xC6
    return common / total if total else 0.0
