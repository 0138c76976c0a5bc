"""What guests are sent: the invitation, a place that became free, reminders, that it is off, how it was.

Everything goes through the queue and so past the contact policy. The words are in the language of the guest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.customers import queries as customers
from keepwell.outreach import users
from keepwell.outreach.content.queries import addressing
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.services import queueing
from keepwell.plays.care import core, invitations
from keepwell.plays.care.contracts import CareError
from keepwell.plays.care.models import Activity, Guest
from keepwell.plays.care.services.checks import OPEN, locked, note

ACTOR = "keepwell"
ASKED_AFTER = timedelta(hours=18)  # the evening after, or the next day
ASKED_WITHIN = timedelta(days=14)
ASKED_MAX = 500
SUBJECT_MAX = 200


@dataclass(frozen=True)
class Reader:
    """Whom a message goes to."""

    name: str
    language: str


def invite(
    *,
    activity_id: int,
    guest_ids: Collection[int],
    owner_ids: Collection[int] | None,
    actor: str,
    now: datetime,
) -> int:
    """Queue an invitation for each of these guests; the contact policy decides on it. How many are new.

    Only guests whom these users look after now are invited; None invites everybody's. Raises CareError for an
    activity that is over, or where marketing cannot go yet.
    """
    with transaction.atomic():
        row = locked(activity_id)
        if row.status not in OPEN or row.at <= now:
            raise CareError(_("Nobody can be invited any more."))
        wanted = Guest.objects.select_for_update().filter(
            activity=row, pk__in=set(guest_ids), state="proposed"
        )
        if owner_ids is not None:
            wanted = wanted.filter(customer_id__in=customers.owned_by(owner_ids))
        guests = list(wanted.order_by("pk"))
        readers = _readers(guests)
        try:
            queued = queueing.queue(
                drafts=[
                    _invitation(row, one, readers[one.customer_id])
                    for one in guests
                    if one.customer_id in readers
                ],
                actor=actor,
                now=now,
            )
        except NotReadyError as error:
            raise CareError(
                _("Invitations cannot be sent yet: say who the sender is, under Templates, Brand (%(code)s).")
                % {"code": error.code}
            ) from error
        for guest in guests:
            guest.state, guest.invited_at = "invited", now
            guest.message_id = queueing.message_id(key_of(guest))
        Guest.objects.bulk_update(guests, ["state", "invited_at", "message_id"])
        row.status = "inviting"
        row.save(update_fields=["status"])
        note(row, "care.activity.invite", actor, now, {"guests": len(guests)})
    return queued


def key_of(guest: Guest) -> str:
    """The key of the message that invites a guest who is proposed; another where one did not go before."""
    return f"care-guest:{guest.pk}:{guest.message_id}" if guest.message_id else f"care-guest:{guest.pk}"


def _readers(guests: Iterable[Guest]) -> dict[str, Reader]:
    found = customers.addressees({one.customer_id for one in guests})
    known = invitations.LANGUAGES
    spoken = {number: addressing.spoken(one.language, one.country, known) for number, one in found.items()}
    return {
        number: Reader(one.name or "", spoken[number] if spoken[number] in known else known[0])
        for number, one in found.items()
    }


def _hello(reader: Reader) -> str:
    return _("Dear %(name)s,") % {"name": reader.name} if reader.name else _("Dear customer,")


def _where(row: Activity) -> list[str]:
    parts = [_("When: %(at)s") % {"at": _when(row)}]
    if row.place:
        parts.append(_("Where: %(place)s") % {"place": row.place})
    if row.hosts:
        parts.append(_("You meet: %(hosts)s") % {"hosts": row.hosts})
    return parts


def _when(row: Activity) -> str:
    return invitations.when(row.at, users.zone_of(row.owner))


def _link(guest: Guest) -> str:
    """Where the guest answers; "" where nobody could open it, or they were invited by word of mouth."""
    if not guest.message_id and guest.state != "proposed":
        return ""
    name = queueing.message_id(key_of(guest)) if guest.state == "proposed" else guest.message_id
    return "" if addresses.unreachable() else addresses.guest_url(name)


def _invitation(row: Activity, guest: Guest, reader: Reader) -> Draft:
    with translation.override(reader.language):
        parts = [_hello(reader), invitations.text(row.kind, row.texts, row.text, reader.language)]
        parts += ["\n".join(_where(row))]
        link = _link(guest)
        asked = _("Please tell us whether you come: yes, no or perhaps.")
        if link:
            asked = _("Please tell us here whether you come: %(link)s") % {"link": link}
        parts.append(asked)
        subject = row.subject or _("Invitation: %(name)s") % {"name": row.name}
    return _draft(row, guest, reader, key_of(guest), subject, parts, purpose="marketing")


def _draft(
    row: Activity,
    guest: Guest,
    reader: Reader,
    key: str,
    subject: str,
    parts: list[str],
    *,
    purpose: str = "service",
    not_after: datetime | None = None,
) -> Draft:
    return Draft(
        key=key,
        customer_id=guest.customer_id,
        channel=row.channel,
        purpose=purpose,
        subject=subject[:SUBJECT_MAX],
        text="\n\n".join(part for part in parts if part),
        language=reader.language,
        content=f"activity-{row.pk}",
        not_after=not_after or row.at,
        origin=f"care-activity:{row.pk}",
    )


def tell_places(row: Activity, promoted: list[Guest], *, actor: str, now: datetime) -> int:
    """Tell guests of the waiting list that they have a place now; `waits_since` still says since when."""
    drafts, readers = [], _readers(promoted)
    for guest in promoted:
        reader = readers.get(guest.customer_id)
        if reader is None or guest.waits_since is None:
            continue
        with translation.override(reader.language):
            seats = 1 + guest.party
            parts = [
                _hello(reader),
                ngettext(
                    "A place has become free: you are expected.",
                    "%(count)s places have become free: you are expected.",
                    seats,
                )
                % {"count": seats},
                "\n".join(_where(row)),
            ]
            if link := _link(guest):
                parts.append(_("If you cannot come, please say so here: %(link)s") % {"link": link})
            subject = _("You have a place: %(name)s") % {"name": row.name}
        key = f"care-place:{guest.pk}:{int(guest.waits_since.timestamp())}"
        drafts.append(_draft(row, guest, reader, key, subject, parts))
    return queueing.queue(drafts=drafts, actor=actor, now=now)


def tell_off(row: Activity, *, actor: str, now: datetime) -> int:
    """Tell everybody who comes, may come or waits that the activity is called off."""
    if row.at <= now:
        return 0
    guests = list(Guest.objects.filter(activity=row, state__in=("yes", "perhaps", "waiting")))
    drafts, readers = [], _readers(guests)
    for guest in guests:
        reader = readers.get(guest.customer_id)
        if reader is None:
            continue
        with translation.override(reader.language):
            said = {"name": row.name, "at": _when(row)}
            parts = [_hello(reader), _("We are sorry: “%(name)s” on %(at)s does not take place.") % said]
            subject = _("Called off: %(name)s") % said
        drafts.append(_draft(row, guest, reader, f"care-off:{guest.pk}", subject, parts))
    return queueing.queue(drafts=drafts, actor=actor, now=now)


def remind(*, now: datetime) -> int:
    """Remind who comes of activities whose reminder is due; each guest once of each, how many are new.

    Who said yes after a reminder was due needs none: the next one reaches them.
    """
    total = 0
    for row in Activity.objects.filter(status="inviting", at__gt=now).exclude(remind_days=[]):
        due = core.reminder(row.at, row.remind_days, now)
        if due is None:
            continue
        days, since = due
        with transaction.atomic():
            row = locked(row.pk)
            waiting = Guest.objects.select_for_update().filter(activity=row, state="yes")
            waiting = waiting.filter(answered_at__lt=since).order_by("pk")
            guests = [one for one in waiting if one.reminded_days != days]
            total += queueing.queue(drafts=_reminders(row, guests, days), actor=ACTOR, now=now)
            for guest in guests:
                guest.reminded_days = days
            Guest.objects.bulk_update(guests, ["reminded_days"], batch_size=500)
    return total


def _reminders(row: Activity, guests: list[Guest], days: int) -> list[Draft]:
    drafts, readers = [], _readers(guests)
    for guest in guests:
        reader = readers.get(guest.customer_id)
        if reader is None:
            continue
        with translation.override(reader.language):
            parts = [
                _hello(reader),
                _("We look forward to seeing you: %(name)s.") % {"name": row.name},
                "\n".join(_where(row)),
            ]
            if link := _link(guest):
                parts.append(_("Calendar entry and changes: %(link)s") % {"link": link})
            subject = _("We look forward to seeing you: %(name)s.") % {"name": row.name}
        drafts.append(
            _draft(row, guest, reader, f"care-remind:{guest.pk}:{row.at:%Y%m%d%H%M}:{days}", subject, parts)
        )
    return drafts


def ask(*, now: datetime) -> int:
    """Ask who was at an activity how it was, by the public questionnaire; each once, how many are new.

    Where nobody could open the questionnaire, or surveys cannot go yet, nobody is asked.
    """
    if addresses.unreachable():
        return 0
    waiting = Guest.objects.filter(state="attended", survey_id="", score=None)
    waiting = waiting.filter(activity__at__lte=now - ASKED_AFTER, activity__at__gt=now - ASKED_WITHIN)
    waiting = waiting.exclude(activity__status="cancelled")
    total = 0
    numbers = list(waiting.order_by("activity", "pk").values_list("pk", flat=True)[:ASKED_MAX])
    with transaction.atomic():
        rows = Guest.objects.select_for_update(of=("self",)).filter(pk__in=numbers, survey_id="")
        guests = list(rows.select_related("activity").order_by("pk"))
        readers = _readers(guests)
        drafts = []
        for guest in guests:
            key = f"care-asked:{guest.pk}"
            reader = readers.get(guest.customer_id)
            guest.survey_id = queueing.message_id(key)
            if reader is not None:
                drafts.append(_question(guest, reader, key, now))
        try:
            total = queueing.queue(drafts=drafts, actor=ACTOR, now=now)
        except NotReadyError:
            return 0  # asked once somebody has said who the sender is
        Guest.objects.bulk_update(guests, ["survey_id"], batch_size=500)
    return total


def _question(guest: Guest, reader: Reader, key: str, now: datetime) -> Draft:
    row = guest.activity
    with translation.override(reader.language):
        link = addresses.questions_url(queueing.message_id(key), addresses.AFTER_AN_ACTIVITY)
        parts = [
            _hello(reader),
            _("Thank you for being there: %(name)s. What should we keep, and what do better next time?")
            % {"name": row.name},
            _("Two questions, one minute: %(link)s") % {"link": link},
        ]
        subject = _("How was it? %(name)s") % {"name": row.name}
    draft = _draft(row, guest, reader, key, subject, parts, purpose="survey", not_after=now + ASKED_WITHIN)
    # Not with the invitations, which are taken out of the queue once somebody says that it took place.
    return replace(draft, origin=f"care-asked:{row.pk}")
