"""Random journeys and orders of events: replays and deaths at any write change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from keepwell.history.contracts import LiveFact
from keepwell.outreach.journeys import services
from keepwell.outreach.journeys.core.checks import Known, check
from keepwell.outreach.journeys.core.writing import to_json
from keepwell.outreach.journeys.models import Journey, JourneyVersion, StepCount, Traveller
from keepwell.outreach.journeys.services import living, ticking
from keepwell.outreach.journeys.services.reacting import react
from keepwell.outreach.sending.models import Message
from tests.outreach.journeys.conftest import NOW, cart_fact
from tests.outreach.journeys.shapes import KINDS, definitions

pytestmark = pytest.mark.django_db

# (minutes later, what, of whom): an event, or None for a tick alone.
EVENTS = st.lists(
    st.tuples(st.integers(0, 2 * 24 * 60), st.sampled_from((*KINDS, None)), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


class Killed(BaseException):
    """The worker is gone."""


class Deaths:
    """Kills the worker at chosen writes, counted over all of them."""

    def __init__(self, monkeypatch, at):
        self.at, self.done = set(at), 0
        for module, name in ((living.queueing, "queue"), (ticking.rows, "store"), (ticking.rows, "count")):
            monkeypatch.setattr(module, name, self.around(getattr(module, name)))

    def around(self, write):
        def dying(*given, **more):
            answer = write(*given, **more)
            self.done += 1
            if self.done in self.at:
                raise Killed
            return answer

        return dying


def lived(definition, events, numbers, *, twice=False):
    """What there is at the end: passages, messages and counts, under names that do not depend on the run."""
    now = NOW
    by = {"created_at": NOW, "created_by": "t", "updated_at": NOW, "updated_by": "t"}
    # Lots go by the journey's number: the same in every run.
    journey = Journey.objects.create(pk=10**6, code="random", status="on", **by)
    JourneyVersion.objects.create(
        journey=journey, number=1, status="on", definition=to_json(definition), on_at=NOW, **by
    )
    told = []
    for place, (minutes, kind, who) in enumerate(events):
        now += timedelta(minutes=minutes)
        if kind is not None:
            fact = cart_fact(f"e{place}", numbers[who], now, kind)
            told.append(LiveFact("interactions", f"e{place}", numbers[who], fact, "shop", now))
            hear([told[-1]], now)
        if twice:
            hear(told, now)
        tick(now)
        if twice:
            tick(now)
            hear(told[-1:], now)
    names = dict(Traveller.objects.values_list("pk", "entry_key"))
    passages = sorted(
        Traveller.objects.values_list(
            "customer_id", "entry_key", "step", "visit", "entered_at", "wake_at", "waits_for", "outcome"
        ),
        key=str,
    )
    sent = {(names[row.pk], code) for row in Traveller.objects.all() for code in row.memo.get("sent", {})}
    messages = sorted(Message.objects.values_list("customer_id", "content", "due_at"), key=str)
    counts = {(row.step, row.what): row.number for row in StepCount.objects.all()}
    return passages, sent, messages, counts


def hear(facts, now):
    from keepwell.foundation import clock

    real, clock.now = clock.now, lambda: now
    try:
        surviving(lambda: react(facts))
    finally:
        clock.now = real


def tick(now):
    def act():
        assert services.tick(now=now, chunk=2).failed == 0

    surviving(act)


def surviving(act):
    """Until it is done, however often the worker dies; chunks that were written before it died stay."""
    while True:
        try:
            return act()
        except Killed:
            continue


def undone(act):
    """Do something, and have it never been."""
    with transaction.atomic():
        answer = act()
        transaction.set_rollback(True)
    return answer


RANDOM = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
    ],
)


def sound(definition):
    found = {one.code for one in check(definition, Known(published={"win_back_sms": "sms"}))}
    return not found & {"loop_without_wait", "missing_branch", "no_such_step"}


@RANDOM
@given(definitions(), EVENTS, st.sets(st.integers(1, 40), max_size=6))
def test_replays_and_deaths_change_nothing(people, brand, monkeypatch, definition, events, deaths):
    assume(sound(definition))
    numbers = people(3)
    once = undone(lambda: lived(definition, events, numbers))
    with pytest.MonkeyPatch.context() as patch:
        Deaths(patch, deaths)
        again = undone(lambda: lived(definition, events, numbers, twice=True))
    assert again == once


@RANDOM
@given(definitions(), EVENTS)
def test_what_came_to_a_step_has_left_it_or_waits_there(people, brand, definition, events):
    assume(sound(definition))
    passages, _sent, messages, counts = undone(lambda: lived(definition, events, people(3)))
    waiting: dict[str, int] = {}
    for _who, _key, step, _visit, _entered, wake_at, _waits, outcome in passages:
        assert (wake_at is None) == bool(outcome)
        if not outcome:
            waiting[step] = waiting.get(step, 0) + 1
    for code in definition.steps:
        came, left = counts.get((code, "entered"), 0), counts.get((code, "left"), 0)
        assert came - left == waiting.get(code, 0)
    queued = sum(number for (_step, what), number in counts.items() if what == "queued")
    assert queued == len(messages)
    inside = [who for who, *_rest, outcome in passages if not outcome]
    assert len(inside) == len(set(inside))
    assert len({key for _who, key, *_rest in passages}) == len(passages)
