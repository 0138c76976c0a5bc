"""The loop of `keepwell year`: every month a cycle, a plan, plays from the plan, and what came of them.

Everything is done by the services that people use: plays are drafted by one and approved by another, members
are dealt out, messages wait in the queue, ask the contact policy and are handed over, tasks are worked off.
Only the clock is simulated, and what the customers then do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from keepwell.cli.errors import CommandError
from keepwell.cli.year_post import PostOffice
from keepwell.cli.year_world import MONTH_DAYS, TrueLift, World, simulated

ACTOR, WRITER, APPROVER = "keepwell", "planner", "manager"
OUTCOME_DAYS = 60
CONTROL_SHARE = 0.2
MEMBERS_MIN = 30  # fewer are left to the next month's plan
# UTC hours of the first day at which people and workers are busy: it is daytime everywhere at one of them.
WORKING_HOURS = (2, 8, 14, 18, 22)
# What each treatment of the plan is: a message of this text, or a task of this kind.
MESSAGES = {"email_winback": "win_back_email", "sms_coupon": "win_back_sms", "points_bonus": "bonus_points"}
TASKS = {
    "call_back": "call", "service_recovery": "call", "personal_visit": "visit", "gift": "follow_up",
}  # fmt: skip
BRAND = {
    "company_name": "Keepwell",
    "legal_address": "1 West Lake Road, Hangzhou",
    "website": "https://www.keepwell-tea.com",
    "email": "hello@keepwell-tea.com",
    "phone": "+86 571 0000 0000",
}
BONUS = (
    {"type": "heading", "text": "Points for you, {{ customer.salutation | default: 'dear customer' }}"},
    {"type": "text", "text": "Double points count with your next order at {{ company.name }}."},
    {"type": "footer"},
)
DISPATCH_AT_ONCE = 5_000
Tell = Callable[[int, int], None]  # months that are over, customers treated in the last


class Signed(TypedDict):
    """Who does it, and when."""

    actor: str
    now: datetime


@dataclass
class MonthlyPlay:
    """One play of the year: what it measured, and what is true."""

    month: int
    play_id: int
    code: str
    treatment: str
    started_at: datetime
    members: int
    control: int
    reached: int
    spent: float
    truth: TrueLift
    treated: dict[str, str] = field(repr=False)
    everybody: list[Any] = field(repr=False)  # members, those of the control too
    arm: list[Any] = field(repr=False)  # those who were to be treated
    looks: list[Any] = field(default_factory=list, repr=False)
    results: Any = None


class Year:
    """A shop at work with Keepwell."""

    def __init__(self, world: World, post: PostOffice, *, months: int, budget: Decimal, tell: Tell) -> None:
        self.world, self.post, self.months, self.budget = world, post, months, budget
        self.tell = tell
        self.plays: list[MonthlyPlay] = []

    def prepare(self) -> None:
        """People, an own system that takes the messages, what the shop can do, and the years before."""
        from keepwell.accounts.contracts import Role
        from keepwell.accounts.services import create_user
        from keepwell.outreach.content import queries as content
        from keepwell.outreach.content import services as writing
        from keepwell.outreach.policy import services as policy
        from keepwell.outreach.sending.services import accounts
        from keepwell.plays import queries, services

        now = self.world.now
        create_user(username=APPROVER, roles=[Role.ADMINISTRATOR], actor=ACTOR)
        create_user(username=WRITER, roles=[Role.RETENTION_MANAGER], actor=ACTOR)
        writing.set_brand(values=BRAND, based_on=content.brand().version, actor=ACTOR, now=now)
        self._write_bonus(now)
        policy.begin_holdout(actor=ACTOR, now=now)
        for provider in ("email.webhook", "sms.webhook"):
            values = {"url": self.post.url, "secret": self.post.secret}
            accounts.set_account(provider=provider, values=values, actor=ACTOR, now=now)
        for one in queries.treatments():
            if not simulated(one.code):
                services.set_treatment(code=one.code, actor=ACTOR, active=False)
        self._import(self.world.begin())

    def _write_bonus(self, now: datetime) -> None:
        """The one text that Keepwell does not bring: bonus points by e-mail."""
        from keepwell.outreach.content import queries, services

        code, by = MESSAGES["points_bonus"], Signed(actor=ACTOR, now=now)
        services.create_template(
            code=code, name="Bonus points", kind="email", purpose="marketing", content_type="offer",
            language="en", **by,
        )  # fmt: skip
        draft = queries.draft(code)
        assert draft is not None
        text = draft.texts[0]
        services.save_text(
            code=code, text_id=text.text_id, revision=text.revision, subject="Points for your next order",
            document=BONUS, **by,
        )  # fmt: skip
        written = queries.draft(code)
        assert written is not None
        done = services.approve(code=code, revision=written.revision, actor=APPROVER, now=now)
        services.publish(code=code, revision=done.revision, **by)

    def run(self) -> None:
        """Month after month; the last plays are read when their days are over."""
        for month in range(self.months):
            self._read_what_is_over()
            treated: dict[str, str] = {}
            if (self.months - month) * MONTH_DAYS >= OUTCOME_DAYS:
                treated = self._act(month)
            self._import(self.world.live(treated))
            self._look()
            self.tell(month + 1, len(treated))
        self._read_what_is_over()

    def _act(self, month: int) -> dict[str, str]:
        """Judge, plan and play; the customers whom a treatment reached, each with its code."""
        from keepwell.insight import services as insight
        from keepwell.plays import services

        insight.run_cycle(as_of=self.world.now - timedelta(microseconds=1), actor=ACTOR)
        plan = services.save_plan(budget=self.budget, actor=WRITER)
        assert plan.plan_id is not None
        busy = {one.customer_id for play in self.plays if play.results is None for one in play.everybody}
        wanted = Counter(line.treatment for line in plan.lines if line.customer_id not in busy)
        started = []
        for code, free in sorted(wanted.items()):
            if free >= MEMBERS_MIN:
                started.append((code, self._start(plan.plan_id, code)))
        self._carry_out()
        treated: dict[str, str] = {}
        for code, play_id in started:
            play = self._known(month, play_id, code)
            self.plays.append(play)
            treated |= play.treated
        return treated

    def _start(self, plan_id: int, code: str) -> int:
        """A play for one treatment of the plan, written by one and approved by another."""
        from django.utils import timezone

        from keepwell.outreach import users
        from keepwell.plays import queries
        from keepwell.plays.experiments import services
        from keepwell.plays.experiments.contracts import ArmValues, PlayValues

        now = self.world.now
        called = next(one.name for one in queries.treatments() if one.code == code)
        kind = "message" if code in MESSAGES else "task"
        arm = ArmValues(
            name=called, kind=kind, treatment_code=code, text_code=MESSAGES.get(code, ""),
            task_kind=TASKS.get(code, ""),
        )  # fmt: skip
        values = PlayValues(
            name=f"{called} {now:%Y-%m-%d}",
            starts_on=timezone.localdate(now),
            ends_on=timezone.localdate(now) + timedelta(days=OUTCOME_DAYS),
            arms=(arm,),
            plan_id=plan_id,
            plan_treatment=code,
            outcome_days=OUTCOME_DAYS,
            control_share=CONTROL_SHARE,
        )
        drafted = services.draft(values=values, actor=WRITER, now=now)
        services.submit(play_id=drafted.play_id, actor=WRITER, now=now)
        approver = users.by_username(APPROVER)
        assert approver is not None, "made in prepare"
        services.approve(play_id=drafted.play_id, user=approver, reason="simulated year", now=now)
        services.start(play_id=drafted.play_id, actor=WRITER, now=now)
        return int(drafted.play_id)

    def _carry_out(self) -> None:
        """The first day: messages go, tasks are done, at every hour at which somebody is awake."""
        from keepwell.outreach.sending.services import working
        from keepwell.plays.experiments import services

        def at(hour: int) -> datetime:
            return self.world.now + timedelta(hours=hour)

        for hour in WORKING_HOURS:
            services.dispatch(now=at(hour), limit=DISPATCH_AT_ONCE)
            working.work(now=partial(at, hour))
            services.follow(now=at(hour))
            self._work_off(at(hour))

    def _work_off(self, at: datetime) -> None:
        """Whoever has tasks of plays asks for each whether it may be done now, and does it."""
        from keepwell.outreach.contracts import Outcome
        from keepwell.outreach.policy.contracts import Decision
        from keepwell.outreach.services import contacting, tasks
        from keepwell.plays.experiments import queries

        for play in queries.plays(statuses=("running",)):
            if play.started_at != self.world.now:
                continue
            for one in queries.iter_members(play.play_id, state="queued"):
                if one.task_id is None:
                    continue
                verdict = contacting.begin(task_id=one.task_id, actor=WRITER, now=at)
                if verdict:
                    tasks.complete(task_ids=[one.task_id], outcome=Outcome.UNDECIDED, actor=WRITER, now=at)
                elif verdict.decision is Decision.REFUSED:
                    tasks.cancel(task_ids=[one.task_id], actor=WRITER, now=at)

    def _known(self, month: int, play_id: int, code: str) -> MonthlyPlay:
        """What was done, and what that truly changes: asked before the world moves on."""
        from keepwell.plays.experiments import queries

        play = queries.play(play_id)
        assert play is not None
        assert play.started_at is not None
        members = list(queries.iter_members(play_id))
        arm = [one for one in members if one.arm != "control"]
        treated = {one.customer_id: code for one in arm if self._took_place(one)}
        spent = float(sum(one.cost for one in arm))
        ids = [one.customer_id for one in arm]
        truth = self.world.true_lift(ids, treated, days=OUTCOME_DAYS, spent=spent)
        return MonthlyPlay(
            month=month + 1,
            play_id=play_id,
            code=play.code,
            treatment=code,
            started_at=play.started_at,
            members=len(members),
            control=len(members) - len(arm),
            reached=len(treated),
            spent=spent,
            truth=truth,
            treated=treated,
            everybody=members,
            arm=arm,
        )

    def _took_place(self, member: Any) -> bool:
        """Whether the contact reached the customer: a message by what arrived, all else by its state."""
        from keepwell.plays.experiments.contracts import REACHED

        if member.message_id:
            return member.message_id in self.post.arrived
        return member.state in REACHED

    def _look(self) -> None:
        """Read the plays that run, as the worker does on schedule."""
        from keepwell.plays.learning import services as learning

        now = self.world.now
        for play in self.plays:
            if play.results is None:
                play.looks.append(learning.look(play_id=play.play_id, now=now, as_of=now))

    def _read_what_is_over(self) -> None:
        """End the plays whose days are over, read them for good, and learn from them."""
        from keepwell.plays.experiments import services
        from keepwell.plays.learning import services as learning

        now = self.world.now
        for play in self.plays:
            if play.results is None and play.started_at + timedelta(days=OUTCOME_DAYS) <= now:
                services.end(play_id=play.play_id, actor=WRITER, now=now)
                play.results = learning.look(play_id=play.play_id, now=now, as_of=now)
                learning.learn(play_id=play.play_id, now=now, as_of=now, actor=ACTOR)

    def _import(self, files: list[Path]) -> None:
        from keepwell.customers.privacy import services as privacy
        from keepwell.foundation import clock
        from keepwell.history import services as history
        from keepwell.intake import services
        from keepwell.outreach.policy import complaints

        report = services.import_paths(paths=files, actor=ACTOR, now=clock.now(), source="year")
        for file in report.files:
            if file.error:
                raise CommandError(f"{Path(file.file).name}: {file.error.message}")
        path = self.world.consents_path
        if path.exists():
            with path.open(encoding="utf-8", newline="") as lines:
                privacy.import_consents(file=lines, actor=ACTOR, name=path.name)
        history.flush()
        complaints.follow(now=clock.now())
