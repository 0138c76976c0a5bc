"""From rows to the frozen values of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from keepwell.insight.contracts import (
    Count,
    CycleView,
    MonthPoint,
    QualityRow,
    Reason,
    ScoreView,
    Step,
    Summary,
)
from keepwell.insight.labels import HINT_CODES
from keepwell.insight.models import Cycle, Score

SAME_IN_BOTH = (
    "customer_id",
    "status",
    "risk_level",
    "tier",
    "life_stage",
    "communication_group",
    "rfm_segment",
    "r_score",
    "f_score",
    "m_score",
    "churn_risk",
    "p_alive",
    "expected_purchases",
    "clv",
    "formula_clv",
    "annual_contribution",
    "value_at_stake",
    "expected_loss",
    "orders",
    "total_amount",
    "average_amount",
    "first_order_at",
    "last_order_at",
    "silence_days",
    "rhythm_days",
    "quantity_trend",
    "is_core",
    "action_cost",
    "action_gain",
    "previous_churn_risk",
    "previous_clv",
    "previous_tier",
    "previous_status",
)


def score(row: Score, cycle_row: Cycle) -> ScoreView:
    """The view of one score of `cycle_row`."""
    return ScoreView(
        cycle_id=cycle_row.cycle_id,
        currency=cycle_row.currency,
        reasons=reasons(row.reasons),
        hints=hints(row.hints),
        action=row.action or None,
        **{name: getattr(row, name) for name in SAME_IN_BOTH},
    )


def reasons(text: str) -> tuple[Reason, ...]:
    """Reasons from their JSON form, the strongest first."""
    if not text:
        return ()
    return tuple(Reason(one["code"], one["figures"], one["weight"]) for one in orjson.loads(text))


def hints(bits: int) -> tuple[str, ...]:
    """Hint codes from their bits."""
    return tuple(code for place, code in enumerate(HINT_CODES) if bits >> place & 1)


def cycle(row: Cycle, *, is_current: bool) -> CycleView:
    """The view of one cycle."""
    return CycleView(
        cycle_id=row.cycle_id,
        as_of=row.as_of,
        status=row.status,  # type: ignore[arg-type]
        started_at=row.started_at,
        finished_at=row.finished_at,
        data_version=row.data_version,
        model_version=row.model_version,
        steps=tuple(Step(**step) for step in row.steps),
        models=row.diagnostics,
        quality=quality(row),
        currency=row.currency,
        excluded=row.excluded,
        is_current=is_current,
        error=row.error,
    )


def quality(row: Cycle) -> tuple[QualityRow, ...]:
    """The quality rows stored with a cycle."""
    return tuple(QualityRow(**{**one, "newest_at": _instant(one["newest_at"])}) for one in row.quality)


def summary(row: Cycle) -> Summary:
    """The summary stored with a finished cycle."""
    stored = row.summary
    counts = {
        name: {code: count(value) for code, value in stored[name].items()}
        for name in (
            "by_status",
            "by_tier",
            "by_risk_level",
            "by_life_stage",
            "by_communication_group",
            "by_segment",
            "by_reason",
        )
    }
    return Summary(
        cycle=cycle(row, is_current=True),
        currency=row.currency,
        customers=stored["customers"],
        total_clv=Decimal(stored["total_clv"]),
        at_risk=count(stored["at_risk"]),
        repeat_purchase_rate={int(days): rate for days, rate in stored["repeat_purchase_rate"].items()},
        months=tuple(_month(one) for one in stored["months"]),
        risk_histogram=tuple(stored["risk_histogram"]),
        previous=stored["previous"],
        moved=stored["moved"],
        **counts,
    )


def count(stored: Mapping[str, Any]) -> Count:
    """A count from its JSON form."""
    return Count(stored["customers"], Decimal(stored["expected_loss"]), Decimal(stored["clv"]))


def _month(stored: Mapping[str, Any]) -> MonthPoint:
    return MonthPoint(
        month=date.fromisoformat(stored["month"]),
        revenue=Decimal(stored["revenue"]),
        orders=stored["orders"],
        buyers=stored["buyers"],
        new_customers=stored["new_customers"],
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
