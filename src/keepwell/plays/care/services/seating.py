"""Who has a seat: answers of guests, the waiting list, who came in.

Everything is done under the lock of the activity, so that two who answer at once never share the last seat.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.customers import queries as customers
from keepwell.outreach.sending.services import noting
from keepwell.plays.care import core, facts
from keepwell.plays.care.contracts import CareError, GuestAnswer, GuestView, NoPlanError
from keepwell.plays.care.models import Activity, Guest
from keepwell.plays.care.queries import activities
from keepwell.plays.care.queries.activities import SEATED
from keepwell.plays.care.services import checks, inviting

CUSTOMER = "customer"
ANSWERS = ("yes", "no", "perhaps")
CAME = ("attended", "missed")
WISH_MAX = 500
SEAT_MAX = 20


def say(*, message_id: str, given: GuestAnswer, now: datetime) -> GuestView | None:
    """Keep what the guest of an invitation answers; again changes it. None where they are gone.

    Who says yes gets seats for themselves and whom they bring, or a place on the waiting list; who gives
    seats back, makes room for those who wait. The answer is a fact; their words stay sealed.

    Raises CareError once answers are closed, where somebody who comes wants to bring more than there are
    seats for (they keep what they have), and ValueError for an answer that the page does not offer.
    """
    with transaction.atomic():
        found = _invited(message_id)
        if found is None or customers.get(found.customer_id) is None:
            return None
        row = checks.locked(found.activity_id)
        guest = Guest.objects.select_for_update().get(pk=found.pk)
        _check(row, guest, given, now)
        before = (guest.state, guest.party, guest.diet, guest.needs, guest.question)
        guest.party = given.party if given.state == "yes" else 0
        guest.state = _state(row, guest, before[0], before[1], given.state, now)
        guest.waits_since = _since(guest, now)
        guest.diet, guest.needs, guest.question = given.diet, given.needs, given.question
        if before == (guest.state, guest.party, guest.diet, guest.needs, guest.question):
            return activities.guest_view(guest)
        guest.answered_at = now
        guest.save()
        facts.invitation_answer(guest, now, row.kind)
        noting.note_answered(message_id=message_id, at=now)
        _log(row, guest, CUSTOMER, now)
        fill(row, actor=CUSTOMER, now=now)
        guest.refresh_from_db()
        return activities.guest_view(guest)


def _invited(message_id: str) -> Guest | None:
    row = Guest.objects.filter(message_id=message_id).first() if message_id else None
    return activities.standing(row) if row else None


def _check(row: Activity, guest: Guest, given: GuestAnswer, now: datetime) -> None:
    if row.status not in checks.OPEN or now >= min(row.closes_at or row.at, row.at) or guest.state in CAME:
        raise CareError(_("Answers can no longer be changed here. Please write to us or ring us up."))
    if given.state not in ANSWERS or not 0 <= given.party <= row.party_max:
        raise ValueError("answer: not among those offered")
    if any(len(words) > WISH_MAX for words in (given.diet, given.needs, given.question)):
        raise ValueError(f"wishes: at most {WISH_MAX} characters")


def _state(row: Activity, guest: Guest, before: str, party: int, wanted: str, now: datetime) -> str:
    """What a wish comes to: a seat or a place on the waiting list. `guest.party` is the new one."""
    if wanted != "yes":
        return wanted
    had = 1 + party if before == "yes" else 0
    free = row.capacity - activities.taken(row.pk)
    if 1 + guest.party - had <= max(0, free):
        return "yes"
    if had:
        raise CareError(
            ngettext(
                "There is only %(count)s more seat; yours is kept.",
                "There are only %(count)s more seats; yours is kept.",
                max(0, free),
            )
            % {"count": max(0, free)}
        )
    return "waiting"


def _since(guest: Guest, now: datetime) -> datetime | None:
    return (guest.waits_since or now) if guest.state == "waiting" else None


def fill(row: Activity, *, actor: str, now: datetime) -> int:
    """Give free seats to who waits, first come, first served, and tell them; how many guests it was.

    `row` is locked by whoever asks.
    """
    if row.status not in checks.OPEN or row.at <= now:
        return 0
    free = row.capacity - activities.taken(row.pk)
    if free <= 0:
        return 0
    waiting = list(
        Guest.objects.select_for_update().filter(activity=row, state="waiting").order_by("waits_since", "pk")
    )
    chosen = set(core.promoted([(one.pk, 1 + one.party) for one in waiting], free))
    promoted = [one for one in waiting if one.pk in chosen]
    inviting.tell_places(row, promoted, actor=actor, now=now)
    for guest in promoted:
        guest.state, guest.waits_since, guest.answered_at = "yes", None, now
        facts.invitation_answer(guest, now, row.kind)
        _log(row, guest, actor, now)
    Guest.objects.bulk_update(promoted, ["state", "waits_since", "answered_at"])
    return len(promoted)


def fill_all(*, now: datetime) -> int:
    """Give seats that became free otherwise, as when somebody was erased, to who waits; how many guests."""
    numbers = Guest.objects.filter(state="waiting", activity__status__in=checks.OPEN, activity__at__gt=now)
    total = 0
    for number in sorted(set(numbers.values_list("activity", flat=True))):
        with transaction.atomic():
            total += fill(checks.locked(number), actor=inviting.ACTOR, now=now)
    return total


def answer(
    *,
    guest_id: int,
    actor: str,
    now: datetime,
    state: str = "",
    score: int | None = None,
    feedback: str = "",
    party: int | None = None,
    seat: str | None = None,
) -> None:
    """Note what a guest answered, with whom, where they sit, whether they came, and how it was.

    Raises CareError where it is full: the waiting list is a state of its own.
    """
    if score is not None and score not in range(1, 6):
        raise CareError(_("Please choose a score from 1 to 5."))
    if state and state not in (*ANSWERS, *CAME, "waiting", "proposed"):
        raise CareError(_("There is no such answer."))
    with transaction.atomic():
        row = checks.locked(_guest(guest_id).activity_id)
        guest = activities.standing(Guest.objects.get(pk=guest_id))
        guest = Guest.objects.select_for_update().get(pk=guest.pk)
        before, had = guest.state, guest.party
        guest.state = state or guest.state
        guest.party = _party(row, guest, had if party is None else party)
        _room(row, guest, before, had)
        if state and state != before:
            guest.answered_at = now
            guest.waits_since = _since(guest, now)
        _attend(row, guest, before, now)
        guest.feedback = checks.text(feedback) or guest.feedback
        guest.seat = guest.seat if seat is None else seat.strip()[:SEAT_MAX]
        if score is not None:
            guest.score = score
            facts.guest_answer(guest, score, now, row.kind)
        guest.save()
        if guest.state in (*ANSWERS, "waiting") and guest.state != before:
            facts.invitation_answer(guest, now, row.kind)
        _log(row, guest, actor, now)
        fill(row, actor=actor, now=now)


def _guest(guest_id: int) -> Guest:
    guest = Guest.objects.filter(pk=guest_id).first()
    if guest is None:
        raise NoPlanError(guest_id)
    return guest


def _party(row: Activity, guest: Guest, wanted: int) -> int:
    if guest.state not in (*SEATED, "missed", "waiting"):
        return 0
    if not 0 <= wanted <= max(row.party_max, guest.party):
        raise CareError(
            ngettext(
                "A guest may bring %(count)s person.", "A guest may bring %(count)s people.", row.party_max
            )
            % {"count": row.party_max}
        )
    return wanted


def _room(row: Activity, guest: Guest, before: str, had: int) -> None:
    """Raise CareError where a guest would take seats that are not there."""
    held = 1 + had if before in SEATED else 0
    needs = 1 + guest.party if guest.state in SEATED else 0
    if needs > held and needs - held > row.capacity - activities.taken(row.pk):
        raise CareError(_("All seats are taken."))


def _attend(row: Activity, guest: Guest, before: str, now: datetime) -> None:
    """Note that somebody came in, or did not after all."""
    if guest.state == "attended" and before != "attended":
        guest.came_at = now
        facts.came(guest, now, row.kind)
    elif before == "attended" and guest.state != "attended":
        guest.came_at = None
        facts.came(guest, now, row.kind, withdrawn=True)


def check_in(*, guest_id: int, here: bool, actor: str, now: datetime) -> None:
    """Note at the door that a guest is here, or was noted by mistake; raises CareError where it is full."""
    answer(guest_id=guest_id, state="attended" if here else "yes", actor=actor, now=now)


def _log(row: Activity, guest: Guest, actor: str, now: datetime) -> None:
    details = {
        "customer_id": guest.customer_id,
        "state": guest.state,
        "party": guest.party,
        "score": guest.score,
    }
    checks.note(row, "care.guest.answer", actor, now, details)
