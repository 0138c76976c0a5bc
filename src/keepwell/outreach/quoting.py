"""What somebody wrote themselves in an e-mail: without what it repeats of the one before."""

from __future__ import annotations

import re

CUT = 4_000  # characters that are read
_ABOVE = re.compile(r"^\s*(?:on .{5,80} wrote:\s*$|.{0,60}(?:写道|寫道)\s*[:：]\s*$)", re.IGNORECASE)
_REST = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|原始邮件|原始郵件|forwarded)|_{5,}\s*$"
    r"|(?:from|发件人|寄件者|寄件人)\s*[:：])",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s*>")
_AGAIN = re.compile(
    r"^\s*(?:re|aw|sv|fwd?|wg|回复|回覆|答复|答覆|转发|轉寄|轉發)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)


def own_words(text: str) -> str:
    r"""What somebody wrote themselves; "" where they only repeat.

    A subject that answers (Re:) is the one before it. Quoted lines go wherever they stand; what stands below
    the head of an earlier letter is that letter, unless it is quoted line by line.

    >>> own_words("Thanks\nOn Mon, 1 Jan 2026 we wrote:\n> write agent")
    'Thanks'
    >>> own_words("Re: Is it damaged?\nOn Mon, 1 Jan 2026 we wrote:\n> Is it damaged?\nNo, all is well")
    'No, all is well'
    """
    lines = text[:CUT].splitlines()
    if lines and _AGAIN.match(lines[0]):
        del lines[0]
    last_quoted = max((place for place, line in enumerate(lines) if _QUOTED.match(line)), default=-1)
    own: list[str] = []
    for place, line in enumerate(lines):
        if _QUOTED.match(line):
            continue
        if _ABOVE.match(line) and place < last_quoted:
            continue
        if _ABOVE.match(line) or _REST.match(line):
            break
        own.append(line)
    return "\n".join(own).strip()
