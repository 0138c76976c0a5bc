"""What can be asked about mailings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from django.db.models import Count

from keepwell.insight.segments import queries as segments
from keepwell.outreach import managers
from keepwell.outreach.controls import queries as controls
from keepwell.outreach.controls.core import CONTROL
from keepwell.outreach.mailings import reach
from keepwell.outreach.mailings.contracts import Audience, MailingView, Progress
from keepwell.outreach.mailings.models import LeftOut
from keepwell.outreach.mailings.rows import counted, view
from keepwell.outreach.mailings.services.going import problems
from keepwell.outreach.policy.contracts import PROMOTIONAL
from keepwell.outreach.replying import hours
from keepwell.outreach.replying.contracts import HourOf
from keepwell.outreach.sending import queries as sending

SAMPLE = 2_000
EXAMPLES = 20
__all__ = ["audience", "left_out", "mailing", "mailings", "problems", "progress"]


def mailings(*, limit: int = 200) -> list[MailingView]:
    """The newest mailings."""
    return [view(row) for row in counted()[:limit]]


def mailing(mailing_id: int) -> MailingView | None:
    """One, or None."""
    row = counted().filter(pk=mailing_id).first()
    return view(row) if row else None


def audience(one: MailingView, *, now: datetime) -> Audience:
    """Who is in the segment, and what the policy would say of them now; of 2,000 spread over it at most.

    Whom the lot keeps as control is counted as that: the sides are those that the mailing will deal.
    """
    members = segments.size(one.segment_id)
    step = max(1, -(-members // SAMPLE))
    asked = list(islice(_every(segments.member_ids(one.segment_id), step), SAMPLE))
    channels: Counter[tuple[str, str]] = Counter()
    getting: Counter[str] = Counter()
    names: Counter[tuple[str, str]] = Counter()
    if one.others:
        fits = reach.ways_of(one, asked, now=now)
        channels.update((fit.best, fit.why(fit.best)) for fit in fits.values())
    groups = reach.by_way(one, asked, now=now)
    said: dict[str, str] = {}
    for way, numbers in groups:
        said |= reach.asked(one, way, numbers, now=now)
    could = [number for number, outcome in said.items() if reach.could_get(outcome)]
    sides = controls.sides(one.origin, one.control_share, could)
    said |= {number: CONTROL for number, side in sides.items() if side.is_control}
    for way, numbers in groups:
        getting[way.channel] = sum(reach.could_get(said[number]) for number in numbers)
        if one.from_manager:
            known = managers.senders(numbers, channel=way.channel, now=now)
            for number in numbers:
                sender = known.get(number)
                answers = sender.reply_to if sender and way.channel == "email" else ""
                names[(sender.name, answers) if sender else ("", "")] += 1
    return Audience(
        members,
        len(asked),
        dict(Counter(said.values())),
        channels=dict(channels),
        getting=dict(getting),
        senders=dict(names),
        examples=_examples(one, asked, said),
        hours=_hours(one, asked, now) if one.best_hour and one.purpose in PROMOTIONAL else {},
    )


def _examples(one: MailingView, numbers: Sequence[str], said: Mapping[str, str]) -> dict[str, int]:
    """Some companies that would get it by role, each with the id of the person there."""
    if not one.role:
        return {}
    could = [number for number in numbers if reach.could_get(said[number])][:EXAMPLES]
    return {number: person.person_id for number, person in sending.people_of(could, one.role).items()}


def _hours(one: MailingView, numbers: Sequence[str], now: datetime) -> dict[tuple[str, int | None], int]:
    """By whose habit the hour is chosen, and which it would be where it is not each one's own."""
    counted: Counter[tuple[str, int | None]] = Counter()
    for favourite in hours.favourites(numbers, now=now).values():
        shared = favourite.of in (HourOf.GROUP, HourOf.SHOP)
        counted[str(favourite.of), favourite.hours[0] if shared else None] += 1
    return dict(counted)


def progress(one: MailingView) -> Progress:
    """What became of its messages."""
    found = sending.outcomes(one.origin)
    missing = LeftOut.objects.filter(mailing=one.mailing_id).order_by().values("code")
    return Progress(
        statuses=found.statuses,
        standings=found.standings,
        reasons=found.reasons,
        left_out={row["code"]: row["n"] for row in missing.annotate(n=Count("pk"))},
        channels=sending.standings_by_channel(one.origin) if one.others else {},
    )


def left_out(one: MailingView) -> Iterator[tuple[str, str, str]]:
    """Each member for whom no message could be made: customer number, code, what was missing; streamed."""
    rows = LeftOut.objects.filter(mailing=one.mailing_id).order_by("customer_id")
    yield from rows.values_list("customer_id", "code", "figure").iterator(chunk_size=10_000)


def _every(numbers: Iterator[str], step: int) -> Iterator[str]:
    return islice(numbers, 0, None, step)
