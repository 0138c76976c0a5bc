"""Decisions about cases as functions of values: no Django, no clock, no store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from keepwell.plays.winback.contracts import Grade, MeasureStatus, Problem, Rules, Status, Verdict, Wanted

QUANTUM = Decimal("0.0001")
WORKING = (Status.OPENED, Status.ANALYSED, Status.PLANNED, Status.WAITING, Status.CONTACTING)
OVER = (Status.LOST, Status.CLOSED)
# Step -> from where it may be taken, and where it leads; None stays where it is.
STEPS: Mapping[str, tuple[tuple[Status, ...], Status | None]] = {
    "analyse": ((Status.OPENED, Status.ANALYSED, Status.PLANNED), Status.ANALYSED),
    # What the customer says on the call that the plan asked for; the plan goes on.
    "diagnose": ((Status.WAITING, Status.CONTACTING), None),
    "plan": ((Status.ANALYSED, Status.PLANNED), Status.PLANNED),
    "ask": ((Status.PLANNED,), Status.WAITING),
    "approve": ((Status.WAITING,), Status.PLANNED),
    "refuse": ((Status.WAITING,), Status.ANALYSED),
    "withdraw": ((Status.WAITING,), Status.ANALYSED),
    "start": ((Status.PLANNED,), Status.CONTACTING),
    "revise": ((Status.CONTACTING,), Status.ANALYSED),
    "win": ((Status.ANALYSED, Status.PLANNED, Status.WAITING, Status.CONTACTING), Status.WON_BACK),
    "lose": (WORKING, Status.LOST),
    "close": (WORKING, Status.CLOSED),
    "care": ((Status.WON_BACK,), None),
    "satisfaction": ((Status.WON_BACK,), None),
    "finish": ((Status.WON_BACK,), None),
    "reopen": (OVER, Status.OPENED),
    "assign": ((*WORKING, Status.WON_BACK), None),
    "answer": ((*WORKING, Status.WON_BACK), None),
    "act": ((*WORKING, Status.WON_BACK), None),
    "expire": ((*WORKING, Status.WON_BACK), None),
}
# The five steps of a case (WIN-01), and the statuses in which each is the one to do.
PATH: Mapping[str, tuple[Status, ...]] = {
    "warning": (),
    "cause": (Status.OPENED,),
    "strategy": (Status.ANALYSED, Status.PLANNED, Status.WAITING),
    "action": (Status.CONTACTING,),
    "maintenance": (Status.WON_BACK,),
}


@dataclass(frozen=True)
class MeasureRule:
    """What a plan must know of a kind of measure; money in the case's currency."""

    code: str
    treatment: str
    cost: Decimal  # without what a discount costs
    low_cost: bool
    is_offer: bool  # has a discount, and so an end
    needs_person: bool
    marketing: bool  # not for those who are kept aside


@dataclass(frozen=True)
class Frame:
    """Within what a case may be planned."""

    limit: Decimal
    value_at_stake: Decimal
    expected_loss: Decimal
    average_amount: Decimal
    currency: str
    low_cost_only: bool
    automatic: bool
    kept_aside: bool
    left_share: float  # of a saved share, once the customer is lost


def next_status(status: str, step: str) -> Status | None:
    """Where `step` leads from `status`, or None where it is not allowed; raises KeyError."""
    allowed, target = STEPS[step]
    if status not in allowed:
        return None
    return target or Status(status)


def points(rules: Rules, *, tier: str, risk_level: str, causes: Iterable[str]) -> int:
    """What value tier, risk and the weightiest known cause add up to."""
    known = [rule.points for code in causes if (rule := rules.cause(code)) is not None]
    weightiest = max(known, default=0)
    return rules.tier_points.get(tier, 0) + rules.risk_points.get(risk_level, 0) + weightiest


def grade(rules: Rules, *, tier: str, risk_level: str, causes: Iterable[str]) -> Grade:
    """The best grade whose points are reached; the last one where none is (WIN-02)."""
    reached = points(rules, tier=tier, risk_level=risk_level, causes=causes)
    for rule in sorted(rules.grades, key=lambda one: -one.points_from):
        if reached >= rule.points_from:
            return Grade(rule.grade)
    return Grade(sorted(rules.grades, key=lambda one: one.points_from)[0].grade)


def spending_limit(*, max_cost: Decimal | None, max_value_share: float, value_at_stake: Decimal) -> Decimal:
    """What may be spent on a case: the smaller of both limits of its grade, never rounded up (WIN-03).

    >>> spending_limit(max_cost=Decimal(500), max_value_share=0.3, value_at_stake=Decimal(1000))
    Decimal('300.0000')
    """
    share = max(value_at_stake, Decimal(0)) * Decimal(str(max_value_share))
    most = share if max_cost is None else min(max_cost, share)
    return max(most, Decimal(0)).quantize(QUANTUM, ROUND_DOWN)


def proposed(rules: Rules, causes: Sequence[str]) -> tuple[str, ...]:
    """The measures that the causes ask for, in their order, the main cause's first (CAU-04)."""
    found: dict[str, None] = {}
    for code in causes:
        rule = rules.cause(code)
        if rule is not None:
            found.update(dict.fromkeys(rule.measures))
    return tuple(found)


def cost_of(rule: MeasureRule, *, discount: Decimal, average_amount: Decimal) -> Decimal:
    """What a measure costs at least: itself, and the discount on one average order."""
    money = rule.cost + max(discount, Decimal(0)) * max(average_amount, Decimal(0))
    return money.quantize(QUANTUM)


def combined_share(shares: Iterable[float]) -> float:
    """What several measures save together if each works by itself on what the others leave.

    >>> round(combined_share([0.1, 0.2]), 2)
    0.28
    """
    left = 1.0
    for share in shares:
        left *= 1.0 - min(max(share, 0.0), 1.0)
    return 1.0 - left


def judge(
    wanted: Sequence[Wanted],
    *,
    frame: Frame,
    measures: Mapping[str, MeasureRule],
    shares: Mapping[str, float],
    spent: Decimal,
    done: Iterable[str],
    rules: Rules,
    now: datetime,
) -> Verdict:
    """What a plan costs beside what it is assumed to keep, and why it cannot be had.

    Args:
        wanted: the measures of the plan.
        frame: of the case.
        measures: by code.
        shares: treatment -> share of the expected loss that it saves, from the table of assumptions.
        spent: on the case already.
        done: measures that the case has had already: their treatments count once.
        rules: of the desk.
        now: the moment.

    """
    problems: list[Problem] = [] if wanted else [Problem.EMPTY]
    if len({one.code for one in wanted}) < len(wanted):
        problems.append(Problem.TWICE)
    for one in wanted:
        problems += _wrong(one, frame, measures.get(one.code), rules, now)
    total = spent + sum((one.cost for one in wanted if one.cost.is_finite()), Decimal(0))
    if total > frame.limit and total > 0:
        problems.append(Problem.OVER_LIMIT)
    if total > 0 and total >= frame.value_at_stake:
        problems.append(Problem.OVER_VALUE)
    # Two measures of one treatment are one treatment: the assumption counts once.
    codes = [*(one.code for one in wanted), *done]
    treatments = {measures[code].treatment for code in codes if code in measures}
    share = combined_share(shares.get(treatment, 0.0) for treatment in sorted(treatments))
    loss = max(frame.expected_loss, Decimal(0))
    gain = (loss * Decimal(repr(share * frame.left_share))).quantize(QUANTUM)
    return Verdict(
        cost=total.quantize(QUANTUM),
        spent=spent,
        limit=frame.limit,
        value_at_stake=frame.value_at_stake,
        expected_loss=frame.expected_loss,
        gain=gain,
        saved_share=share,
        currency=frame.currency,
        problems=tuple(dict.fromkeys(problems)),
    )


def _wrong(one: Wanted, frame: Frame, rule: MeasureRule | None, rules: Rules, now: datetime) -> list[Problem]:
    if rule is None:
        return [Problem.UNKNOWN_MEASURE]
    found = []
    if not one.cost.is_finite() or one.cost < 0:
        found.append(Problem.BAD_COST)
    if not one.discount.is_finite() or not 0 <= one.discount <= 1:
        return [*found, Problem.BAD_DISCOUNT]
    if one.discount and not rule.is_offer:
        found.append(Problem.BAD_DISCOUNT)
    if one.cost.is_finite() and one.cost < _discount_cost(one.discount, frame):
        found.append(Problem.BELOW_COST)
    if rule.is_offer and one.until is None:
        found.append(Problem.NEEDS_END)
    if one.until is not None and one.until <= now:
        found.append(Problem.END_PAST)
    if one.until is not None and one.until > now + timedelta(days=rules.offer_days_max):
        found.append(Problem.TOO_LONG)
    if frame.low_cost_only and not rule.low_cost:
        found.append(Problem.NOT_LOW_COST)
    if frame.automatic and rule.needs_person:
        found.append(Problem.NEEDS_PERSON)
    if frame.kept_aside and rule.marketing:
        found.append(Problem.KEPT_ASIDE)
    return found


def _discount_cost(discount: Decimal, frame: Frame) -> Decimal:
    """What a discount costs on one average order, rounded as a cost is."""
    money = discount * max(frame.average_amount, Decimal(0))
    return money.quantize(QUANTUM, ROUND_DOWN)


def may_promise(*, until: datetime | None, begun_at: datetime | None, now: datetime) -> bool:
    """Whether an offer may still be promised: before its end, or in a contact that began before it."""
    return until is None or now <= until or (begun_at is not None and begun_at <= until)


def counts_as_cost(status: str) -> bool:
    """Whether a measure in this status has been, or may yet be, paid for."""
    return status in (MeasureStatus.PLANNED, MeasureStatus.RUNNING, MeasureStatus.DONE)
