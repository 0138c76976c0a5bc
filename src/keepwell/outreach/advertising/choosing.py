"""Who of a segment may be on a list, and why others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Channel, Purpose, Reason, Verdict
from keepwell.outreach.advertising.contracts import Use
from keepwell.outreach.policy import queries as policy


def allowed(customer_ids: Collection[str], *, use: Use, now: datetime) -> tuple[list[str], Counter[str]]:
    """Those who may be on a list, and how many of the others by reason.

    Everybody must have agreed to marketing by advertising, for it is the platform that gets their digest. To
    spare somebody is what a complaint or the holdout asks for: who is left alone for one of these, or is kept
    aside, is on a list of those to be spared, never on one of those to be shown something.
    """
    numbers = list(customer_ids)
    said = privacy.may_contact_many(numbers, Channel.ADS, Purpose.MARKETING, now=now)
    spared = _spared(said, now) if use is Use.SPARE else set()
    aside = policy.held_out(numbers) if use is Use.SHOW else set()
    found: list[str] = []
    reasons: Counter[str] = Counter()
    for number in numbers:
        verdict = said[number]
        if not verdict and number not in spared:
            reasons[str(verdict.reason)] += 1
        elif number in aside:
            reasons["held_out"] += 1
        else:
            found.append(number)
    return found, reasons


def _spared(said: Mapping[str, Verdict], now: datetime) -> set[str]:
    """Who agreed and is left alone for a complaint or dispute only: no other hold stands beside it."""
    held = [number for number, verdict in said.items() if verdict.reason is Reason.ON_HOLD]
    silent = privacy.silenced_many(held, Purpose.SERVICE, now=now)
    return {
        number
        for number in held
        if number not in silent
        and any(
            one.channel == Channel.ADS and one.purpose == Purpose.MARKETING and one.given
            for one in privacy.consents(number)
        )
    }
