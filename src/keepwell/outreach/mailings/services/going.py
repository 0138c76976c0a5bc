"""Confirm a mailing, hold it, let it go on, stop it; it ends by itself when nothing of it waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import transaction

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Approvable
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.controls import services as controls
from keepwell.outreach.controls.contracts import BOUND
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.mailings.contracts import MailingError, MailingView, Status, Way
from keepwell.outreach.mailings.models import Mailing, MailingPart
from keepwell.outreach.mailings.rows import view
from keepwell.outreach.mailings.services.drafting import draft, log
from keepwell.outreach.policy.contracts import PROMOTIONAL
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.approved import queries as approved
from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.sending.services import queueing

PART = 2_000
REASON_MAX = 200
LIVE = (Status.PREPARING, Status.GOING)


def problems(row: MailingView | Mailing, *, now: datetime) -> dict[str, str]:
    """Why a draft cannot go as things are, by field; empty where it can."""
    one = row if isinstance(row, MailingView) else view(row)
    found: dict[str, str] = {}
    for place, way in enumerate(one.ways):
        names = ("template_code", "channel") if not place else (f"others.{place - 1}",) * 2
        for name, code in zip(names, _of_way(way, one.purpose), strict=True):
            if code:
                found.setdefault(name, code)
        if one.purpose in PROMOTIONAL and (unready := addresses.ready(way.channel)):
            found["marks"] = unready
    if row.send_at is not None and row.send_at < now:
        found["send_at"] = "past"
    return found


def _of_way(way: Way, purpose: str) -> tuple[str, str]:
    """Why its text and its channel cannot go as things are; "" where they can."""
    text = channel = ""
    if content.published(way.template_code) is None:
        text = "not_published"
    elif coupons.lacking([way.template_code]):
        text = "no_offer"
    account = sending.in_use(way.channel)
    if account is None:
        channel = "no_account"
    elif approved.unapproved(account.account_id, way.template_code, purpose=purpose):
        channel = "no_provider_template"
    return text, channel


def confirm(*, mailing_id: int, revision: int, typed: int | None, actor: str, now: datetime) -> MailingView:
    """Let a mailing go: its text is fixed, its members are counted and parted; audited.

    `typed` is the number of members as somebody has read it. Raises MailingError for whatever is missing,
    and where the number is not that of the members now.
    """
    with transaction.atomic():
        row = draft(mailing_id, revision)
        found = problems(row, now=now)
        if accounts.needs_another(Approvable.MAILING, actor=actor, writers={row.created_by}):
            found["typed"] = "own_work"
        version = content.published(row.template_code)
        if found or version is None:
            raise MailingError(found)
        parts = list(_parts(row))
        members = sum(part.size for part in parts)
        if not members:
            raise MailingError({"segment_id": "empty"})
        if typed != members:
            raise MailingError({"typed": "wrong_count"})
        MailingPart.objects.bulk_create(parts, batch_size=1_000)
        row.others = [
            [channel, code, published.number if (published := content.published(code)) else None]
            for channel, code, _version in row.others
        ]
        row.template_version, row.brand_version = version.number, content.brand().version
        row.status, row.audience = Status.PREPARING, members
        row.confirmed_at, row.confirmed_by = now, actor
        row.save()
        share = row.control_share if row.purpose in BOUND else 0.0
        log(
            "mailing.confirm",
            row,
            {"members": members, "version": version.number, "control": share},
            actor,
            now,
        )
    return view(row)


def pause(*, mailing_id: int, actor: str, now: datetime, reason: str = "") -> MailingView:
    """Nothing of it goes until it is resumed; what is on its way arrives."""
    return _hold(mailing_id, True, actor, now, reason)


def resume(*, mailing_id: int, actor: str, now: datetime) -> MailingView:
    """Let it go on."""
    return _hold(mailing_id, False, actor, now)


def stop(*, mailing_id: int, actor: str, now: datetime, reason: str = "") -> MailingView:
    """End it: what waits is taken back for good, what has gone has gone; audited.

    Where nothing has gone there is nothing to compare either: nobody is control of it any more.
    """
    with transaction.atomic():
        row = _live(mailing_id)
        row.status, row.ended_at, row.paused = Status.STOPPED, now, False
        row.save(update_fields=["status", "ended_at", "paused"])
        taken = queueing.take_back_all(origin=view(row).origin, actor=actor, now=now)
        if not sending.any_went(view(row).origin):
            controls.drop(origin=view(row).origin)
        log("mailing.stop", row, {"taken_back": taken, **_said(reason)}, actor, now)
    return view(row)


def settle(*, now: datetime) -> int:
    """End the mailings of which nothing waits any more; how many."""
    ended = 0
    for row in Mailing.objects.filter(status=Status.GOING):
        if not sending.is_open(f"mailing:{row.pk}"):
            ended += Mailing.objects.filter(pk=row.pk, status=Status.GOING).update(
                status=Status.DONE, ended_at=now
            )
    return ended


def _said(reason: str) -> dict[str, object]:
    return {"reason": reason.strip()[:REASON_MAX]} if reason.strip() else {}


def _hold(mailing_id: int, paused: bool, actor: str, now: datetime, reason: str = "") -> MailingView:
    with transaction.atomic():
        row = _live(mailing_id)
        if row.paused != paused:
            row.paused = paused
            row.save(update_fields=["paused"])
            queueing.hold(origin=view(row).origin, held=paused)
            log("mailing.pause" if paused else "mailing.resume", row, _said(reason), actor, now)
    return view(row)


def _live(mailing_id: int) -> Mailing:
    row = Mailing.objects.select_for_update().get(pk=mailing_id)
    if row.status not in LIVE:
        raise MailingError({"": "ended"})
    return row


def _parts(row: Mailing) -> Iterator[MailingPart]:
    """The members in stretches, by the database's own order of their numbers."""
    members = segments.member_ids(row.segment_id)
    while chunk := list(islice(members, PART)):
        yield MailingPart(mailing=row, first_id=chunk[0], last_id=chunk[-1], size=len(chunk))
