"""Who of a segment may be on a list, and why others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import SILENCES_ALL, Channel, Purpose, Reason
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
    agreed = _agreed(numbers, now) if use is Use.SPARE else set()
    aside = policy.held_out(numbers) if use is Use.SHOW else set()
    found: list[str] = []
    reasons: Counter[str] = Counter()
    for number in numbers:
        verdict = said[number]
        spared = verdict.reason is Reason.ON_HOLD and number in agreed and verdict.hold not in SILENCES_ALL
        if not verdict and not spared:
            reasons[str(verdict.reason)] += 1
        elif number in aside:
            reasons["held_out"] += 1
        else:
            found.append(number)
    return found, reasons


def _agreed(numbers: Collection[str], now: datetime) -> set[str]:
    """Who agreed, whatever hold there is."""
    silent = privacy.may_contact_many(numbers, Channel.ADS, Purpose.MARKETING, now=now)
    held = [number for number, verdict in silent.items() if verdict.reason is Reason.ON_HOLD]
    return {
        number
        for number in held
        if any(
            one.channel == Channel.ADS and one.purpose == Purpose.MARKETING and one.given
            for one in privacy.consents(number)
        )
    }
