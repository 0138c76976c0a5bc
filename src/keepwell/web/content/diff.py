"""Two wordings side by side as one text: what went, what came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from keepwell.outreach.content import labels
from keepwell.outreach.content.contracts import TextView, VersionView

# Chinese has no spaces: each character is a word.
WORD = re.compile(r"[㐀-鿿]|\w+|\s+|[^\w\s]")
WORDS_MAX = 4_000


@dataclass(frozen=True)
class Part:
    """Words that stayed (same), went (gone) or came (new)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """What became of one text."""

    name: str
    language: str
    kind: str  # new, gone, changed, same
    parts: tuple[Part, ...]


def between(before: VersionView | None, after: VersionView) -> list[Change]:
    """What became of each text; without an earlier version everything is new."""
    old = {(one.language, one.variant): one for one in before.texts} if before else {}
    found = []
    for one in after.texts:
        former = old.pop((one.language, one.variant), None)
        now = written(one)
        if former is None:
            found.append(Change(labels.text_name(one), one.language, "new", (Part("new", now),)))
            continue
        parts = tuple(words(written(former), now))
        kind = "same" if all(part.kind == "same" for part in parts) else "changed"
        found.append(Change(labels.text_name(one), one.language, kind, parts))
    found += [
        Change(labels.text_name(one), one.language, "gone", (Part("gone", written(one)),))
        for one in old.values()
    ]
    return found


def written(text: TextView) -> str:
    """A text as one reads it: subject, then each block by its name and fields, or the body."""
    lines = [text.subject] if text.subject else []
    for block in text.blocks:
        lines.append(f"— {labels.BLOCK.get(block['type'], block['type'])}")
        lines += [str(value) for name, value in block.items() if name != "type" and value]
    if text.body:
        lines.append(text.body)
    return "\n".join(lines)


def words(before: str, after: str) -> Iterator[Part]:
    """The difference word by word; line by line where there are very many."""
    first, second = _split(before), _split(after)
    for kind, start, end, begin, stop in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Part("same", "".join(first[start:end]))
            continue
        if end > start:
            yield Part("gone", "".join(first[start:end]))
        if stop > begin:
            yield Part("new", "".join(second[begin:stop]))


def _split(text: str) -> list[str]:
    found = WORD.findall(text)
    return found if len(found) <= WORDS_MAX else text.splitlines(keepends=True)
