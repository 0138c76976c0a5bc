"""What would happen if a mailing went to these customers at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode
from keepwell.outreach.content import queries as content
from keepwell.outreach.mailings.contracts import MailingView
from keepwell.outreach.mailings.models import Mailing
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Decision, Intent, Verdict
from keepwell.outreach.sending import queries as sending

ALLOWED, LATER, NO_ADDRESS = "allowed", "later:", "no_address"
CHUNK = 500


def outcomes(one: Mailing | MailingView, customer_ids: Sequence[str], *, now: datetime) -> dict[str, str]:
    """What the policy says of each: "allowed", "no_address", why not, or "later:" and why."""
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
        for number in customer_ids
    ]
    # Whoever is shown something when they come, or is seen to by a person, needs no address.
    reachable = sending.with_address(customer_ids, one.channel)
    found: dict[str, str] = {}
    for start in range(0, len(intents), CHUNK):
        part = intents[start : start + CHUNK]
        for name, verdict in policy.ask_many(part, now=at, caps=caps).items():
            number = name.removeprefix("preview/")
            found[number] = _outcome(verdict) if number in reachable else NO_ADDRESS
    return found


def could_get(outcome: str) -> bool:
    """Whether somebody would get it, now or a little later."""
    return outcome == ALLOWED or outcome.startswith(LATER)


def _outcome(verdict: Verdict) -> str:
    later = LATER if verdict.decision is Decision.LATER else ""
    return ALLOWED if verdict else f"{later}{verdict.cause}"
