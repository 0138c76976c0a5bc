"""Values of the contracts for tests of pure functions: charts, sentences, lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from keepwell.insight.contracts import (
    Count,
    CycleView,
    MonthPoint,
    QualityRow,
    Reason,
    ScoreView,
    Step,
    Summary,
    Thresholds,
)
from keepwell.insight.settings import DEFAULTS
from keepwell.plays.contracts import PlanLine, PlanResult

AS_OF = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)


def score(**changes: Any) -> ScoreView:
    """A customer at risk; `changes` replace fields."""
    base = ScoreView(
        customer_id="C-1001",
        cycle_id="c1",
        status="at_risk",
        risk_level="high",
        tier="high",
        life_stage="decline",
        communication_group="high_value",
        rfm_segment="cannot_lose",
        r_score=1,
        f_score=5,
        m_score=5,
        churn_risk=0.83,
        p_alive=0.41,
        expected_purchases=3.2,
        clv=Decimal("1830.5000"),
        formula_clv=Decimal("10500"),
        annual_contribution=Decimal("2400"),
        value_at_stake=Decimal("4400"),
        expected_loss=Decimal("3652"),
        currency="CNY",
        orders=17,
        total_amount=Decimal("15230.40"),
        average_amount=Decimal("895.9059"),
        first_order_at=AS_OF - timedelta(days=900),
        last_order_at=AS_OF - timedelta(days=74),
        silence_days=74.0,
        rhythm_days=21.0,
        quantity_trend="falling",
        is_core=True,
        reasons=(
            Reason("rhythm_broken", {"rhythm_days": 21, "silence_days": 74}, 0.6),
            Reason("complaints_rose", {"recent": 3, "earlier": 0, "window_days": 90}, 0.3),
        ),
        hints=("cause_check",),
        action="call_back",
        action_cost=Decimal("8"),
        action_gain=Decimal("401.72"),
    )
    return replace(base, **changes)


def cycle(**changes: Any) -> CycleView:
    """A finished cycle."""
    base = CycleView(
        cycle_id="20261120T235959Z-abc123",
        as_of=AS_OF,
        status="done",
        started_at=AS_OF + timedelta(minutes=5),
        finished_at=AS_OF + timedelta(minutes=6),
        data_version={"orders": 3},
        model_version="1",
        steps=(Step("features", "done", 1.2, 5000), Step("publish", "done", 0.8, 5000)),
        models={},
        quality=(QualityRow("orders", "amount", "orders.csv", 41_000, 1.0, 0.998, AS_OF),),
        currency="CNY",
        excluded={},
        is_current=True,
    )
    return replace(base, **changes)


def count(customers: int, loss: str = "0", clv: str = "0") -> Count:
    """How many, and their money."""
    return Count(customers, Decimal(loss), Decimal(clv))


def summary(**changes: Any) -> Summary:
    """The figures of a shop of 5,000 customers, with a cycle before."""
    base = Summary(
        cycle=cycle(),
        currency="CNY",
        customers=5000,
        by_status={
            "new": count(310, "0", "90000"),
            "active": count(3302, "410000", "2900000"),
            "at_risk": count(412, "1903000", "1203000"),
            "lost": count(976),
        },
        by_tier={
            "high": count(520, "1300000", "2100000"),
            "mid": count(1100, "600000", "1300000"),
            "low": count(3380, "413000", "793000"),
        },
        by_risk_level={"high": count(412), "medium": count(900), "low": count(3688)},
        by_life_stage={
            "new": count(310),
            "growth": count(1200),
            "mature": count(2010),
            "decline": count(1480),
        },
        by_communication_group={"high_value": count(500), "mass": count(4500)},
        by_segment={"champions": count(300)},
        by_reason={
            "rhythm_broken": count(201, "1100000"),
            "complaints_rose": count(120, "503000"),
            "bought_once": count(91, "300000"),
        },
        total_clv=Decimal("4193000"),
        at_risk=count(412, "1903000", "1203000"),
        repeat_purchase_rate={30: 0.12, 90: 0.37, 180: 0.48, 365: 0.61},
        months=tuple(
            MonthPoint(
                date(2025 + n // 12, n % 12 + 1, 1), Decimal(100_000 + 3_000 * n), 800 + n, 500 + n, 40
            )
            for n in range(23)
        ),
        risk_histogram=(1200, 900, 500, 300, 200, 150, 120, 130, 150, 132),
        previous={
            "customers": 4950,
            "total_clv": "4300000",
            "at_risk": {"customers": 375, "expected_loss": "1700000", "clv": "1100000"},
        },
        moved={"newly_at_risk": 60, "recovered": 23, "newly_lost": 12, "tier_up": 31, "tier_down": 28},
    )
    return replace(base, **changes)


def thresholds(**changes: Any) -> Thresholds:
    """The thresholds that Keepwell brings."""
    return replace(DEFAULTS, **changes)


def plan(**changes: Any) -> PlanResult:
    """A plan of three lines."""
    lines = [
        PlanLine(
            f"C-{n}", "call_back", Decimal("8"), Decimal("200"), Decimal("1800"), "high", "rhythm_broken", 1
        )
        for n in range(3)
    ]
    base = PlanResult(
        plan_id=None,
        cycle_id="c1",
        budget=Decimal("30"),
        spent=Decimal("24"),
        expected_gain=Decimal("600"),
        upper_bound=Decimal("640"),
        gap=0.0625,
        currency="CNY",
        actions={"call_back": {"customers": 3, "cost": Decimal(24), "gain": Decimal(600), "return_days": 14}},
        lines=lines,
        curve=((Decimal(0), Decimal(0)), (Decimal(24), Decimal(600)), (Decimal(48), Decimal(900))),
        capacities={"call_back": 200},
        playbook_version=1,
        considered=412,
        worthwhile=300,
    )
    return replace(base, **changes)
