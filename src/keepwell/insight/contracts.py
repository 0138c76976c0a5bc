"""What insight answers: frozen values that pages, commands and plays may rely on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

Status = Literal["new", "active", "at_risk", "lost"]
RiskLevel = Literal["low", "medium", "high"]
Tier = Literal["high", "mid", "low"]
LifeStage = Literal["new", "growth", "mature", "decline"]
CommunicationGroup = Literal["high_value", "potential", "mass", "lost"]
Trend = Literal["rising", "steady", "falling", "unknown"]


@dataclass(frozen=True)
class Reason:
    """Why a customer is warned of: a code of `insight.reasons`, the customer's own figures, and its weight.

    `weight` is the reason's share of the warning, 0 to 1.
    """

    code: str
    figures: Mapping[str, Any]
    weight: float


@dataclass(frozen=True)
class ScoreView:
    """The current score of one customer; money in `currency`, probabilities 0 to 1, times in UTC."""

    customer_id: str
    cycle_id: str
    status: Status
    risk_level: RiskLevel
    tier: Tier
    life_stage: LifeStage
    communication_group: CommunicationGroup
    rfm_segment: str
    r_score: int
    f_score: int
    m_score: int
    churn_risk: float
    p_alive: float
    expected_purchases: float  # in the next 12 months
    clv: Decimal  # expected contribution of the next 12 months
    formula_clv: Decimal | None  # average yearly contribution x lifetime - acquisition cost
    annual_contribution: Decimal | None
    value_at_stake: Decimal  # 12-month contribution if the customer is still with us
    expected_loss: Decimal  # churn_risk x value_at_stake
    currency: str
    orders: int
    total_amount: Decimal
    average_amount: Decimal
    first_order_at: datetime | None
    last_order_at: datetime | None
    silence_days: float | None
    rhythm_days: float | None
    quantity_trend: Trend
    is_core: bool  # buys again more often than the cut-off asks
    reasons: tuple[Reason, ...]
    hints: tuple[str, ...]  # codes: bundle_offer, dedicated_adviser, expansion, cause_check
    action: str | None  # treatment code
    action_cost: Decimal | None
    action_gain: Decimal | None
    previous_churn_risk: float | None = None
    previous_clv: Decimal | None = None
    previous_tier: Tier | None = None
    previous_status: Status | None = None


@dataclass(frozen=True)
class ScoreFilter:
    """Which scores a list shows; empty means all. `search` matches the customer number's beginning.

    `owner_ids` keeps the customers that these users look after now (None: everybody's, owned or not),
    `among` those of these numbers (None: any).
    """

    statuses: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    risk_levels: tuple[str, ...] = ()
    life_stages: tuple[str, ...] = ()
    communication_groups: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()  # the strongest reason's code
    actions: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    search: str = ""
    owner_ids: frozenset[int] | None = None
    among: frozenset[str] | None = None


@dataclass(frozen=True)
class Seek:
    """Where a part of a list begins: after the row that has `value` in the order's column and this number.

    Backward: the rows before it, or without a value the last ones.
    """

    value: Any = None
    customer_id: str = ""
    backward: bool = False


@dataclass(frozen=True)
class ScorePage:
    """One page of a list: `total` rows match the filter."""

    rows: tuple[ScoreView, ...]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True)
class Step:
    """One step of a cycle."""

    name: str
    status: Literal["waiting", "running", "done", "failed"]
    seconds: float
    rows: int
    message: str = ""


@dataclass(frozen=True)
class CycleView:
    """The record of one cycle."""

    cycle_id: str
    as_of: datetime
    status: Literal["running", "done", "failed"]
    started_at: datetime
    finished_at: datetime | None
    data_version: Mapping[str, int]  # Delta version of each fact table
    model_version: str
    steps: tuple[Step, ...]
    models: Mapping[str, Any]  # diagnostics: parameters, holdout comparison, what was chosen and why
    quality: tuple[QualityRow, ...]
    currency: str
    excluded: Mapping[str, int]  # e.g. orders in another currency
    is_current: bool
    error: str = ""


@dataclass(frozen=True)
class QualityRow:
    """Quality of one field of one table from one source."""

    table: str
    field: str
    source: str
    rows: int
    completeness: float  # share that is present
    validity: float  # share of the present that passes the field's checks
    newest_at: datetime | None


@dataclass(frozen=True)
class Count:
    """How many customers, and the money that belongs to them."""

    customers: int
    expected_loss: Decimal
    clv: Decimal


@dataclass(frozen=True)
class MonthPoint:
    """One month of the business."""

    month: date
    revenue: Decimal
    orders: int
    buyers: int
    new_customers: int


@dataclass(frozen=True)
class Summary:
    """The cockpit's figures, all of one cycle."""

    cycle: CycleView
    currency: str
    customers: int
    by_status: Mapping[str, Count]
    by_tier: Mapping[str, Count]
    by_risk_level: Mapping[str, Count]
    by_life_stage: Mapping[str, Count]
    by_communication_group: Mapping[str, Count]
    by_segment: Mapping[str, Count]
    by_reason: Mapping[str, Count]  # strongest reason of those at risk
    total_clv: Decimal
    at_risk: Count
    repeat_purchase_rate: Mapping[
        int, float
    ]  # period in days -> share of its buyers who bought at least twice
    months: tuple[MonthPoint, ...]
    risk_histogram: tuple[int, ...]  # ten equal bands of churn_risk, customers of status active and at_risk
    previous: Mapping[str, Any] = field(
        default_factory=dict
    )  # the same figures of the cycle before, {} if none
    moved: Mapping[str, int] = field(
        default_factory=dict
    )  # newly_at_risk, recovered, newly_lost, tier_up, tier_down


@dataclass(frozen=True)
class Thresholds:
    """The editable settings of value and warning; every change makes a new version."""

    version: int
    lost_p_alive: float  # 1 - churn_risk below it, and silent for lost_silence_ratio rhythms: lost
    lost_silence_ratio: float
    lapsed_days: int  # nothing bought for so long, and for lost_silence_ratio rhythms: lost as well
    high_risk: float  # churn_risk from which the level is high
    medium_risk: float
    at_risk_from: Literal["medium", "high"]  # the level from which a customer counts as about to leave
    high_value_share: float  # the best who together bring this share of the value at stake: high
    mid_value_share: float
    new_days: int  # a customer is new until then
    core_repeat_rate: float
    horizon_days: int  # within which the evidence is learnt from; also the recent window
    lifetime_years: Mapping[str, float]  # for the plain formula; keys: high, mid, low, default
    gross_margin: float  # where orders carry no cost
    acquisition_cost: Decimal  # per customer, where none is recorded
    currency: str  # "" = the most frequent
    silent_ratio: float  # rhythm is broken from this multiple
    fall_ratio: float  # purchases fell: recent rate below this share of the earlier one
    complaint_window_days: int
    contact_window_days: int


@dataclass(frozen=True)
class ThresholdPreview:
    """How many customers a setting would flag, beside what the present one flags."""

    flagged: int
    flagged_now: int
    lost: int
    lost_now: int
    expected_loss: Decimal
    by_tier: Mapping[str, int]


@dataclass(frozen=True)
class StepContext:
    """What a step of the cycle is given.

    `scores_path` holds one row per customer, sorted by customer_id (columns as in ScoreView without action_*
    and previous_*, money as decimal(18,4)). The step "plan" writes `plan_path` with the columns customer_id
    (string), action (string), action_cost and action_gain (decimal(18,4)), one row per treated customer.
    """

    cycle_id: str
    as_of: datetime
    currency: str
    thresholds: Thresholds
    folder: Path
    scores_path: Path
    plan_path: Path
    progress: Callable[[float, int], None]  # (share done 0 to 1, rows)


@dataclass(frozen=True)
class CycleStep:
    """A step that a room above adds between reasons and publishing; `run` returns how many rows it wrote.

    `run` must give the same result for the same inputs and may be called again after a crash.
    """

    name: str
    run: Callable[[StepContext], int]
