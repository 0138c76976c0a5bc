"""The demo's win-back cases: one at each step, made by the same services as anybody's."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

ACTOR = "keepwell"
WHOM = (("at_risk", "high"), ("at_risk", "mid"), ("lost", "high"), ("lost", "mid"), ("at_risk", "low"))
CARE_DAYS = {"satisfaction": 7, "care_call": 30}


def make(now: datetime) -> int:
    """Open cases for customers about to leave, and take each as far as one can see; once. How many."""
    from keepwell.insight import queries as insight
    from keepwell.insight.contracts import ScoreFilter
    from keepwell.outreach.policy import queries as policy
    from keepwell.plays.winback.queries import cases

    if cases.exist():
        return 0
    found = [
        one.customer_id
        for status, tier in WHOM
        for one in insight.scores(ScoreFilter(statuses=(status,), tiers=(tier,)), page_size=20).rows
    ]
    aside = policy.held_out(found)
    free = iter([one for one in found if one not in aside])
    made = 0
    for step in (_rescue, _opened, _analysed, _planned, _contacting, _function, _lost):
        customer_id = next(free, None)
        if customer_id is not None:
            step(_open(customer_id, now), now)
            made += 1
    return made


def _open(customer_id: str, now: datetime) -> int:
    from keepwell.plays.winback import services

    return services.open_case(customer_id=customer_id, origin="customer", actor=ACTOR, now=now)


def _opened(case_id: int, now: datetime) -> None:
    """Nobody has asked for the cause yet."""


def _analysed(case_id: int, now: datetime) -> None:
    from django.utils.translation import gettext as _

    _analyse(
        case_id,
        now,
        causes=("competitor", "price"),
        asked="interview",
        competitor=_("The shop across the road"),
        competitor_reason=_("Free delivery"),
    )


def _planned(case_id: int, now: datetime) -> None:
    _analyse(case_id, now, causes=("neglected",), asked="staff")
    _plan(case_id, now, "dedicated_contact")


def _contacting(case_id: int, now: datetime) -> None:
    _analyse(case_id, now, causes=("decline",), asked="reasons")
    _plan(case_id, now, "recall_offer")
    _start(case_id, now)


def _rescue(case_id: int, now: datetime) -> None:
    """A customer of high value: the problem is put right, an offer says sorry, and care follows."""
    from keepwell.plays.winback import services

    _analyse(case_id, now, causes=("service",), asked="survey")
    _plan(case_id, now, "fix_problem", "special_offer")
    _start(case_id, now)
    _talk(case_id, now)
    services.win(case_id=case_id, actor=ACTOR, now=now)
    _care(case_id, now)


def _function(case_id: int, now: datetime) -> None:
    """A product lacked a function; it was added, and whoever had missed it came back."""
    from django.utils.translation import gettext as _

    from keepwell.plays.winback import services
    from keepwell.plays.winback.queries import cases

    _analyse(case_id, now, causes=("missing_function",), asked="diagnosis", obstacles=("function_missing",))
    _plan(case_id, now, "custom_product")
    _start(case_id, now)
    _talk(case_id, now)
    services.win(case_id=case_id, actor=ACTOR, now=now)
    _care(case_id, now)
    services.record_satisfaction(case_id=case_id, score=5, actor=ACTOR, now=now)
    found = cases.get(case_id)
    done = [one.measure_id for one in found.measures if one.status == "done"] if found else []
    services.finish(
        case_id=case_id,
        result="stays",
        lesson=_("Tell everybody who missed a function on the day when it is there."),
        worked=dict.fromkeys(done, "yes"),
        actor=ACTOR,
        now=now,
    )


def _lost(case_id: int, now: datetime) -> None:
    from django.utils.translation import gettext as _

    from keepwell.plays.winback import services

    _analyse(case_id, now, causes=("moved",), asked="interview")
    services.lose(
        case_id=case_id, result="decided", lesson=_("Nothing to be done once they have moved."),
        actor=ACTOR, now=now,
    )  # fmt: skip


def _analyse(case_id: int, now: datetime, **given: Any) -> None:
    from keepwell.plays.winback import services

    services.analyse(case_id=case_id, actor=ACTOR, now=now, **given)


def _plan(case_id: int, now: datetime, *codes: str) -> None:
    """The usual measures, those that fit into the limit."""
    from keepwell.plays.winback import services
    from keepwell.plays.winback.contracts import CaseError
    from keepwell.plays.winback.queries import cases

    usual = cases.usual_plan(case_id, codes, now=now)
    while usual:
        try:
            services.plan(case_id=case_id, wanted=usual, actor=ACTOR, now=now)
            return
        except CaseError:
            usual = usual[:-1]
    cheapest = cases.usual_plan(case_id, ("advantages",), now=now)
    services.plan(case_id=case_id, wanted=cheapest, actor=ACTOR, now=now)


def _start(case_id: int, now: datetime) -> None:
    """In the name of an administrator, of whom a new home has none yet."""
    from django.contrib.auth import get_user_model

    from keepwell.plays.winback import services

    anybody: Any = get_user_model()(username=ACTOR, is_superuser=True)
    services.start(case_id=case_id, user=anybody, actor=ACTOR, now=now)


def _talk(case_id: int, now: datetime) -> None:
    from keepwell.outreach.services import tasks
    from keepwell.plays.winback.queries import cases

    found = cases.get(case_id)
    numbers = [one.task_id for one in found.measures if one.task_id] if found else []
    for number in numbers:
        tasks.complete(task_ids=[number], outcome="staying", actor=ACTOR, now=now)


def _care(case_id: int, now: datetime) -> None:
    from keepwell.plays.winback import services
    from keepwell.plays.winback.contracts import Wanted

    acts = [Wanted(code, Decimal(0), due_at=now + timedelta(days=days)) for code, days in CARE_DAYS.items()]
    services.care(case_id=case_id, acts=acts, actor=ACTOR, now=now)
