"""Whatever anybody asks for in whatever order: nothing above the limit, no promise after an offer's end."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.accounts import services as accounts
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.services import tasks
from keepwell.plays.winback import services
from keepwell.plays.winback.contracts import CaseError, MeasureStatus, Wanted
from keepwell.plays.winback.queries import cases
from tests.plays.winback.conftest import NOW

ACTIONS = (
    "plan", "plan", "plan", "start", "start", "start", "revise", "revise", "done", "done", "done",
    "cancel", "cancel", "reopen_task", "reopen_task", "undo", "not_reached", "wait", "wait", "run",
    "analyse", "ask", "approve", "refuse", "withdraw", "win", "lose", "reopen",
    "diagnose",
)  # fmt: skip
LIMIT = Decimal(500)
GOING = (MeasureStatus.RUNNING, MeasureStatus.DONE)
OFFER = Wanted("recall_offer", Decimal(40), Decimal("0.2"), NOW + timedelta(days=2))
REFUSED = (CaseError, TaskError, ValidationError, PermissionDenied)


class World:
    """One case and everybody who may do something to it."""

    def __init__(self, number, people, seed):
        self.number, self.people, self.dice = number, people, random.Random(seed)
        self.now, self.tokens = NOW, []

    def step(self, action):
        """Try something as somebody; what is refused is refused."""
        user = self.dice.choice(self.people)
        by = {"actor": user.username, "now": self.now}
        with suppress(*REFUSED):
            getattr(self, f"do_{action}")(user, by)

    def do_analyse(self, user, by):
        causes = self.dice.sample(["service", "price", "competitor", "moved"], 2)
        services.analyse(case_id=self.number, causes=causes, asked="staff", **by)

    def do_diagnose(self, user, by):
        services.diagnose(case_id=self.number, obstacles=["slow_delivery"], **by)

    def do_plan(self, user, by):
        codes = self.dice.sample(["fix_problem", "visit", "special_offer", "recall_offer", "gift"], 2)
        wanted = [
            Wanted(
                code,
                Decimal(self.dice.choice([0, 40, 60, 150, 249, 251, 300, 500, 501])),
                Decimal("0.2") if code.endswith("offer") else Decimal(0),
                self.now + timedelta(days=self.dice.choice([-1, 1, 2, 2, 5, 100]))
                if code.endswith("offer")
                else None,
            )
            for code in codes[: self.dice.choice([1, 2])]
        ]
        services.plan(case_id=self.number, wanted=wanted, **by)

    def do_ask(self, user, by):
        services.ask(case_id=self.number, user=user, reason="please", now=self.now)

    def do_withdraw(self, user, by):
        services.withdraw(case_id=self.number, **by)

    def do_approve(self, user, by, approve=True):
        for one in cases.get(self.number).approval_ids:
            accounts.decide(user=user, approval_id=one, approve=approve, reason="so", now=self.now)

    def do_refuse(self, user, by):
        self.do_approve(user, by, approve=False)

    def do_start(self, user, by):
        services.start(case_id=self.number, user=user, **by)

    def do_revise(self, user, by):
        services.revise(case_id=self.number, **by)

    def _task(self):
        mine = [one.task_id for one in cases.get(self.number).measures if one.task_id]
        return [self.dice.choice(mine)] if mine else []

    def do_done(self, user, by):
        self.tokens.append(tasks.complete(task_ids=self._task(), outcome="staying", **by).token)

    def do_not_reached(self, user, by):
        later = self.now + timedelta(days=1)
        done = tasks.complete(task_ids=self._task(), outcome="not_reached", follow_up_at=later, **by)
        self.tokens.append(done.token)

    def do_cancel(self, user, by):
        self.tokens.append(tasks.cancel(task_ids=self._task(), **by).token)

    def do_reopen_task(self, user, by):
        tasks.reopen(task_ids=self._task(), **by)

    def do_undo(self, user, by):
        if self.tokens:
            tasks.undo(token=self.dice.choice(self.tokens), **by)

    def do_win(self, user, by):
        services.win(case_id=self.number, **by)

    def do_lose(self, user, by):
        services.lose(case_id=self.number, result="other", **by)

    def do_reopen(self, user, by):
        services.reopen(case_id=self.number, **by)

    def do_wait(self, user, by):
        self.now += timedelta(days=self.dice.choice([1, 2, 3]))

    def do_run(self, user, by):
        services.run(now=self.now)

    def check(self):
        found = cases.get(self.number)
        committed = sum((one.cost for one in found.measures if one.status in GOING), Decimal(0))
        waiting = sum((one.cost for one in found.measures if one.status is MeasureStatus.PLANNED), Decimal(0))
        assert committed <= LIMIT
        assert committed + waiting <= LIMIT or found.line.grade != "A"
        for one in found.measures:
            if one.status is MeasureStatus.DONE and one.until is not None:
                assert one.promised_at <= one.until
            if one.status is MeasureStatus.EXPIRED:
                assert one.promised_at is None
                task = task_queries.get(one.task_id) if one.task_id else None
                assert task is None or not task.is_active
        assert len({one.number for one in numbered(found)}) == len(found.steps)


def numbered(found):
    from keepwell.plays.winback.models import CaseStep

    return list(CaseStep.objects.filter(case=found.case_id))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=15, max_size=60), seed=st.integers(0, 10**6))
def test_no_sequence_spends_above_the_limit_or_promises_after_the_end(ann, people, rita, actions, seed):
    from django.db import transaction

    with transaction.atomic():
        number = services.open_case(customer_id=ann, origin="customer", actor="lin", now=NOW)
        services.analyse(case_id=number, causes=["service"], asked="staff", actor="lin", now=NOW)
        # Ada decides without limit: what is refused is not refused for her authority alone.
        world = World(number, [people.lin, people.ada, people.ada, people.ada, rita], seed)
        first = [Wanted("fix_problem", Decimal(249)), OFFER]
        services.plan(case_id=number, wanted=first, actor="ada", now=NOW)
        services.start(case_id=number, user=people.ada, actor="ada", now=NOW)
        for action in actions:
            world.step(action)
            world.check()
        transaction.set_rollback(True)
