"""Make the messages of a mailing, part by part; several workers may, and any may die at any moment.

A part is leased for a while and written in one transaction, under message ids that follow from mailing and
customer: who prepares a part a second time finds its messages there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ContentError, TextView
from keepwell.outreach.content.services import Prepared, choose_text, prepare, values_of
from keepwell.outreach.mailings.contracts import Status
from keepwell.outreach.mailings.models import LeftOut, Mailing, MailingPart
from keepwell.outreach.sending.contracts import Draft, Recipe
from keepwell.outreach.sending.services.queueing import queue
from keepwell.outreach.sending.wording import STAND_INS

LEASE = timedelta(minutes=10)
CODES = frozenset({"nobody_served", "missing_value", "no_such_customer"})


def work_waits(*, now: datetime) -> bool:
    """Whether a part waits for somebody to prepare it."""
    return _open(now).exists()


def prepare_next(*, now: datetime) -> int | None:
    """Prepare one part; how many messages are new, None where no part waits."""
    part = _lease(now)
    if part is None:
        return None
    mailing = part.mailing
    members = segments.member_ids(mailing.segment_id, between=(part.first_id, part.last_id))
    maker = Maker(mailing, now)
    drafts, left_out = maker.make(list(members))
    with transaction.atomic():
        locked = MailingPart.objects.select_for_update().get(pk=part.pk)
        row = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if locked.done_at is not None or row.status != Status.PREPARING:
            return 0
        fresh = queue(drafts=drafts, actor=row.confirmed_by, now=now, held=row.paused)
        LeftOut.objects.bulk_create(left_out, ignore_conflicts=True)
        locked.done_at, locked.queued, locked.left_out = now, len(drafts), len(left_out)
        locked.save(update_fields=["done_at", "queued", "left_out"])
        if not row.parts.filter(done_at=None).exists():
            row.status = Status.GOING
            row.save(update_fields=["status"])
    return fresh


def _open(now: datetime) -> QuerySet[MailingPart]:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return MailingPart.objects.filter(free, done_at=None, mailing__status=Status.PREPARING)


def _lease(now: datetime) -> MailingPart | None:
    with transaction.atomic():
        waiting = _open(now).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        part: MailingPart | None = waiting.first()
        if part is not None:
            part.lease_until = now + LEASE
            part.save(update_fields=["lease_until"])
    return part


class Maker:
    """Makes drafts of one mailing; each text is prepared once."""

    def __init__(self, mailing: Mailing, now: datetime) -> None:
        self._mailing, self._now = mailing, now
        version = content.version(mailing.template_code, mailing.template_version or 0)
        self._texts: Sequence[TextView] = version.texts if version else ()
        self._prepared: dict[int, Prepared] = {}

    def make(self, customer_ids: Sequence[str]) -> tuple[list[Draft], list[LeftOut]]:
        """A draft for each customer that one can be made for, and why not for the others."""
        chosen = self._choose(customer_ids)
        values = self._values({one: text for one, text in chosen.items() if text is not None})
        drafts, left_out = [], []
        for customer_id in customer_ids:
            try:
                drafts.append(self._draft(customer_id, chosen, values))
            except ContentError as error:
                code = error.code if error.code in CODES else "bad_text"
                figure = str(error.figures.get("variable", error.code))[:80]
                row = LeftOut(mailing=self._mailing, customer_id=customer_id, code=code, figure=figure)
                left_out.append(row)
        return drafts, left_out

    def _choose(self, customer_ids: Sequence[str]) -> dict[str, TextView | None]:
        readers = content.readers(customer_ids)
        return {one: choose_text(self._texts, reader) for one, reader in readers.items()}

    def _values(self, chosen: Mapping[str, TextView]) -> dict[str, dict[str, Any]]:
        texts = {text.text_id: text for text in chosen.values()}
        wanted = {name for text in texts.values() for name in self._text(text).variables()}
        languages = {one: text.language for one, text in chosen.items()}
        return values_of(languages, wanted=frozenset(wanted), now=self._now)

    def _draft(
        self,
        customer_id: str,
        chosen: Mapping[str, TextView | None],
        values: Mapping[str, Mapping[str, Any]],
    ) -> Draft:
        if customer_id not in chosen:
            raise ContentError("no_such_customer")
        text = chosen[customer_id]
        if text is None:
            raise ContentError("nobody_served")
        one = self._text(text)
        needed = {
            name: value for name in one.variables() if (value := values[customer_id].get(name)) is not None
        }
        # Made once now, so that whoever cannot be written to is known before anything goes.
        one.fill({**needed, **STAND_INS})
        mailing = self._mailing
        return Draft(
            key=f"mailing/{mailing.pk}/{customer_id}",
            customer_id=customer_id,
            channel=mailing.channel,
            purpose=mailing.purpose,
            recipe=Recipe(text.text_id, mailing.brand_version or 0, needed),
            language=one.language,
            content=mailing.template_code,
            priority=mailing.priority,
            due_at=mailing.send_at,
            not_after=(mailing.send_at or self._now) + timedelta(days=mailing.keep_trying_days),
            origin=f"mailing:{mailing.pk}",
        )

    def _text(self, text: TextView) -> Prepared:
        if text.text_id not in self._prepared:
            self._prepared[text.text_id] = prepare(
                text_id=text.text_id, brand_version=self._mailing.brand_version
            )
        return self._prepared[text.text_id]
