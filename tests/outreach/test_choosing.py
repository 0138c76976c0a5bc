"""Which of several channels comes first."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.outreach.choosing import Leaning, order
from keepwell.outreach.journeys.core.graph import Message
from keepwell.outreach.journeys.services.living import channels
from keepwell.outreach.pacing.models import PaceRow
from keepwell.outreach.policy.services import set_rules
from tests.outreach.journeys.conftest import NOW, people  # noqa: F401

CODES = ("email", "sms", "whatsapp", "wecom", "phone")
some = st.sampled_from(("", *CODES))
leanings = st.builds(
    Leaning, wish=some, usual=st.lists(st.sampled_from(CODES), max_size=3).map(tuple), habit=some, unread=some
)


@given(usable=st.lists(st.sampled_from(CODES), unique=True), leaning=leanings)
def test_nothing_is_lost_or_added_and_the_wish_always_comes_first(usable, leaning):
    found = order(usable, leaning)
    assert sorted(found) == sorted(usable)
    if leaning.wish in usable:
        assert found[0] == leaning.wish
    elif leaning.unread in usable:
        assert found[-1] == leaning.unread


@pytest.mark.parametrize("usable", list(permutations(("email", "sms", "whatsapp", "phone"))))
def test_wish_then_usual_then_habit_then_the_rest(usable):
    found = order(usable, Leaning(wish="phone", usual=("whatsapp",), habit="sms"))
    assert found == ["phone", "whatsapp", "sms", "email"]


def test_nothing_known_leaves_the_order_of_the_texts():
    assert order(("sms", "email"), Leaning()) == ["sms", "email"]


MESSAGE = Message("best", (("email", "a"), ("sms", "b"), ("whatsapp", "c")), "marketing", "end")
ALL = ("email", "sms", "whatsapp")


def prefer(number, channel):
    customer_services.set_field(
        customer_id=number, name="preferred_channel", value=channel, actor="ada", source="typed", at=NOW
    )


@pytest.mark.django_db
def test_a_journey_writes_by_the_channel_usual_in_the_country_unless_the_customer_wishes_another(people):  # noqa: F811
    india, other, wishing = (
        people(1, start=place, agreed=ALL, country=country, whatsapp="+919876543210")[0]
        for place, country in enumerate(("IN", "FR", "IN"))
    )
    prefer(wishing, "sms")
    assert channels(MESSAGE, [india, other, wishing], now=NOW) == {
        india: "whatsapp",
        other: "email",
        wishing: "sms",
    }


@pytest.mark.django_db
def test_a_channel_without_consent_is_passed_over(people):  # noqa: F811
    (india,) = people(1, agreed=("sms",), country="IN")
    assert channels(MESSAGE, [india], now=NOW) == {india: "sms"}


@pytest.mark.django_db
def test_a_channel_without_an_address_is_passed_over_but_the_only_one_is_kept(people):  # noqa: F811
    either, only = (
        Message("best", MESSAGE.contents[:2], "marketing", "end"),
        Message("best", (("email", "a"),), "marketing", "end"),
    )
    (german,) = people(1, agreed=ALL, country="DE", email="")
    assert channels(either, [german], now=NOW) == {german: "sms"}
    assert channels(only, [german], now=NOW) == {german: "email"}


@pytest.mark.django_db
def test_the_wish_comes_before_the_habit(people):  # noqa: F811
    number, wishing = people(2, agreed=ALL, country="DE")
    for one in (number, wishing):
        PaceRow.objects.create(
            customer_id=one, made_at=NOW, why="silence", level="slower", form="other", channel="sms"
        )
    set_rules(values={"adapt_pace": True}, actor="ada", now=NOW)
    prefer(wishing, "email")
    # E-mail is usual in Germany, but this customer makes nothing of it.
    assert channels(MESSAGE, [number, wishing], now=NOW) == {number: "sms", wishing: "email"}


@pytest.mark.django_db
def test_the_guide_is_read_once_for_many_places(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = customers.proposed_channels([("IN", ""), ("DE", ""), ("", "")])
    assert found == {("IN", ""): ("whatsapp",), ("DE", ""): ("email",), ("", ""): ()}
