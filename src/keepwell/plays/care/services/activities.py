"""Activities: planned, guests proposed and invited, answers, attendance, feedback, what to do better."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.customers.contracts import TRAIT_CODES
from keepwell.foundation.audit import services as audit
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.services import queueing
from keepwell.plays.care import defaults, facts
from keepwell.plays.care.contracts import CareError, NoPlanError
from keepwell.plays.care.models import Activity, Guest
from keepwell.plays.care.queries import activities, money
from keepwell.plays.care.services import checks

CHANNELS = ("email", "sms", "wecom", "whatsapp")
CAPACITY_MAX = 10_000
NAME_MAX = 120
LANGUAGES = ("en", "zh-hans", "zh-hant")
ANSWERS = ("yes", "no", "perhaps")
CAME = ("attended", "missed")
OPEN = ("planned", "inviting")


def save(*, values: Mapping[str, Any], actor: str, now: datetime, activity_id: int | None = None) -> int:
    """Plan an activity or change it; its number.

    `values`: name, kind, at, place, capacity, owner_id, budget, segment_id, interest, channel, subject, text.
    Raises CareError for what will not do.
    """
    if not str(values["name"]).strip() or len(str(values["name"])) > NAME_MAX:
        raise CareError(_("Please give it a name."))
    if values["kind"] not in defaults.ACTIVITY_KINDS or values["channel"] not in CHANNELS:
        raise CareError(_("Please choose kind and channel of the list."))
    if not 1 <= int(values["capacity"]) <= CAPACITY_MAX:
        raise CareError(_("Please say how many seats there are."))
    if values["interest"] and values["interest"] not in TRAIT_CODES["interest"]:
        raise CareError(_("Please choose a hobby of the list."))
    checks.amount(values["budget"])
    checks.text(str(values["text"]))
    with transaction.atomic():
        if activity_id is None:
            row = Activity.objects.create(
                **values,
                currency=money.currency(),
                checklist=[[code, False] for code in defaults.CHECKLIST],
                made_at=now,
                made_by=actor,
            )
        else:
            row = _locked(activity_id)
            for name, value in values.items():
                setattr(row, name, value)
            row.save(
                update_fields=[name.removesuffix("_id") if name == "owner_id" else name for name in values]
            )
        _log(row, "care.activity.save", actor, now, {"kind": row.kind, "capacity": row.capacity})
    return int(row.pk)


def propose(*, activity_id: int, owner_ids: Collection[int] | None, actor: str, now: datetime) -> int:
    """Put those whom the segment and the interest propose on the list; how many are new."""
    with transaction.atomic():
        row = _locked(activity_id)
        found = activities.candidates(activities.activity(activity_id), owner_ids=owner_ids)
        Guest.objects.bulk_create(
            [Guest(activity=row, customer_id=number, why=why) for number, why in found], ignore_conflicts=True
        )
        _log(row, "care.activity.propose", actor, now, {"guests": len(found)})
    return len(found)


def invite(*, activity_id: int, guest_ids: Collection[int], actor: str, now: datetime) -> int:
    """Queue an invitation for each of these guests; the contact policy decides on it. How many are new.

    Raises CareError without words, for an activity that is over, or where marketing cannot go yet.
    """
    with transaction.atomic():
        row = _locked(activity_id)
        if row.status not in OPEN or row.at <= now:
            raise CareError(_("Nobody can be invited any more."))
        if not row.text.strip():
            raise CareError(_("Please write the invitation first."))
        guests = list(
            Guest.objects.select_for_update().filter(activity=row, pk__in=set(guest_ids), state="proposed")
        )
        languages = {one.customer_id: customers.get(one.customer_id) for one in guests}
        drafts = []
        for guest in guests:
            record = languages[guest.customer_id]
            if record is not None:
                drafts.append(_draft(row, guest, record.name or "", record.language or ""))
        try:
            queued = queueing.queue(drafts=drafts, actor=actor, now=now)
        except NotReadyError as error:
            raise CareError(
                _("Invitations cannot be sent yet: say who the sender is, under Templates, Brand (%(code)s).")
                % {"code": error.code}
            ) from error
        for guest in guests:
            guest.state, guest.invited_at = "invited", now
            guest.message_id = queueing.message_id(_key(guest))
        Guest.objects.bulk_update(guests, ["state", "invited_at", "message_id"])
        row.status = "inviting"
        row.save(update_fields=["status"])
        _log(row, "care.activity.invite", actor, now, {"guests": len(guests)})
    return queued


def _key(guest: Guest) -> str:
    return f"care-guest:{guest.pk}"


def _draft(row: Activity, guest: Guest, name: str, language: str) -> Draft:
    language = language if language in LANGUAGES else "en"
    with translation.override(language):
        hello = _("Dear %(name)s,") % {"name": name} if name else _("Dear customer,")
        when = _("When: %(at)s") % {"at": date_format(localtime(row.at), "DATETIME_FORMAT")}
        parts = [hello, row.text, when]
        if row.place:
            parts.append(_("Where: %(place)s") % {"place": row.place})
        parts.append(_("Please tell us whether you come: yes, no or perhaps."))
    return Draft(
        key=_key(guest),
        customer_id=guest.customer_id,
        channel=row.channel,
        purpose="marketing",
        subject=row.subject or row.name,
        text="\n\n".join(parts),
        language=language,
        content=f"activity-{row.pk}",
        not_after=row.at,
        origin=f"care-activity:{row.pk}",
    )


def answer(
    *,
    guest_id: int,
    actor: str,
    now: datetime,
    state: str = "",
    score: int | None = None,
    feedback: str = "",
) -> None:
    """Note what a guest answered, whether they came, and how it was. Raises CareError where it is full."""
    if score is not None and score not in range(1, 6):
        raise CareError(_("Please choose a score from 1 to 5."))
    if state and state not in (*ANSWERS, *CAME, "proposed"):
        raise CareError(_("There is no such answer."))
    with transaction.atomic():
        guest = Guest.objects.select_related("activity").filter(pk=guest_id).first()
        if guest is None:
            raise NoPlanError(guest_id)
        _locked(guest.activity_id)  # so that two who answer at once do not share the last seat
        guest.refresh_from_db()
        seen = activities.activity(guest.activity_id)
        takes = state in ("yes", "attended") and guest.state not in ("yes", "attended", "missed")
        if takes and seen.coming >= seen.capacity:
            raise CareError(_("All seats are taken."))
        if state:
            guest.state, guest.answered_at = state, now
        guest.feedback = checks.text(feedback) or guest.feedback
        if score is not None:
            guest.score = score
            facts.guest_answer(guest, score, now, seen.kind)
        guest.save(update_fields=["state", "answered_at", "feedback", "score"])
        details = {"customer_id": guest.customer_id, "state": guest.state, "score": score}
        _log(guest.activity, "care.guest.answer", actor, now, details)


def check(*, activity_id: int, checked: Collection[str], own: str, actor: str, now: datetime) -> None:
    """Tick the checklist, and add a line of one's own."""
    with transaction.atomic():
        row = _locked(activity_id)
        row.checklist = [[code, code in checked] for code, _done in row.checklist]
        if said := own.strip()[:NAME_MAX]:
            row.checklist.append([said, False])
        row.save(update_fields=["checklist"])
        _log(row, "care.activity.check", actor, now, {"done": sum(done for _code, done in row.checklist)})


def close(
    *, activity_id: int, cost: Decimal | None, improvements: str, actor: str, now: datetime, held: bool = True
) -> None:
    """Say that it took place or was called off, what it cost, and what to do better next time (EMO-09).

    What waits of its invitations is taken out of the queue.
    """
    checks.amount(cost or Decimal(0))
    with transaction.atomic():
        row = _locked(activity_id)
        row.status = "held" if held else "cancelled"
        row.cost = cost
        row.improvements = checks.text(improvements) or row.improvements
        row.save(update_fields=["status", "cost", "improvements"])
        queueing.take_back_all(origin=f"care-activity:{row.pk}", actor=actor, now=now)
        _log(row, "care.activity.close", actor, now, {"status": row.status})


def _locked(activity_id: int) -> Activity:
    row = Activity.objects.select_for_update(of=("self",)).filter(pk=activity_id).first()
    if row is None:
        raise NoPlanError(activity_id)
    return row


def _log(row: Activity, action: str, actor: str, now: datetime, details: Mapping[str, Any]) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="care_activity",
        object_id=str(row.pk),
        details=details,
        at=now,
    )
