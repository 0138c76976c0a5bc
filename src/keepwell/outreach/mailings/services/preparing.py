"""Make the messages of a mailing, part by part; several workers may, and any may die at any moment.

A part is leased for a while and written in one transaction, under message ids that follow from mailing and
customer: who prepares a part a second time finds its messages there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.controls import services as controls
from keepwell.outreach.controls.contracts import BOUND, Side
from keepwell.outreach.controls.queries import sides
from keepwell.outreach.coupons.services import with_text
from keepwell.outreach.mailings import reach
from keepwell.outreach.mailings.contracts import Status
from keepwell.outreach.mailings.models import LeftOut, Mailing, MailingPart
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.services.queueing import message_id, queue
from keepwell.outreach.tailoring.contracts import Choice
from keepwell.outreach.tailoring.services import keep
from keepwell.outreach.tailoring.wording import Tailored, Usual, words

log = logging.getLogger("keepwell.mailings")

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
    members = list(segments.member_ids(mailing.segment_id, between=(part.first_id, part.last_id)))
    dealt = _dealt(mailing, members, now=now)
    kept = {number for number, side in dealt.items() if side.is_control}
    # No text is made for the control, and no code given.
    drafts, left_out, chosen = make(mailing, [one for one in members if one not in kept], now=now)
    with transaction.atomic():
        locked = MailingPart.objects.select_for_update().get(pk=part.pk)
        row = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if locked.done_at is not None or row.status != Status.PREPARING:
            return 0
        try:
            fresh = queue(drafts=drafts, actor=row.confirmed_by, now=now, held=row.paused)
        except NotReadyError as error:
            # What was there when it was confirmed is gone; the part is tried again when its lease is over.
            log.warning("mailing %s cannot be prepared: %s", row.pk, error.code)
            return 0
        controls.deal(
            origin=f"mailing:{row.pk}",
            share=row.control_share if dealt else 0.0,
            people=dict.fromkeys(dealt, max(row.send_at or now, now)),
            now=now,
        )
        keep(chosen=chosen, now=now)
        LeftOut.objects.bulk_create(left_out, ignore_conflicts=True)
        locked.done_at, locked.queued, locked.left_out = now, len(drafts), len(left_out)
        locked.control = len(kept)
        locked.save(update_fields=["done_at", "queued", "left_out", "control"])
        if not row.parts.filter(done_at=None).exists():
            row.status = Status.GOING
            row.save(update_fields=["status"])
    return fresh


def _dealt(mailing: Mailing, customer_ids: Sequence[str], *, now: datetime) -> dict[str, Side]:
    """The sides of those who could get it as things are; none where it is no marketing."""
    if mailing.purpose not in BOUND or not mailing.control_share:
        return {}
    said = reach.outcomes(mailing, customer_ids, now=now)
    could = [one for one, outcome in said.items() if reach.could_get(outcome)]
    return sides(f"mailing:{mailing.pk}", mailing.control_share, could)


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


def make(
    mailing: Mailing, customer_ids: Sequence[str], *, now: datetime
) -> tuple[list[Draft], list[LeftOut], list[tuple[str, str, Choice]]]:
    """A draft for each customer that one can be made for, why not for the others, and what was chosen."""
    version = content.version(mailing.template_code, mailing.template_version or 0)
    texts = version.texts if version else ()
    general = Usual(mailing.template_code, texts, mailing.brand_version or 0)
    found = words(
        general,
        customer_ids,
        touchpoint=mailing.touchpoint,
        channel=mailing.channel,
        purpose=mailing.purpose,
        now=now,
        giving=partial(
            with_text,
            keys={one: _key(mailing, one) for one in customer_ids},
            origin=f"mailing:{mailing.pk}",
            actor=mailing.confirmed_by,
            now=now,
        ),
    )
    drafts, left_out, chosen = [], [], []
    for customer_id, said in found.items():
        if isinstance(said, Tailored):
            draft = _draft(mailing, customer_id, said, now)
            drafts.append(draft)
            if said.choice is not None:
                chosen.append((message_id(draft.key), customer_id, said.choice))
        else:
            code = said.code if said.code in CODES else "bad_text"
            figure = str(said.figures.get("variable", said.code))[:80]
            row = LeftOut(mailing=mailing, customer_id=customer_id, code=code, figure=figure)
            left_out.append(row)
    return drafts, left_out, chosen


def _key(mailing: Mailing, customer_id: str) -> str:
    return f"mailing/{mailing.pk}/{customer_id}"


def _draft(mailing: Mailing, customer_id: str, said: Tailored, now: datetime) -> Draft:
    return Draft(
        key=_key(mailing, customer_id),
        customer_id=customer_id,
        channel=mailing.channel,
        purpose=mailing.purpose,
        recipe=said.worded.recipe,
        language=said.worded.language,
        content=said.content,
        priority=mailing.priority,
        due_at=mailing.send_at,
        not_after=(mailing.send_at or now) + timedelta(days=mailing.keep_trying_days),
        origin=f"mailing:{mailing.pk}",
    )
