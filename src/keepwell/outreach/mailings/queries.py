"""What can be asked about mailings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from django.db.models import Count

from keepwell.insight.segments import queries as segments
from keepwell.outreach import managers
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode
from keepwell.outreach.content import queries as content
from keepwell.outreach.mailings.contracts import Audience, MailingView, Progress, Way
from keepwell.outreach.mailings.models import LeftOut
from keepwell.outreach.mailings.rows import counted, view
from keepwell.outreach.mailings.services.going import problems
from keepwell.outreach.mailings.services.preparing import ways_of
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import PROMOTIONAL, Decision, Intent, Verdict
from keepwell.outreach.replying import hours
from keepwell.outreach.replying.contracts import HourOf
from keepwell.outreach.sending import queries as sending

SAMPLE = 2_000
__all__ = ["audience", "left_out", "mailing", "mailings", "problems", "progress"]


def mailings(*, limit: int = 200) -> list[MailingView]:
    """The newest mailings."""
    return [view(row) for row in counted()[:limit]]


def mailing(mailing_id: int) -> MailingView | None:
    """One, or None."""
    row = counted().filter(pk=mailing_id).first()
    return view(row) if row else None


def audience(one: MailingView, *, now: datetime) -> Audience:
    """Who is in the segment, and what the policy would say of them now; of 2,000 spread over it at most."""
    members = segments.size(one.segment_id)
    step = max(1, members // SAMPLE)
    asked = list(islice(_every(segments.member_ids(one.segment_id), step), SAMPLE))
    at = max(one.send_at or now, now)
    outcomes: Counter[str] = Counter()
    channels: Counter[tuple[str, str]] = Counter()
    getting: Counter[str] = Counter()
    ways = {way.channel: way for way in one.ways}
    groups: dict[str, list[str]] = {one.channel: asked}
    if one.others:
        groups = defaultdict(list)
        for number, fit in ways_of(one, asked, now=now).items():
            groups[fit.best].append(number)
            channels[fit.best, fit.why(fit.best)] += 1
    names: Counter[tuple[str, str]] = Counter()
    for channel, numbers in groups.items():
        if one.from_manager:
            known = managers.senders(numbers, channel=channel, now=now)
            for number in numbers:
                sender = known.get(number)
                names[
                    (sender.name, sender.reply_to if channel == "email" else "") if sender else ("", "")
                ] += 1
        found = _asked(one, ways[channel], numbers, at)
        outcomes.update(found.values())
        getting[channel] = sum(
            outcome == "allowed" or outcome.startswith("later:") for outcome in found.values()
        )
    return Audience(
        members,
        len(asked),
        dict(outcomes),
        channels=dict(channels),
        getting=dict(getting),
        senders=dict(names),
        hours=_hours(one, asked, now) if one.best_hour and one.purpose in PROMOTIONAL else {},
    )


def _asked(one: MailingView, way: Way, numbers: Sequence[str], at: datetime) -> dict[str, str]:
    """What would become of each of these, who get it by this way."""
    contract = registry.contract_of(way.channel)
    caps = contract.caps if contract else ()
    caring = way.template_code in content.caring({way.template_code})
    usual = Intent(
        "", "", way.channel, one.purpose, way.template_code, one.priority,
        caring=caring, on_visit=contract is not None and contract.mode is Mode.NEXT_VISIT,
    )  # fmt: skip
    # Whoever is shown something when they come, or is seen to by a person, needs no address.
    reachable = sending.with_address(numbers, way.channel)
    found = {}
    for start in range(0, len(numbers), 500):
        part = [
            replace(usual, intent_id=f"preview/{number}", customer_id=number)
            for number in numbers[start : start + 500]
        ]
        said = policy.ask_many(part, now=at, caps=caps)
        for intent in part:
            number = intent.customer_id
            found[number] = _outcome(said[intent.intent_id]) if number in reachable else "no_address"
    return found


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


def _outcome(verdict: Verdict) -> str:
    later = "later:" if verdict.decision is Decision.LATER else ""
    return "allowed" if verdict else f"{later}{verdict.cause}"


def _every(numbers: Iterator[str], step: int) -> Iterator[str]:
    return islice(numbers, 0, None, step)
