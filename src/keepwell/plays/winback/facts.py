"""What the history is told of cases: codes and figures only, never what somebody wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from keepwell.history import services as history
from keepwell.plays.winback.models import Case, Measure

SOURCE = "keepwell"


def step(case: Case, number: int, action: str, data: Mapping[str, Any], at: datetime) -> None:
    """That a case took a step, and where it stands now."""
    said = {
        "case": case.pk,
        "step": action,
        "status": case.status,
        "grade": case.grade,
        "causes": case.causes,
        "result": case.result,
        **data,
    }
    fact = {
        "interaction_id": f"case-{case.pk}-{number}",
        "customer_id": case.customer_id,
        "at": at,
        "channel": None,
        "type": "case",
        "subject": case.status,
        "properties": orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS).decode(),
    }
    history.record(table="interactions", fact=fact, source=SOURCE)


def cost(case: Case, measure: Measure, amount: Decimal, at: datetime) -> None:
    """What a measure cost; said again with 0 where it did not take place after all."""
    if not case.currency:
        return
    fact = {
        "cost_id": f"case-{case.pk}-measure-{measure.pk}",
        "customer_id": case.customer_id,
        "at": at,
        "kind": "retention",
        "amount": amount,
        "currency": case.currency,
    }
    history.record(table="costs", fact=fact, source=SOURCE)


def answer(case: Case, *, metric: str, score: float | None, topic: str, number: int, at: datetime) -> None:
    """What a customer answered: a cause of leaving, or how content they are."""
    fact = {
        "answer_id": f"case-{case.pk}-{number}-{topic}",
        "customer_id": case.customer_id,
        "at": at,
        "survey": "win_back",
        "metric": metric,
        "score": score,
        "topic": topic,
    }
    history.record(table="answers", fact=fact, source=SOURCE)
