"""What plays answers: frozen values that pages, commands and journeys may rely on.

Every gain is the share of an expected loss that a treatment is assumed to save: gross of its cost, in the
same contribution money as the cost, and labelled `basis = "assumption"` until there is evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypedDict

Basis = Literal["assumption"]
BASIS: Basis = "assumption"


@dataclass(frozen=True)
class TreatmentView:
    """One thing that can be done for a customer; money in the currency of the current cycle."""

    code: str
    name: str  # in the active language
    description: str
    channel: str
    unit_cost: Decimal
    order_cost_share: float  # further cost as a share of the customer's average order, e.g. of a coupon
    capacity: int | None  # most customers in one plan; None = no limit
    active: bool
    low_cost: bool  # allowed where a grade takes low-cost measures only
    return_days: int  # how soon the effect is expected to show
    requires_hint: str  # only for customers with this hint of insight; "" = for everybody
    is_own: bool  # added by the user, not one of those that Keepwell brings
    default_cost: bool  # the cost is still Keepwell's default for this currency


@dataclass(frozen=True)
class AssumptionRow:
    """The share of the expected loss that `treatment` is assumed to save, 0 to 1."""

    treatment: str
    tier: str
    reason_group: str
    saved_share: float
    version: int = 1
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class GradeLimitView:
    """What may be spent on one customer of a tier; both limits hold."""

    tier: str
    max_cost: Decimal | None  # None = no absolute limit
    max_value_share: float  # of the customer's value at stake
    low_cost_only: bool
    default_cost: bool  # `max_cost` is still Keepwell's default for this currency


@dataclass(frozen=True)
class WinBackRuleView:
    """How customers count who are lost already."""

    lost_share_factor: float  # what is left of a saved share once a customer is lost
    lost_max_silence_days: int  # silent for longer: not winnable


class ActionTotal(TypedDict):
    """What a plan does with one treatment."""

    customers: int
    cost: Decimal
    gain: Decimal
    return_days: int


@dataclass(frozen=True)
class PlanLine:
    """One customer's part in a plan; `priority` 1 is served first (high value and core customers)."""

    customer_id: str
    treatment: str
    cost: Decimal
    gain: Decimal
    expected_loss: Decimal
    tier: str
    reason: str  # code of the strongest reason, "" where there is none
    priority: int


@dataclass(frozen=True)
class PlanResult:
    """Who gets what under a budget; no plan within the same limits gains more than `upper_bound`."""

    plan_id: int | None
    cycle_id: str
    budget: Decimal
    spent: Decimal
    expected_gain: Decimal
    upper_bound: Decimal
    gap: float
    currency: str
    actions: Mapping[str, ActionTotal]
    lines: Sequence[PlanLine]
    curve: tuple[tuple[Decimal, Decimal], ...]  # (budget, expected gain), within the same capacities
    capacities: Mapping[str, int]
    playbook_version: int
    considered: int  # customers about to leave or lost but winnable
    worthwhile: int  # of these, customers with a treatment that is allowed and gains more than it costs
    aside_share: float = 0.0  # of all customers, kept aside from marketing
    basis: Basis = BASIS
    created_at: datetime | None = None
    created_by: str = ""


@dataclass(frozen=True)
class PlanSummary:
    """One saved plan in a list."""

    plan_id: int
    cycle_id: str
    budget: Decimal
    spent: Decimal
    expected_gain: Decimal
    upper_bound: Decimal
    gap: float
    currency: str
    customers: int
    created_at: datetime
    created_by: str
    basis: Basis = BASIS


@dataclass(frozen=True)
class PlanLinePage:
    """One page of a saved plan's lines, first priority first."""

    rows: tuple[PlanLine, ...]
    total: int
    page: int
    page_size: int
