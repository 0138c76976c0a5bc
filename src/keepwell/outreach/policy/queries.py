"""What can be asked of the contact policy; nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.outreach.policy import holdouts, rulebook, zones
from keepwell.outreach.policy.contracts import (
    READER,
    Cap,
    Cause,
    ContactView,
    Decision,
    Holdout,
    Intent,
    PolicyPreview,
    Rules,
    RulesVersionView,
    Verdict,
)
from keepwell.outreach.policy.core import decide
from keepwell.outreach.policy.gathering import Gathered
from keepwell.outreach.policy.models import Contact, HoldoutPeriod, RulesVersion, SevereComplaint
from keepwell.outreach.policy.previewing import preview_of

PREVIEW_DAYS = 30


def rules() -> Rules:
    """The rules that count now; those that Keepwell brings (version 0) before any change."""
    newest = RulesVersion.objects.order_by("-version").first()
    return replace(rulebook.parse(newest.values), version=newest.version) if newest else Rules()


def versions(limit: int = 10) -> list[RulesVersionView]:
    """The newest versions of the rules."""
    rows = RulesVersion.objects.order_by("-version")[:limit]
    return [RulesVersionView(row.version, row.created_at, row.actor) for row in rows]


def holdout() -> Holdout:
    """The holdout that counts now; the usual share, which has not begun, before the first contact."""
    return holdouts.present()


def holdout_periods() -> list[Holdout]:
    """Every holdout there was, newest first."""
    return [holdouts.view(row) for row in HoldoutPeriod.objects.all()]


def held_out(customer_ids: Collection[str]) -> set[str]:
    """Those of `customer_ids` who are kept aside from marketing now."""
    return holdouts.members(customer_ids)


def left_alone() -> int:
    """How many holds there are now for severe complaints: one for each customer."""
    held = SevereComplaint.objects.filter(ended_at=None).exclude(hold_id=None)
    return held.values("hold_id").distinct().count()


def ask(intent: Intent, *, now: datetime, caps: Sequence[Cap] = ()) -> Verdict:
    """What the policy would say of `intent` at `now`; `services.claim` asks again and holds it."""
    return ask_many([intent], now=now, caps=caps)[intent.intent_id]


def ask_many(intents: Sequence[Intent], *, now: datetime, caps: Sequence[Cap] = ()) -> dict[str, Verdict]:
    """`ask` for many at once, each as if it were the only one; by intent."""
    counting = rules()
    gathered = Gathered(intents, counting, now, caps)
    return {intent.intent_id: decide(intent, gathered.situation(intent), counting, now) for intent in intents}


def clock_of(customer_id: str, *, now: datetime) -> datetime | None:
    """What time it is where a customer is; None where that is not known for certain."""
    number = identity.canonical_id(customer_id)
    time_zone, country = customers.whereabouts([number]).get(number, ("", ""))
    there = zones.zones_of(time_zone, country, rules().time_zone)
    return now.astimezone(there[0]) if len(there) == 1 else None


def clocks_of(customer_ids: Collection[str], *, now: datetime) -> dict[str, datetime]:
    """What time it is where customers most probably are; the shop's time where nothing is known."""
    places, usual = customers.whereabouts(customer_ids), rules().time_zone
    return {one: now.astimezone(zones.zones_of(*places.get(one, ("", "")), usual)[0]) for one in customer_ids}


def elsewhere() -> Iterator[tuple[str, str]]:
    """Customer number and time zone of everybody whose clock most probably shows another zone; streamed."""
    usual = rules().time_zone
    known: dict[tuple[str, str], str] = {}
    for customer_id, time_zone, country in customers.placed():
        place = (time_zone, country)
        if place not in known:
            known[place] = zones.zones_of(time_zone, country, usual)[0].key
        if known[place] != usual:
            yield customer_id, known[place]


def contact(intent_id: str) -> ContactView | None:
    """One intended contact."""
    row = Contact.objects.filter(intent_id=intent_id).first()
    return contact_view(row) if row else None


def contacts(customer_id: str, *, limit: int = 50) -> list[ContactView]:
    """What was meant for a customer and what became of it, newest first; merged records included."""
    rows = Contact.objects.filter(customer_id__in=identity.fact_ids(customer_id))
    return [contact_view(row) for row in rows.order_by("-decided_at", "-id")[:limit]]


def preview(values: Mapping[str, Any], *, now: datetime) -> PolicyPreview:
    """What the rules with `values` would have done with the contacts of the 30 days up to the newest one.

    Taken from the history, whoever made them. Raises `rulebook.RulesError`.
    """
    wanted = rulebook.merge(rules(), values)
    return preview_of(wanted, span=timedelta(days=PREVIEW_DAYS), now=now)


def contact_view(row: Contact) -> ContactView:
    """The contract of a row."""
    return ContactView(
        intent_id=row.intent_id,
        customer_id=row.customer_id,
        channel=row.channel,
        purpose=row.purpose,
        content=row.content.partition(READER)[0],
        origin=row.origin,
        priority=row.priority,
        decision=Decision(row.decision),
        cause=Cause(row.cause),
        until=row.until,
        figures=row.figures,
        first_at=row.first_at,
        decided_at=row.decided_at,
        asked=row.asked,
        rules_version=row.rules_version,
        taken_back_at=row.taken_back_at,
        actor=row.actor,
    )
