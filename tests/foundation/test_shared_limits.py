"""One limit for all processes together: counted in the cache that they share."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.accounts.models import SharedValue
from keepwell.foundation import clock
from keepwell.foundation.limits import Policy, Shared

pytestmark = pytest.mark.django_db
FIVE = Policy("five", 5, 60)
START = 1_800_000_000.0 - 1_800_000_000.0 % 60


def test_two_processes_count_together():
    one, other = Shared(), Shared()
    verdicts = [(one, other)[n % 2].take("caller", FIVE, now=START + n) for n in range(6)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False]
    assert verdicts[-1].headers()["Retry-After"] == "55"
    assert one.take("another", FIVE, now=START).allowed
    assert one.take("caller", Policy("other", 5, 60), now=START).allowed


def test_nobody_gets_twice_as_much_across_the_border_of_a_window():
    limits = Shared()
    for n in range(5):
        assert limits.take("caller", FIVE, now=START + 50 + n).allowed
    assert not limits.take("caller", FIVE, now=START + 61).allowed
    # Half the window later half of them are forgotten.
    allowed = [limits.take("caller", FIVE, now=START + 90).allowed for _n in range(4)]
    assert allowed == [True, True, False, False]
    assert limits.take("caller", FIVE, now=START + 200).allowed


def test_what_was_refused_does_not_count():
    limits = Shared()
    for _n in range(20):
        limits.take("caller", FIVE, now=START)
    assert limits.take("caller", FIVE, now=START + 100).allowed


def test_what_was_counted_is_known_until_the_next_window_is_over():
    limits, hour = Shared(), Policy("hour", 5, 3_600)
    for _n in range(3):
        limits.take("caller", hour, now=START)
    (kept,) = SharedValue.objects.all()
    assert kept.expires > clock.now() + timedelta(minutes=119)
