"""The coupons of a case's offers: given when the offer begins, void when it is called off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keepwell.outreach.coupons import services as coupons
from keepwell.outreach.coupons.contracts import Kind, Terms
from keepwell.outreach.sending.recipes import Giver
from keepwell.plays.winback.models import Case, Measure


def origin(row: Measure) -> str:
    """What the coupon of a measure is for."""
    return f"case:{row.case_id}:{row.pk}"


def terms(case: Case, row: Measure) -> Terms | None:
    """What a measure offers; None where it is no offer."""
    return Terms(Kind.PERCENT, row.discount, case.currency) if row.discount and row.until else None


def give(case: Case, row: Measure, *, actor: str, now: datetime) -> None:
    """Give the coupon of a measure that a person tells of; its authority and limit were asked before."""
    said = terms(case, row)
    if said is not None:
        one = coupons.Occasion(origin(row), case.customer_id, origin(row))
        coupons.give(terms=said, occasions=[one], actor=actor, now=now, until=row.until)


def giver(case: Case, row: Measure, template: str, *, actor: str, now: datetime) -> Giver:
    """Who gives the coupon that the text of a measure names: the very one that `give` gives."""
    return coupons.with_text(
        template,
        keys={case.customer_id: origin(row)},
        origin=origin(row),
        actor=actor,
        now=now,
        terms=terms(case, row),
        until=row.until,
        follows_message=False,
    )


def call_off(rows: Iterable[Measure], *, actor: str, now: datetime) -> None:
    """What was not promised after all is not to be had."""
    coupons.withdraw(origins=[origin(row) for row in rows if row.discount], actor=actor, now=now)


def again(row: Measure, *, actor: str, now: datetime) -> None:
    """The offer is on again."""
    if row.discount:
        coupons.revive(origin=origin(row), actor=actor, now=now)
