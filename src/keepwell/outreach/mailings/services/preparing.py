"""Make the messages of a mailing, part by part; several workers may, and any may die at any moment.

A part is leased for a while and written in one transaction, under message ids that follow from mailing and
customer: who prepares a part a second time finds its messages there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from keepwell.insight.segments import queries as segments
from keepwell.outreach import managers, timing
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.controls import services as controls
from keepwell.outreach.controls.contracts import BOUND, Side
from keepwell.outreach.controls.queries import sides
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.coupons.services import with_text
from keepwell.outreach.mailings import reach
from keepwell.outreach.mailings.contracts import Status, Way
from keepwell.outreach.mailings.models import LeftOut, Mailing, MailingPart
from keepwell.outreach.mailings.rows import view
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.services.queueing import message_id, queue
from keepwell.outreach.tailoring.contracts import Choice
from keepwell.outreach.tailoring.services import keep
from keepwell.outreach.tailoring.wording import Tailored, Usual, words

log = logging.getLogger("keepwell.mailings")

# A part takes a second or two; whoever died with one should not keep its customers waiting.
LEASE = timedelta(minutes=3)
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
    said = reach.outcomes(view(mailing), customer_ids, now=now)
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
    drafts, left_out, chosen = [], [], []
    for way, members in reach.by_way(view(mailing), customer_ids, now=now):
        people = sending.people_of(members, mailing.role) if mailing.role else {}
        group = [one for one in members if one in people] if mailing.role else members
        left_out += [
            LeftOut(mailing=mailing, customer_id=one, code=reach.NOBODY_OF_ROLE)
            for one in members
            if mailing.role and one not in people
        ]
        said = _words(mailing, way, group, now, {one: person.name for one, person in people.items()})
        made = {one: tailored for one, tailored in said.items() if isinstance(tailored, Tailored)}
        due = _due(mailing, list(made), now)
        named = managers.senders(list(made), channel=way.channel, now=now) if mailing.from_manager else {}
        for one, tailored in made.items():
            draft = _draft(mailing, way, one, tailored, due[one], now)
            person = people.get(one)
            draft = replace(draft, sender=named.get(one), person_id=person.person_id if person else None)
            drafts.append(draft)
            if tailored.choice is not None:
                chosen.append((message_id(draft.key), one, tailored.choice))
        for one, error in said.items():
            if isinstance(error, ContentError):
                code = error.code if error.code in CODES else "bad_text"
                figure = str(error.figures.get("variable", error.code))[:80]
                left_out.append(LeftOut(mailing=mailing, customer_id=one, code=code, figure=figure))
    return drafts, left_out, chosen


def _words(
    mailing: Mailing, way: Way, customer_ids: Sequence[str], now: datetime, names: Mapping[str, str]
) -> dict[str, Tailored | ContentError]:
    version = content.version(way.template_code, way.version or 0)
    general = Usual(way.template_code, version.texts if version else (), mailing.brand_version or 0)
    return words(
        general,
        customer_ids,
        touchpoint=mailing.touchpoint,
        channel=way.channel,
        purpose=mailing.purpose,
        now=now,
        giving=partial(
            with_text,
            keys={one: _key(mailing, one) for one in customer_ids},
            origin=f"mailing:{mailing.pk}",
            actor=mailing.confirmed_by,
            now=now,
        ),
        role=mailing.role,
        names=names,
    )


def _due(mailing: Mailing, customer_ids: Sequence[str], now: datetime) -> dict[str, datetime | None]:
    """When each message goes: as the mailing says, or at the hour that suits, before the offer ends."""
    if not mailing.best_hour:
        return dict.fromkeys(customer_ids, mailing.send_at)
    names = {one: message_id(_key(mailing, one)) for one in customer_ids}
    ends = coupons.ends(names.values())
    last = _last(mailing, now)
    timed = timing.best_times(
        customer_ids,
        purpose=mailing.purpose,
        start=max(mailing.send_at or now, now),
        until={one: min(last, ends.get(name, last)) for one, name in names.items()},
        now=now,
    )
    return {one: found.at for one, found in timed.items()}


def _last(mailing: Mailing, now: datetime) -> datetime:
    return (mailing.send_at or now) + timedelta(days=mailing.keep_trying_days)


def _key(mailing: Mailing, customer_id: str) -> str:
    return f"mailing/{mailing.pk}/{customer_id}"


def _draft(
    mailing: Mailing, way: Way, customer_id: str, said: Tailored, due_at: datetime | None, now: datetime
) -> Draft:
    return Draft(
        key=_key(mailing, customer_id),
        customer_id=customer_id,
        channel=way.channel,
        purpose=mailing.purpose,
        recipe=said.worded.recipe,
        language=said.worded.language,
        content=said.content,
        priority=mailing.priority,
        due_at=due_at,
        not_after=_last(mailing, now),
        origin=f"mailing:{mailing.pk}",
    )
