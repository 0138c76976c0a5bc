"""A machine in which everything happens at once, and the rules of contact written down once more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import HoldKind
from keepwell.outreach import services as _outreach  # noqa: F401 - its rooms are loaded
from keepwell.outreach.channels.contracts import ChannelDownError, Fate, Refusal, Reply
from keepwell.outreach.channels.email import CONTRACT as EMAIL
from keepwell.outreach.channels.sms.contract import FREE_TEXT as SMS
from keepwell.outreach.journeys import services as journeys
from keepwell.outreach.journeys.contracts import Entrant
from keepwell.outreach.mailings import services as mailings
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.policy.contracts import Cap
from keepwell.outreach.policy.services import set_holdout, set_rules
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import delivering, queueing, recovering
from keepwell.outreach.services import contacting, tasks
from keepwell.science.experiment import in_holdout
from tests.outreach.mailings.conftest import account, letter, oslo  # noqa: F401
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "America/St_Johns")
# The evening before the clocks change: in New York, in Europe, on Lord Howe Island, and back again.
STARTS = tuple(
    datetime(2027, month, day, 12, tzinfo=UTC)
    for month, day in ((3, 13), (3, 27), (4, 3), (10, 2), (10, 30), (11, 6), (7, 1))
)
CHANNELS = {"email": EMAIL, "sms": SMS}
PURPOSES = ("marketing", "service", "survey")
PROMOTIONAL = ("marketing", "survey")
SILENCING_ALL = (HoldKind.STOP, HoldKind.LEGAL, HoldKind.DECEASED)
QUIET = (
    (time(21), time(9)),
    (time(22, 30), time(6, 45)),
    (time(1), time(3, 30)),
    (time(2, 15), time(2, 45)),
    (time(12), time(20)),
    (time(0), time(0)),
    (time(0), time(0)),
)
CAPS = (
    Cap(1, 1),
    Cap(2, 7),
    Cap(3, 2),
    Cap(2, 7, channel="email"),
    Cap(1, 2, channel="sms"),
    Cap(1, 7, channel="phone"),
    Cap(1, 30, purpose="survey"),
    Cap(2, 1, purpose="service"),
)
WHO = st.integers(0, len(ZONES) - 1)
RULES = st.builds(
    lambda quiet, weekdays, caps, repeat, reserve: {
        "quiet_from": quiet[0],
        "quiet_until": quiet[1],
        "quiet_weekdays": weekdays,
        "caps": tuple(caps),
        "repeat_days": repeat,
        "reserve_hours": reserve,
    },
    st.sampled_from(QUIET),
    st.sampled_from([(), (6,), (0, 5, 6)]),
    st.lists(st.sampled_from(CAPS), unique=True, min_size=1, max_size=4),
    st.sampled_from([0, 1, 7, 30]),
    st.sampled_from([0, 24]),
)
KIND = st.tuples(
    st.sampled_from(sorted(CHANNELS)),
    st.sampled_from(["marketing", "marketing", "service", "survey"]),
    st.sampled_from(["", "", "tea", "cups"]),
    st.sampled_from([10, 50, 90]),
    st.booleans(),
    st.sampled_from([None, None, 2, 50]),
)
FATES = (*["taken"] * 8, "later", "refused", "lost", "down", "dies", *["dies_after"] * 3, "objects")


class Died(BaseException):
    """The worker is gone, with what it had in hand."""


class Reached(NamedTuple):
    """Somebody heard from us."""

    at: datetime
    customer: str
    channel: str
    purpose: str
    content: str


@dataclass(frozen=True)
class Shop:
    """What there is before anything happens; made once."""

    numbers: list[str]
    journeys: list[int]
    segment: int
    letter: str
    user_id: int


SHOP: list[Shop] = []
TOTALS: Counter[str] = Counter()
CLOCK = [NOW]


WORK = {
    "gaps": st.lists(
        st.sampled_from([1, 15, 61, 5 * 60, 8 * 60, 23 * 60, 24 * 60, 3 * 24 * 60, 6 * 24 * 60]),
        min_size=2,
        max_size=5,
    ),
    "fates": st.lists(st.sampled_from(FATES), max_size=6),
    "batch": st.integers(2, 20),
}


class Contacts(RuleBasedStateMachine):
    """See the module."""

    def __init__(self):
        super().__init__()
        (self.shop,) = SHOP
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self.agreed, self.holds, self.reached = set(), {}, []
        self.times, self.number, self.share, self.mailed = Counter(), 0, 0.0, False

    def teardown(self):
        transaction.set_rollback(True)
        self._undo.__exit__(None, None, None)

    @initialize(
        start=st.sampled_from(STARTS),
        rules=RULES,
        share=st.sampled_from([0.0, 0.0, 0.4]),
        refused=st.sets(
            st.tuples(WHO, st.sampled_from(["email", "sms", "phone"]), st.sampled_from(PURPOSES)), max_size=6
        ),
        first=st.sampled_from([("mail",), ("travel",), ("travel", "mail"), ()]),
        kinds=st.lists(KIND, max_size=2),
        **WORK,
    )
    def begin(self, start, rules, share, refused, first, kinds, gaps, fates, batch):
        self.now, self.share = start, share
        self.agreed = {
            (number, channel, purpose)
            for number in self.shop.numbers
            for channel in ("email", "sms", "phone")
            for purpose in PURPOSES
        }
        if share:
            set_holdout(share=share, reason="test", actor="ada", now=self.now)
        self.change_rules(rules)
        for place, channel, purpose in sorted(refused):
            self.say(place, channel, purpose, given=False)
        if "travel" in first:
            for which in range(len(self.shop.journeys)):
                self.travel(which, set(range(len(ZONES))))
        if "mail" in first:
            self.mail()
        self.write(kinds)
        self.work(gaps, fates, batch)

    def ticks(self):
        """No two things happen at the same moment."""
        self.now += timedelta(seconds=1)
        CLOCK[0] = self.now
        return self.now

    @rule(rules=RULES)
    def change_rules(self, rules):
        set_rules(values=rules, actor="ada", now=self.ticks())
        self.rules = rules

    @rule(
        who=WHO,
        channel=st.sampled_from(["email", "sms", "phone"]),
        purpose=st.sampled_from(PURPOSES),
        given=st.booleans(),
    )
    def say(self, who, channel, purpose, given):
        number = self.shop.numbers[who]
        privacy.set_consent(
            customer_id=number,
            channel=channel,
            purpose=purpose,
            given=given,
            source="page",
            wording=f"{purpose}/1",
            actor="ada",
            at=self.ticks(),
        )
        (self.agreed.add if given else self.agreed.discard)((number, channel, purpose))

    @rule(who=WHO, kind=st.sampled_from(sorted(HoldKind)))
    def hold(self, who, kind):
        """One of each kind at a time: the second time it is lifted."""
        number = self.shop.numbers[who]
        if found := self.holds.pop((number, kind), None):
            privacy.lift_hold(hold_id=found, actor="ada", now=self.ticks())
        else:
            self.holds[number, kind] = privacy.place_hold(
                customer_id=number, kind=kind, actor="ada", now=self.ticks()
            )

    @rule(kinds=st.lists(KIND, min_size=1, max_size=4))
    def write(self, kinds):
        """Letters of each kind to everybody."""
        drafts = []
        for channel, purpose, content, priority, urgent, hours in kinds:
            self.number += 1
            drafts += [
                Draft(
                    key=f"letter/{self.number}/{number}",
                    customer_id=number,
                    channel=channel,
                    purpose=purpose,
                    text="Tea",
                    content=content,
                    priority=priority,
                    urgent=urgent,
                    not_after=self.now + timedelta(hours=hours) if hours else None,
                )
                for number in self.shop.numbers
            ]
        queueing.queue(drafts=drafts, actor="ada", now=self.ticks())

    @rule(which=st.integers(0, 1), who=st.sets(WHO, min_size=1))
    def travel(self, which, who):
        self.number += 1
        entrants = [Entrant(self.shop.numbers[one], f"e{self.number}", self.now) for one in sorted(who)]
        journeys.enter(journey_id=self.shop.journeys[which], entrants=entrants, now=self.ticks())

    @rule()
    def mail(self):
        if self.mailed:
            return
        self.mailed = True
        plan = Plan("Spring", self.shop.segment, self.shop.letter, control_share=0)
        made = mailings.create(plan=plan, actor="ada", now=self.ticks())
        members = len(self.shop.numbers)
        mailings.confirm(
            mailing_id=made.mailing_id, revision=made.revision, typed=members, actor="ada", now=self.ticks()
        )
        assert mailings.prepare_next(now=self.ticks()) == members

    @rule(who=WHO, anyway=st.booleans())
    def call(self, who, anyway):
        now, number = self.ticks(), self.shop.numbers[who]
        made = tasks.create(
            kind="call", customer_id=number, assignee_id=self.shop.user_id, actor="ada", now=now
        )
        one = Reached(now, number, "phone", "marketing", "")
        if contacting.begin(task_id=made.task_id, actor="ada", now=now):
            self.judge(one, self.known())
            self.reached.append(one)
            TOTALS["calls"] += 1
        elif anyway:
            contacting.took_place(task_ids=[made.task_id], actor="ada", now=now)
            self.reached.append(one)

    @rule(**WORK)
    def work(self, gaps, fates, batch):
        """Now and then what dead workers left is settled, travellers move, and what is due goes.

        What becomes of it is said by `fates`.
        """
        for gap in gaps:
            self.now += gap * MINUTE
            self.recover()
            journeys.tick(now=self.ticks())
            for contract in CHANNELS.values():
                self.send(contract, fates, batch)

    def send(self, contract, fates, batch):
        for _turn in range(6):
            now, session = self.ticks(), Recorder(self, fates)
            try:
                done = delivering.deliver(
                    contract=contract, connect=lambda s=session: s, now=now, batch=batch
                )
            except (ChannelDownError, Died):
                return
            finally:
                self.settle(session, now)
            if not done.claimed + done.withheld + done.later:
                return

    def recover(self):
        recovering.recover(now=self.ticks())

    def settle(self, session, at):
        """Judge what went in one batch by what was known when it was claimed."""
        rows = {row.message_id: row for row in Message.objects.filter(message_id__in=session.taken)}
        for name in session.taken:
            row = rows[name]
            one = Reached(at, row.customer_id, row.channel, row.purpose, row.content)
            self.judge(one, session.known, urgent=row.urgent)
            assert row.not_after is None or at <= row.not_after
            self.reached.append(one)
            self.times[name] += 1
            assert self.times[name] == 1, "a customer got a message twice"
            TOTALS["letters"] += 1
            TOTALS[
                "mailing" if row.origin.startswith("mailing") else "journey" if row.origin else "single"
            ] += 1

    def known(self):
        return frozenset(self.agreed), frozenset(self.holds)

    def judge(self, one, known, *, urgent=False):
        """The rules once more, in plain words."""
        agreed, holds = known
        place = self.shop.numbers.index(one.customer)
        assert (one.customer, one.channel, one.purpose) in agreed, "no consent"
        kinds = {kind for customer, kind in holds if customer == one.customer}
        assert not kinds & set(SILENCING_ALL), "silenced"
        assert one.purpose == "service" or not kinds, "silenced for all but service"
        if one.purpose == "marketing" and self.share:
            assert not in_holdout([one.customer], self.share)[0], "kept aside"
        local = one.at.astimezone(ZoneInfo(ZONES[place]))
        if not urgent or one.purpose in PROMOTIONAL:
            begin, end, clock = self.rules["quiet_from"], self.rules["quiet_until"], local.time()
            night = begin <= clock < end if begin <= end else not end <= clock < begin
            assert not night, f"quiet hours: {local}"
        if one.purpose in PROMOTIONAL:
            assert local.weekday() not in self.rules["quiet_weekdays"], f"quiet day: {local}"
        before = [past for past in self.reached if past.customer == one.customer]
        for cap in self.rules["caps"]:
            near = [
                past for past in [*before, one] if _bound(cap, past) and past.at > one.at - cap.days * DAY
            ]
            assert one not in near or len(near) <= cap.most, f"too often: {cap}"
        days = self.rules["repeat_days"]
        if one.content and days:
            again = [past for past in before if past.content == one.content]
            assert all(past.at <= one.at - days * DAY for past in again), "said already"


def _bound(cap, past):
    if cap.channel not in ("", past.channel):
        return False
    return past.purpose == cap.purpose if cap.purpose else past.purpose in PROMOTIONAL


class Recorder:
    """A provider that remembers what it took; what it answers, or who dies, is said beforehand."""

    def __init__(self, machine, fates):
        self.machine, self.fates = machine, fates
        self.known, self.taken = machine.known(), []

    def send(self, envelope, *, committing):
        fate = self.fates.pop(0) if self.fates else "taken"
        if fate == "down":
            raise ChannelDownError("down")
        if fate == "dies":
            raise Died
        committing()
        if fate == "later":
            return Reply(Fate.LATER, "421", "", Refusal.SLOW_DOWN)
        if fate == "refused":
            return Reply(Fate.REFUSED, "550", "", Refusal.FIX)
        self.taken.append(envelope.message_id)
        if fate == "dies_after":
            TOTALS["taken from the dead"] += 1
            raise Died
        if fate == "objects":
            # While this batch is on its way; it counts from the next one on.
            for place in range(len(ZONES)):
                self.machine.say(place, "email", "marketing", given=False)
        return Reply(Fate.UNKNOWN, "lost") if fate == "lost" else Reply(Fate.ACCEPTED, "250")

    def close(self):
        pass


@pytest.fixture
def clocked(monkeypatch):
    """The clock stands where the machine is."""
    from keepwell.foundation import clock

    CLOCK[0] = NOW
    monkeypatch.setattr(clock, "now", lambda: CLOCK[0])
