"""How far customers are in buying, at this moment: read from the facts, by the shop's own rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from keepwell.customers import queries as customers
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Purpose, Reason
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.tailoring import core, reading
from keepwell.outreach.tailoring.contracts import Rule, Stage, Standing
from keepwell.outreach.tailoring.models import BuyingRule

CHUNK = 5_000


def rule() -> Rule:
    """The rule as the shop set it, else as Keepwell proposes it."""
    row = BuyingRule.objects.first()
    return rule_of(row.values) if row else Rule()


def rule_of(values: Mapping[str, Any]) -> Rule:
    """The rule of stored values; what they do not say is as proposed."""
    usual = Rule()
    stages = {sign: Stage(stage) for sign, stage in values.get("stages", {}).items() if sign in usual.stages}
    types = {sign: tuple(found) for sign, found in values.get("types", {}).items() if sign in usual.types}
    return Rule(
        days=int(values.get("days", usual.days)),
        product_times=int(values.get("product_times", usual.product_times)),
        category_times=int(values.get("category_times", usual.category_times)),
        stages={**usual.stages, **stages},
        types={**usual.types, **types},
        price_words=tuple(values.get("price_words", usual.price_words)),
    )


def standings(customer_ids: Collection[str], *, now: datetime) -> dict[str, Standing]:
    """The stage of each of these customers who is at any, with its evidence."""
    return {one: said for part in every(now=now, among=customer_ids) for one, said in part.items()}


def every(*, now: datetime, among: Collection[str] | None = None) -> Iterator[dict[str, Standing]]:
    """The stages of all customers who are at any, in parts.

    Whoever refused to be profiled is at none; where the rules of contact follow only those who agreed,
    whoever was not asked neither.
    """
    known, agreed_only = rule(), policy.rules().follow_agreed_only
    told = (
        (one, said)
        for one, found in reading.signs(known, now=now, among=among)
        if (said := core.standing(found, known)).stage is not Stage.NONE
    )
    enough = {Reason.GIVEN} if agreed_only else {Reason.GIVEN, Reason.NOT_ASKED}
    while part := dict(islice(told, CHUNK)):
        there = customers.existing(part)
        allowed = privacy.may_contact_many(there, "email", Purpose.PROFILING, now=now)
        yield {one: part[one] for one in part if one in allowed and allowed[one].reason in enough}
