"""Scores: what the last cycle says of customers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, get_args

from django.http import Http404, HttpRequest
from ninja import Field, Query, Schema

from keepwell.accounts.contracts import Permission
from keepwell.api import auth, cursors
from keepwell.api.app import operation
from keepwell.api.fields import Cursor, CustomerPath, Limit
from keepwell.insight import queries as insight
from keepwell.insight.contracts import RiskLevel, ScoreFilter, ScoreView, Status, Tier

TAG = "Scores"


class Reason(Schema):
    """Why a customer is warned of."""

    code: str
    figures: dict[str, Any]
    weight: float = Field(description="Its share of the warning, 0 to 1")


class Score(Schema):
    """The current score of one customer; money in `currency`, probabilities 0 to 1."""

    customer_id: str
    cycle_id: str
    status: str
    risk_level: str
    tier: str
    life_stage: str
    communication_group: str
    rfm_segment: str
    churn_risk: float
    p_alive: float
    expected_purchases: float
    clv: Decimal
    value_at_stake: Decimal
    expected_loss: Decimal
    currency: str
    orders: int
    total_amount: Decimal
    last_order_at: datetime | None
    reasons: list[Reason]
    hints: list[str]
    action: str | None


class ScorePage(Schema):
    """A part of the scores."""

    data: list[Score]
    next_cursor: str | None


Statuses = Annotated[list[Status] | None, Query(None)]
Tiers = Annotated[list[Tier] | None, Query(None)]
RiskLevels = Annotated[list[RiskLevel] | None, Query(None)]
assert get_args(Status), "the choices come from the contract"


@operation("GET", "/api/v1/scores", permission=Permission.VIEW_CUSTOMERS, tag=TAG, response=ScorePage)
def list_scores(
    request: HttpRequest, cursor: Cursor, limit: Limit, status: Statuses, tier: Tiers, risk_level: RiskLevels
) -> ScorePage:
    """List current scores by customer number"""
    auth.require(request, Permission.VIEW_CUSTOMERS)
    (after,) = cursors.decode(cursor, str) if cursor else ("",)
    wanted = _filter(request, status, tier, risk_level)
    found = insight.scores_after(wanted, after=after, limit=limit + 1)
    more = cursors.encode(found[limit - 1].customer_id) if len(found) > limit else None
    return ScorePage(data=[_out(score) for score in found[:limit]], next_cursor=more)


@operation("GET", "/api/v1/at-risk", permission=Permission.VIEW_CUSTOMERS, tag=TAG, response=ScorePage)
def list_at_risk(request: HttpRequest, limit: Limit, tier: Tiers) -> ScorePage:
    """List whom to save first, by expected loss"""
    auth.require(request, Permission.VIEW_CUSTOMERS)
    wanted = _filter(request, ["at_risk"], tier, None)
    found = insight.scores(wanted, order_by="-expected_loss", page_size=limit)
    return ScorePage(data=[_out(score) for score in found.rows], next_cursor=None)


@operation(
    "GET",
    "/api/v1/customers/{path:customer_id}/score",
    permission=Permission.VIEW_CUSTOMERS,
    tag=TAG,
    response=Score,
    errors=[404],
)
def get_score(request: HttpRequest, customer_id: CustomerPath) -> Score:
    """Read a customer's current score"""
    auth.require_customer(request, Permission.VIEW_CUSTOMERS, customer_id)
    found = insight.score(customer_id)
    if found is None:
        raise Http404("This customer has no score yet.")
    return _out(found)


def _filter(
    request: HttpRequest, statuses: list[Any] | None, tiers: list[Any] | None, levels: list[Any] | None
) -> ScoreFilter:
    return ScoreFilter(
        statuses=tuple(statuses or ()),
        tiers=tuple(tiers or ()),
        risk_levels=tuple(levels or ()),
        owner_ids=auth.owners_within(request, Permission.VIEW_CUSTOMERS),
    )


def _out(score: ScoreView) -> Score:
    said = {name: getattr(score, name) for name in Score.model_fields}
    reasons = [Reason(code=r.code, figures=dict(r.figures), weight=r.weight) for r in score.reasons]
    return Score(**{**said, "reasons": reasons, "hints": list(score.hints)})
