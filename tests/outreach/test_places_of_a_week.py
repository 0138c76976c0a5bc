"""Of many that may go in a week exactly as many go as the limit says, and no place stays empty."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from threading import Barrier

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.outreach import services as _outreach  # noqa: F401 - its rooms are loaded
from keepwell.outreach.channels.contracts import Fate, Reply
from keepwell.outreach.channels.email import CONTRACT as EMAIL
from keepwell.outreach.policy.contracts import Cap
from keepwell.outreach.policy.services import set_rules
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import delivering, queueing
from tests.outreach.contacts_machine import clocked  # noqa: F401 - fixture
from tests.outreach.sending.conftest import NOW, people  # noqa: F401 - fixture

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Takes:
    """Takes everything, and remembers when; may be used by several workers."""

    def __init__(self):
        self.times = []

    def at(self, now):
        outer = self

        class Session:
            def send(self, envelope, *, committing):
                committing()
                outer.times.append(now)
                return Reply(Fate.ACCEPTED, "250")

            def close(self):
                pass

        return Session


def two_in_a_week():
    values = {"caps": (Cap(2, 7),), "repeat_days": 0, "quiet_from": time(3), "quiet_until": time(3)}
    set_rules(values={**values, "reserve_hours": 0}, actor="ada", now=NOW)


def letters(number, many, priorities=()):
    drafts = [
        Draft(
            key=f"{number}/{place}",
            customer_id=number,
            channel="email",
            purpose="marketing",
            text="Tea",
            origin=f"journey:{place}",
            priority=priorities[place] if priorities else 50,
        )
        for place in range(many)
    ]
    queueing.queue(drafts=drafts, actor="ada", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_two_go_in_a_week_and_two_more_in_the_next(people, clocked):  # noqa: F811
    two_in_a_week()
    (number,) = people(1)
    letters(number, 9)
    taken = Takes()
    for week in range(5):
        now = NOW + week * 7 * DAY
        ready = Barrier(4)

        def work(_place, now=now, ready=ready):
            try:
                ready.wait()
                for _turn in range(9):
                    delivering.deliver(contract=EMAIL, connect=taken.at(now), now=now, batch=1)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        assert Counter(taken.times)[now] == (2 if week < 4 else 1)
    assert Message.objects.filter(status="sent").count() == 9


@pytest.mark.django_db
@given(
    priorities=st.lists(st.sampled_from([10, 50, 90]), min_size=3, max_size=7),
    gaps=st.lists(st.integers(1, 60 * 24 * 4), min_size=1, max_size=12),
    batch=st.integers(1, 4),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_week_holds_three_and_none_of_two_places_stays_empty(once_asked, priorities, gaps, batch):
    """Whenever workers look, the first two free places are taken at once, the greater priority first."""
    taken = Takes()
    with transaction.atomic():
        letters(once_asked, len(priorities), priorities)
        now = NOW
        for gap in gaps:
            while (done := deliver(taken, now, batch)).claimed or done.later:
                pass
            week = [one for one in taken.times if one > now - 7 * DAY]
            assert len(week) == min(2, len(priorities) - len(taken.times) + len(week))
            now += gap * MINUTE
        transaction.set_rollback(True)


def deliver(taken, now, batch):
    return delivering.deliver(contract=EMAIL, connect=taken.at(now), now=now, batch=batch)


@pytest.fixture
def once_asked(people, clocked):  # noqa: F811
    two_in_a_week()
    return people(1)[0]
