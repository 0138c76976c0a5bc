"""Answers of the house: written, approved by whoever may, put to use and taken out of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Approvable
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.firstreply import rulebook, texts
from keepwell.outreach.firstreply.contracts import GAP, AnswerDraft, AnswerError, NoAnswerError, State
from keepwell.outreach.firstreply.models import HouseAnswer


def save_answer(
    *,
    draft: AnswerDraft,
    actor: str,
    now: datetime,
    answer_id: int | None = None,
    code: str = "",
    revision: int | None = None,
) -> int:
    """Keep an answer as a draft, a new one without `answer_id`; its number. One in use is out of use then.

    The same as before changes nothing. Raises AnswerError, also where somebody else has changed it since
    `revision`, and NoAnswerError.
    """
    problems = rulebook.check_answer(draft, owners=users.workers())
    if problems:
        raise AnswerError(problems)
    with transaction.atomic():
        if answer_id is None:
            row = HouseAnswer(code=code or uuid4().hex[:12], created_at=now, created_by=actor)
            before: dict[str, Any] = {}
        else:
            row = locked(answer_id)
            before = _values(row)
            if revision is not None and row.revision != revision:
                raise AnswerError({"title": _("Somebody else has changed it since. Please look again.")})
            row.revision += 1
        values = {
            "title": draft.title,
            "words": {one: list(words) for one, words in draft.words.items() if words},
            "texts": {one: text for one, text in draft.texts.items() if text},
            "link": draft.link,
            "owner_id": draft.owner_id,
            "valid_from": draft.valid_from,
            "valid_until": draft.valid_until,
        }
        if before == values:
            return int(row.pk)
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at, row.updated_by = now, actor
        row.state, row.approved_at, row.approved_by = State.DRAFT, None, ""
        row.save()
        _audit(row, "save", actor, now)
    return int(row.pk)


def _values(row: HouseAnswer) -> dict[str, Any]:
    names = ("title", "words", "texts", "link", "owner_id", "valid_from", "valid_until")
    return {name: getattr(row, name) for name in names}


def approve(*, answer_id: int, revision: int, actor: str, now: datetime) -> None:
    """Put an answer to use. Raises AnswerError for one with gaps or without a text in a language that it
    answers to, that was changed since, or that somebody else than its writer must approve.
    """
    with transaction.atomic():
        row = locked(answer_id)
        if row.revision != revision:
            raise AnswerError({"title": _("Somebody else has changed it since. Please look again.")})
        if row.state == State.IN_USE:
            return
        if any(GAP in text for text in (*row.texts.values(), row.link)):
            raise AnswerError({"texts": _("It still has a gap [[…]]: fill it in first.")})
        if set(row.words) - set(row.texts):
            raise AnswerError({"texts": _("It answers to words of a language in which it says nothing.")})
        writers = {row.created_by, row.updated_by}
        if accounts.needs_another(Approvable.TEXT, actor=actor, writers=writers):
            raise AnswerError(
                {"title": _("Somebody else must approve this: whoever wrote it does not decide on it.")}
            )
        row.state, row.approved_at, row.approved_by = State.IN_USE, now, actor
        row.save(update_fields=["state", "approved_at", "approved_by"])
        _audit(row, "approve", actor, now)


def take_out(*, answer_id: int, actor: str, now: datetime) -> None:
    """Take an answer out of use; it can be approved again."""
    with transaction.atomic():
        row = locked(answer_id)
        if row.state == State.OFF:
            return
        row.state = State.OFF
        row.save(update_fields=["state"])
        _audit(row, "take_out", actor, now)


def add_ready_made(*, actor: str, now: datetime) -> int:
    """Add the ready-made answers that are not there, as drafts with gaps; how many."""
    there = set(HouseAnswer.objects.filter(code__in=texts.SEEDS).values_list("code", flat=True))
    missing = {code: draft for code, draft in texts.SEEDS.items() if code not in there}
    for code, draft in missing.items():
        save_answer(draft=draft, code=code, actor=actor, now=now)
    return len(missing)


def locked(answer_id: int) -> HouseAnswer:
    """The answer, locked until the transaction ends; raises NoAnswerError."""
    row = HouseAnswer.objects.select_for_update(of=("self",)).filter(pk=answer_id).first()
    if row is None:
        raise NoAnswerError(answer_id)
    return row


def _audit(row: HouseAnswer, action: str, actor: str, now: datetime) -> None:
    details: Mapping[str, Any] = {"code": row.code, "title": row.title, "revision": row.revision}
    audit.log(
        actor=actor,
        action=f"house_answer.{action}",
        object_type="house_answer",
        object_id=str(row.pk),
        details=dict(details),
        at=now,
    )
