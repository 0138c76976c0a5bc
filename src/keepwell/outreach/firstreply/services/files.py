"""Answers of the house from a file: one line each, by its code."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from keepwell.outreach import users
from keepwell.outreach.firstreply.contracts import LANGUAGES, AnswerDraft, AnswerError
from keepwell.outreach.firstreply.models import HouseAnswer
from keepwell.outreach.firstreply.services.answers import save_answer

SIZE_MAX, LINES_MAX = 2 * 2**20, 2_000
COLUMNS = (
    "code", "title",
    *(f"words_{one}" for one in LANGUAGES), *(f"text_{one}" for one in LANGUAGES),
    "link", "owner", "valid_from", "valid_until",
)  # fmt: skip
SEPARATORS = str.maketrans({"；": ";", "\n": ";"})


@dataclass(frozen=True)
class Brought:
    """What a file brought: answers kept, and the lines that could not be, with the reason."""

    kept: int
    refused: tuple[tuple[int, str], ...]


def bring(*, content: bytes, actor: str, now: datetime) -> Brought:
    """Keep the answers of a CSV as drafts, by their code; lines that cannot be kept are told.

    Words are separated by semicolons. The same file again changes nothing. Raises AnswerError for what is no
    such file.
    """
    if len(content) > SIZE_MAX:
        raise AnswerError({"file": _("The file is too large.")})
    reader = csv.DictReader(io.StringIO(_text(content), newline=""))
    try:
        if reader.fieldnames is None or not {"code", "title"} <= set(reader.fieldnames):
            raise AnswerError({"file": _("The file has no columns “code” and “title”.")})
    except csv.Error:
        raise AnswerError({"file": _unreadable()}) from None
    owners = {one.get_username(): pk for pk, one in users.workers().items()}
    kept, refused = 0, []
    number = 1
    try:
        for number, line in enumerate(reader, 2):
            if number > LINES_MAX + 1:
                refused.append((number, _("At most %(most)s lines.") % {"most": LINES_MAX}))
                break
            try:
                _keep(line, owners, actor, now)
                kept += 1
            except AnswerError as error:
                refused.append((number, str(error)))
    except csv.Error:  # a cell that does not end
        refused.append((number + 1, _unreadable()))
    return Brought(kept, tuple(refused))


def _unreadable() -> str:
    return _("The file could not be read: save it as CSV in UTF-8.")


def _keep(line: dict[str, str | None], owners: dict[str, int], actor: str, now: datetime) -> None:
    def value(name: str) -> str:
        said = (line.get(name) or "").strip()
        # What an export has put before a formula is none of the words.
        return said[1:] if said[:2] in ("'=", "'+", "'-", "'@") else said

    code, owner = value("code"), value("owner")
    if not code or len(code) > 40 or not code.replace("_", "").replace("-", "").isalnum():
        raise AnswerError({"code": _("The code must be letters, digits, - and _, at most 40.")})
    if owner and owner not in owners:
        raise AnswerError({"owner": _("This colleague cannot do tasks.")})
    draft = AnswerDraft(
        title=value("title"),
        words={one: separated(value(f"words_{one}")) for one in LANGUAGES},
        texts={one: value(f"text_{one}") for one in LANGUAGES},
        link=value("link"),
        owner_id=owners.get(owner),
        valid_from=_day(value("valid_from")),
        valid_until=_day(value("valid_until")),
    )
    there = HouseAnswer.objects.filter(code=code).values_list("pk", flat=True).first()
    save_answer(draft=draft, answer_id=there, code=code, actor=actor, now=now)


def separated(text: str) -> tuple[str, ...]:
    """Words that stand with semicolons or on lines of their own, each once."""
    return tuple(dict.fromkeys(one.strip() for one in text.translate(SEPARATORS).split(";") if one.strip()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise AnswerError({"valid": _("Days are written as 2026-12-31.")}) from None


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030", "big5hkscs"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise AnswerError({"file": _unreadable()})
