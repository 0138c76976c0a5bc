"""What the desk does by itself: notices orders, ends offers, reminds, opens and works on automatic cases.

`run` may be called as often as one likes; each case is a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.accounts import queries as accounts
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.outreach import users
from keepwell.outreach.contracts import Kind, TaskError
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.services import tasks
from keepwell.plays import queries as plays
from keepwell.plays.winback import core, defaults
from keepwell.plays.winback.contracts import (
    Asked,
    CaseError,
    Evidence,
    MeasureStatus,
    Origin,
    Phase,
    Status,
    Wanted,
    Way,
)
from keepwell.plays.winback.labels import MEASURE
from keepwell.plays.winback.models import Case, Measure
from keepwell.plays.winback.queries import orders, plans
from keepwell.plays.winback.queries import rules as rule_queries
from keepwell.plays.winback.services import acting, analysing, ending, opening, planning, sending
from keepwell.plays.winback.services.stepping import locked, locked_tasks, write

log = logging.getLogger("keepwell.winback")
ACTOR = "keepwell"
CHUNK = 500
UNHAPPY = ("complaints_rose", "mood_bad")  # what predicts low satisfaction
REST = timedelta(days=90)  # until somebody is rescued again
VISIT_DAYS = 3


def run(*, now: datetime) -> dict[str, int]:
    """Everything that is due; how many of each."""
    done = {
        "came_back": _orders(now),
        "messages": _messages(now),
        "expired": _expire(now),
        "reminded": _remind(now),
        "over": _windows(now),
        "opened": _open_lost(now),
        "begun": _begin(now),
        "rescued": _rescue(now),
    }
    return {name: count for name, count in done.items() if count}


def _orders(now: datetime) -> int:
    """Whoever has ordered since their case began is back; before anything was done, they came alone."""
    rows = Case.objects.filter(finished_at=None, status__in=core.WORKING)
    asked = {
        case.pk: (case.customer_id, case.started_at or case.opened_at, case.until or now)
        for case in rows.only("pk", "customer_id", "started_at", "opened_at", "until")
    }
    found = orders.first_after(asked, now=now)
    for case_id, order in sorted(found.items()):
        with transaction.atomic():
            locked_tasks(case_id)
            planning.take_back_requests(case_id, now)
            case = locked(case_id)
            if case.finished_at is not None or case.status not in core.WORKING:
                continue
            if case.started_at is None:
                ending.close(case_id=case_id, result="came_back_alone", actor=ACTOR, now=now)
            else:
                _after_start(case)
                ending.win(
                    case_id=case_id,
                    actor=ACTOR,
                    now=now,
                    evidence=Evidence.ORDER,
                    order_id=order.order_id,
                    amount=order.amount,
                )
    return len(found)


def _after_start(case: Case) -> None:
    """A case that is being planned anew has begun all the same: an order is its result."""
    if case.status == Status.OPENED:
        case.status = Status.ANALYSED
        case.save(update_fields=["status"])


def _messages(now: datetime) -> int:
    """What became of messages that went by themselves."""
    waiting = Measure.objects.filter(status=MeasureStatus.RUNNING).exclude(message_id="")
    count = 0
    for pk, case_id in list(waiting.order_by("pk").values_list("pk", "case_id")):
        with transaction.atomic():
            case = locked(case_id)
            row = case.measures.get(pk=pk)
            became = sending.follow(case, row, now=now) if row.status == MeasureStatus.RUNNING else None
            if became is not None:
                row.status, row.finished_at = became, now
                row.save(update_fields=["status", "finished_at", "promised_at"])
                write(case, "act", actor=ACTOR, now=now, data={"measure": row.code, "state": became})
                count += 1
    return count


def _expire(now: datetime) -> int:
    """Offers that ended before they were promised cannot be promised any more (WIN-07)."""
    going = (MeasureStatus.PLANNED, MeasureStatus.RUNNING)
    # What was begun in time may still be said to be done.
    ended = Measure.objects.filter(status__in=going, until__lt=now, promised_at=None)
    count = 0
    for pk, case_id in list(ended.order_by("pk").values_list("pk", "case_id")):
        with transaction.atomic():
            locked_tasks(case_id)
            case = locked(case_id)
            row = case.measures.filter(pk=pk, status__in=going, promised_at=None).first()
            if row is None or case.status == Status.WAITING:
                continue
            row.status, row.finished_at = MeasureStatus.EXPIRED, now
            row.save(update_fields=["status", "finished_at"])
            ending.call_off([row], actor=ACTOR, now=now)
            write(case, "expire", actor=ACTOR, now=now, data={"measure": row.code})
            count += 1
    return count


def _remind(now: datetime) -> int:
    """A word before a promised offer ends, for whoever promised it; once."""
    before = timedelta(days=rule_queries.current().remind_days)
    soon = Measure.objects.filter(
        status=MeasureStatus.DONE,
        phase=Phase.ACTION,
        until__gt=now,
        until__lte=now + before,
        case__status=Status.CONTACTING,
        case__finished_at=None,
    ).exclude(promised_at=None)
    made = 0
    for row in soon.select_related("case").order_by("pk"):
        if row.case.way == Way.AUTOMATIC:
            continue
        kind = defaults.MEASURES[row.code]
        key = f"case:{row.case_id}:{row.pk}:remind"
        if task_queries.taken([key]):
            continue
        try:
            tasks.create(
                kind=Kind.FOLLOW_UP,
                actor=ACTOR,
                now=now,
                customer_id=row.case.customer_id,
                channel=kind.channel or "",
                title=_("%(measure)s: ends soon, remind the customer") % {"measure": MEASURE[row.code]},
                response=kind.response,
                at_stake=row.case.expected_loss,
                currency=row.case.currency,
                due_at=row.until,
                assignee_id=row.owner_id,
                follows_id=row.task_id,
                idempotency_key=key,
            )
        except TaskError as error:
            log.warning("case %s: no reminder: %s", row.case_id, error)
            continue
        made += 1
    return made


def _windows(now: datetime) -> int:
    """Automatic cases whose window is over are lost; a person's case waits for the person."""
    rows = Case.objects.filter(
        way=Way.AUTOMATIC, status=Status.CONTACTING, finished_at=None, until__lt=now
    ).order_by("pk")
    count = 0
    for pk in list(rows.values_list("pk", flat=True)):
        count += _quietly(ending.lose, case_id=pk, result="window_over", actor=ACTOR, now=now)
    return count


def _open_lost(now: datetime) -> int:
    """Open cases for lost customers who have none, the most valuable first, so many a day."""
    rules = rule_queries.current()
    if not rules.open_lost or insight.current_cycle() is None:
        return 0
    left = rules.open_daily - _opened_lately(now)
    count = 0
    for customer_id in _lost(rules.open_tiers) if left > 0 else ():
        if count >= left:
            break
        count += _quietly(
            opening.open_case, customer_id=customer_id, origin=Origin.RULE, actor=ACTOR, now=now
        )
    return count


def _lost(tiers: tuple[str, ...]) -> Iterator[str]:
    """Lost customers who can still be won, and who have had no case since they left."""
    winnable = plays.win_back_rule().lost_max_silence_days
    wanted = ScoreFilter(statuses=("lost",), tiers=tiers)
    for score in insight.iter_scores(wanted, order_by="-expected_loss"):
        if score.silence_days is None or score.silence_days > winnable:
            continue
        had = Case.objects.filter(customer_id=score.customer_id)
        # A case that is open, or that was about this very leaving.
        since = Q(finished_at=None)
        if score.last_order_at is not None:
            since |= Q(opened_at__gt=score.last_order_at)
        if not had.filter(since).exists():
            yield score.customer_id


def _begin(now: datetime) -> int:
    """Automatic cases take their steps by themselves: cause from the reasons, the first measure that fits."""
    rows = Case.objects.filter(
        way=Way.AUTOMATIC, origin=Origin.RULE, status=Status.OPENED, finished_at=None, started_at=None
    )
    count = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        count += _quietly(begin_automatically, case_id=pk, now=now)
    return count


def begin_automatically(*, case_id: int, now: datetime) -> None:
    """Analyse, plan and begin a case without a person; closed where nothing fits that is worth it.

    Raises CaseError where it has become a person's.
    """
    with transaction.atomic():
        case = Case.objects.get(pk=case_id)
        causes = rule_queries.suggested([one["code"] for one in case.reasons])
        analysing.analyse(case_id=case_id, causes=causes, asked=Asked.REASONS, actor=ACTOR, now=now)
        case = Case.objects.get(pk=case_id)
        if case.way != Way.AUTOMATIC:
            return  # its cause makes it worth a person
        fitting = first_fitting(case, now=now)
        if fitting is None:
            ending.close(case_id=case_id, result="not_worth", actor=ACTOR, now=now)
            return
        planning.plan(case_id=case_id, wanted=[fitting], actor=ACTOR, now=now)
        acting.start(case_id=case_id, actor=ACTOR, now=now)


def _rescue(now: datetime) -> int:
    """A manager's visit and a coupon for customers who are likely discontent (CHW-17), so many a day."""
    rules = rule_queries.current()
    if not rules.rescue_unhappy or insight.current_cycle() is None:
        return 0
    left = rules.open_daily - _opened_lately(now)
    wanted = ScoreFilter(statuses=("at_risk",), tiers=rules.open_tiers, reasons=UNHAPPY)
    count = 0
    for score in insight.iter_scores(wanted, order_by="-expected_loss") if left > 0 else ():
        if count >= left:
            break
        had = Case.objects.filter(customer_id=score.customer_id)
        if not had.filter(Q(finished_at=None) | Q(opened_at__gt=now - REST)).exists():
            count += _quietly(rescue, customer_id=score.customer_id, now=now)
    return count


def _opened_lately(now: datetime) -> int:
    return Case.objects.filter(origin=Origin.RULE, opened_at__gt=now - timedelta(days=1)).count()


def rescue(*, customer_id: str, now: datetime) -> None:
    """Open a case, plan a visit and a coupon within its limit, and begin; the rest waits for a person.

    The visit is the manager's: who leads the team of the customer's owner, else the owner's.
    """
    with transaction.atomic():
        number = opening.open_case(customer_id=customer_id, origin=Origin.RULE, actor=ACTOR, now=now)
        analysing.analyse(case_id=number, causes=["service"], asked=Asked.REASONS, actor=ACTOR, now=now)
        case = Case.objects.get(pk=number)
        due_at = now + timedelta(days=VISIT_DAYS)
        usual = [plans.usual(code, case, now=now) for code in ("visit", "repurchase_incentive")]
        manager = _manager(case.owner_id)
        wanted = [replace(one, due_at=due_at, owner_id=manager) for one in usual]
        fitting = [one for one in wanted if not plans.verdict_of(case, [one], now).problems]
        if plans.verdict_of(case, fitting, now).problems:
            fitting = fitting[:1]
        if not fitting:
            return
        planning.plan(case_id=number, wanted=fitting, actor=ACTOR, now=now)
        acting.start(case_id=number, actor=ACTOR, now=now, by_rule=True)


def _manager(owner_id: int | None) -> int | None:
    """Who leads the team of somebody, else the one alone."""
    owner = users.get(owner_id) if owner_id is not None else None
    team = accounts.team(owner.team_id) if owner is not None and owner.team_id else None
    return team.leader_id if team is not None and team.leader_id is not None else owner_id


def first_fitting(case: Case, *, now: datetime) -> Wanted | None:
    """The first proposed measure that the case may have and that is assumed to bring more than it costs."""
    rules = rule_queries.current()
    for code in (*core.proposed(rules, case.causes), "repurchase_incentive", "loss_survey"):
        one = plans.usual(code, case, now=now)
        verdict = plans.verdict_of(case, [one], now)
        if not verdict.problems and verdict.is_worth_it:
            return one
    return None


def _quietly(step: Callable[..., Any], **given: Any) -> int:
    """Take a step of one case; what stands in its way is logged and the next one is tried."""
    try:
        step(**given)
    except CaseError as error:
        log.info("case %s: %s", given.get("case_id", given.get("customer_id")), error)
        return 0
    return 1
