"""The pure rules of care."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.plays.care import core
from keepwell.plays.care.contracts import GiftView, LineSpec, PackageItem, Rules
from keepwell.plays.care.core import Heard

DAY = date(2026, 11, 23)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 104), st.integers(0, 2_000))
def test_the_rhythm_never_goes_back_and_keeps_its_weekday(last, weeks, later):
    today = last + timedelta(days=later)
    coming = core.following(last, weeks, today)
    assert coming >= today
    assert coming > last
    assert (coming - last).days % (7 * weeks) == 0
    assert coming - timedelta(weeks=weeks) <= max(last, today)


def test_no_rhythm_is_none():
    with pytest.raises(ValueError, match="every_weeks"):
        core.following(DAY, 0, DAY)


def test_what_a_plan_takes_in_a_year():
    lines = [
        LineSpec("call", "every", 4, budget=Decimal(10)),
        LineSpec("gift", "birthday", budget=Decimal(99)),
    ]
    assert core.acts_a_year(lines) == 14
    assert core.cost_a_year(lines) == Decimal(229)


@pytest.mark.parametrize(
    ("most", "share", "stake", "expected"),
    [
        (Decimal(500), 0.1, Decimal(2_000), Decimal(200)),
        (Decimal(100), 0.1, Decimal(2_000), Decimal(100)),
        (None, 0.1, Decimal(2_000), Decimal(200)),
        (Decimal(500), 0.1, None, Decimal(500)),
    ],
)
def test_the_narrower_limit_holds(most, share, stake, expected):
    found = core.limit_of(max_cost=most, max_value_share=share, value_at_stake=stake)
    assert found == pytest.approx(expected)


def gift(code, hobby="", low=10, barred=()):
    return GiftView(code, hobby, code, Decimal(low), Decimal(low * 2), tuple(barred), True, False)


def test_gifts_of_the_hobby_come_first_and_what_is_taboo_is_not_proposed():
    ideas = [
        gift("card", low=1),
        gift("clock", "home", 50, ["CN"]),
        gift("book", "reading"),
        gift("ball", "outdoor"),
    ]
    found, barred = core.gifts(
        ideas, hobbies=["reading", "home"], places=frozenset({"CN", "east_asia"}), room=Decimal(40)
    )
    assert [one.gift.code for one in found] == ["book", "card"]
    assert barred == ("clock",)
    found, barred = core.gifts(ideas, hobbies=["home"], places=frozenset({"NO"}), room=Decimal(40))
    assert [(one.gift.code, one.within_limit) for one in found] == [("card", True), ("clock", False)]
    assert not barred


def heard(channel, *statuses):
    return [Heard(channel, status) for status in statuses]


def test_a_channel_that_is_ignored_gives_way_to_the_one_that_is_answered():
    past = heard("email", *["sent"] * 5) + heard("phone", "answered", "answered", "sent")
    (found,) = core.reactions(past, planned=["email"])
    assert (found.kind, found.channel, found.other) == ("switch", "email", "phone")
    assert found.figures == {"sent": 5, "answered": 0, "other_sent": 3, "other_answered": 2}
    assert core.reactions(past[1:], planned=["phone"]) == ()
    assert core.reactions(heard("email", *["sent"] * 5), planned=["email"]) == ()  # nothing better is known
    few = heard("email", *["sent"] * 3) + heard("phone", "answered", "answered")
    assert core.reactions(few, planned=["email"]) == ()


def test_whoever_complained_is_spared_greetings():
    (found,) = core.reactions(heard("sms", "complained", "unsubscribed"), planned=["sms"])
    assert (found.kind, found.figures) == ("pause", {"sms": 2})


@pytest.mark.parametrize(
    ("extra", "ready", "problems"),
    [(10, 5, ()), (21, 5, ("too_dear",)), (0, 25, ("too_slow",)), (60, 5, ("too_dear", "below_cost"))],
)
def test_a_package_says_when_it_is_too_dear_or_slow(extra, ready, problems):
    items = [PackageItem("table", Decimal(2), Decimal(50), Decimal(25))]
    found = core.check_package(
        items, extra_cost=Decimal(extra), ready_days=ready, usual_days=5, rules=Rules()
    )
    assert found.problems == problems
    assert (found.price, found.margin) == (100, 50 - extra)


def test_how_somebody_is_served_follows_from_value_needs_and_kind():
    hints = core.service_hints(tier="high", needs=["older", "traveller"], sensitivity="time", group="")
    assert hints == ("vip_channel", "custom_solution", "priority_support", "simple_guidance", "fast_track")
    assert core.service_hints(tier="low", needs=[], sensitivity="", group="potential") == ("show_use",)
