"""What would happen if a mailing went to these customers at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from keepwell.outreach import suiting
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode
from keepwell.outreach.content import queries as content
from keepwell.outreach.mailings.contracts import MailingView, Way
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Decision, Intent, Verdict
from keepwell.outreach.sending import queries as sending

ALLOWED, LATER, NO_ADDRESS, NOBODY_OF_ROLE = "allowed", "later:", "no_address", "nobody_of_role"
CHUNK = 500


def by_way(
    mailing: MailingView, customer_ids: Sequence[str], *, now: datetime
) -> list[tuple[Way, list[str]]]:
    """Each way of a mailing with those who get it so: everybody by one, the one that suits them best."""
    if not mailing.others:
        return [(mailing.ways[0], list(customer_ids))]
    groups: dict[str, list[str]] = {way.channel: [] for way in mailing.ways}
    for one, fit in ways_of(mailing, customer_ids, now=now).items():
        groups[fit.best].append(one)
    return [(way, groups[way.channel]) for way in mailing.ways if groups[way.channel]]


def ways_of(mailing: MailingView, customer_ids: Sequence[str], *, now: datetime) -> dict[str, suiting.Fit]:
    """How the channels of a mailing suit each of these."""
    contents = {way.channel: way.template_code for way in mailing.ways}
    return suiting.fits(contents, customer_ids, purpose=mailing.purpose, now=now)


def outcomes(one: MailingView, customer_ids: Sequence[str], *, now: datetime) -> dict[str, str]:
    """What would happen to each: "allowed", "no_address", "nobody_of_role", why not, or "later:" and why."""
    found: dict[str, str] = {}
    for way, numbers in by_way(one, customer_ids, now=now):
        found |= asked(one, way, numbers, now=now)
    return found


def asked(one: MailingView, way: Way, customer_ids: Sequence[str], *, now: datetime) -> dict[str, str]:
    """As `outcomes`, of customers who get it by one way."""
    contract = registry.contract_of(way.channel)
    caps = contract.caps if contract else ()
    at = max(one.send_at or now, now)
    usual = Intent(
        "",
        "",
        way.channel,
        one.purpose,
        way.template_code,
        one.priority,
        caring=way.template_code in content.caring({way.template_code}),
        on_visit=contract is not None and contract.mode is Mode.NEXT_VISIT,
    )
    nowhere = NOBODY_OF_ROLE if one.role else NO_ADDRESS
    # Whoever is shown something when they come, or is seen to by a person, needs no address.
    people = sending.people_of(customer_ids, one.role) if one.role else {}
    reachable = set(people) if one.role else sending.with_address(customer_ids, way.channel)
    readers = {number: str(person.person_id) for number, person in people.items()}
    found: dict[str, str] = {}
    for start in range(0, len(customer_ids), CHUNK):
        part = [
            replace(
                usual,
                intent_id=f"preview/{number}",
                customer_id=number,
                reader=readers.get(number, ""),
            )
            for number in customer_ids[start : start + CHUNK]
        ]
        for name, verdict in policy.ask_many(part, now=at, caps=caps).items():
            number = name.removeprefix("preview/")
            found[number] = _outcome(verdict) if number in reachable else nowhere
    return found


def could_get(outcome: str) -> bool:
    """Whether somebody would get it, now or a little later."""
    return outcome == ALLOWED or outcome.startswith(LATER)


def _outcome(verdict: Verdict) -> str:
    later = LATER if verdict.decision is Decision.LATER else ""
    return ALLOWED if verdict else f"{later}{verdict.cause}"
