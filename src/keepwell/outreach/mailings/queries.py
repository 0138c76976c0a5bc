"""What can be asked about mailings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import Count

from keepwell.insight.segments import queries as segments
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode
from keepwell.outreach.content import queries as content
from keepwell.outreach.mailings.contracts import Audience, MailingView, Progress
from keepwell.outreach.mailings.models import LeftOut
from keepwell.outreach.mailings.rows import counted, view
from keepwell.outreach.mailings.services.going import problems
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Decision, Intent, Verdict
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
    contract = registry.contract_of(one.channel)
    caps = contract.caps if contract else ()
    on_visit = contract is not None and contract.mode is Mode.NEXT_VISIT
    at = max(one.send_at or now, now)
    caring = content.caring({one.template_code})
    intents = [
        Intent(
            f"preview/{number}",
            number,
            one.channel,
            one.purpose,
            one.template_code,
            one.priority,
            caring=one.template_code in caring,
            on_visit=on_visit,
        )
        for number in asked
    ]
    outcomes: Counter[str] = Counter()
    # Whoever is shown something when they come, or is seen to by a person, needs no address.
    reachable = sending.with_address(asked, one.channel)
    for start in range(0, len(intents), 500):
        part = intents[start : start + 500]
        for name, verdict in policy.ask_many(part, now=at, caps=caps).items():
            number = name.removeprefix("preview/")
            if number not in reachable:
                outcomes["no_address"] += 1
            else:
                outcomes[_outcome(verdict)] += 1
    return Audience(members, len(asked), dict(outcomes))


def progress(one: MailingView) -> Progress:
    """What became of its messages."""
    found = sending.outcomes(one.origin)
    missing = LeftOut.objects.filter(mailing=one.mailing_id).order_by().values("code")
    return Progress(
        statuses=found.statuses,
        standings=found.standings,
        reasons=found.reasons,
        left_out={row["code"]: row["n"] for row in missing.annotate(n=Count("pk"))},
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
