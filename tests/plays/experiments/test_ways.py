"""An arm of several channels: each member once, by the one that suits, within costs and places of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.history import services as history
from keepwell.outreach.sending.models import Message
from keepwell.plays.experiments import queries, services
from keepwell.plays.experiments.contracts import PlayError, State, WayValues
from keepwell.plays.experiments.core import Limits
from keepwell.plays.experiments.models import Arm, Member
from tests.outreach.mailings.test_ways import opened, phones, publish_sms  # noqa: F401
from tests.outreach.sending.conftest import NOW
from tests.plays.experiments.conftest import CALL, MAIL

SMS = WayValues("sms", "spring_sms", unit_cost=Decimal(2))
BOTH = replace(MAIL, unit_cost=Decimal(1), others=(SMS,))


@pytest.fixture
def ready(letter):
    letter()
    publish_sms()


def phone(numbers, *, agreed=True):
    rows = [CustomerRow(one, phone=f"+4740000{place:03d}") for place, one in enumerate(numbers)]
    customers.upsert_many(rows=rows, source="crm", at=NOW, actor="ada")
    at = NOW - timedelta(days=50)
    said = [ConsentRow(one, "sms", "marketing", agreed, at, "counter", "marketing/1") for one in numbers]
    privacy.record_consents(rows=said, actor="ada", live=False)


def never_mail(numbers):
    at = NOW - timedelta(days=40)
    said = [ConsentRow(one, "email", "marketing", False, at, "counter", "marketing/1") for one in numbers]
    privacy.record_consents(rows=said, actor="ada", live=False)


def begin(play, staff, made):
    services.submit(play_id=made.play_id, actor="ada", now=NOW)
    services.approve(play_id=made.play_id, user=staff["kai"], reason="good", now=NOW)
    return services.start(play_id=made.play_id, actor="ada", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_members_get_it_once_each_by_a_channel_and_pay_its_price(play, staff, ready, shared_oslo, rated):
    segment = shared_oslo(30)
    rated(segment)
    numbers = [f"C{n:05d}" for n in range(30)]
    phone(numbers[:10])
    never_mail(numbers[:10])
    never_mail(numbers[20:])  # neither by mail nor, without a number, by text
    one = begin(play, staff, play(segment_id=segment, arms=(BOTH,)))
    passed = queries.counts(one.play_id).passed
    assert sum(passed.values()) == 10
    assert set(passed) <= {"withdrawn", "not_asked", "no_address"}
    services.dispatch(now=NOW)
    treated = Member.objects.filter(play=one.play_id, arm__key="a")
    assert treated.count() + Member.objects.filter(play=one.play_id, arm__is_control=True).count() == 20
    assert set(treated.values_list("state", flat=True)) == {State.QUEUED}
    for member in treated:
        by_text = member.customer_id in numbers[:10]
        assert member.channel == ("sms" if by_text else "email")
        assert member.cost == (2 if by_text else 1)
    sent = list(Message.objects.values_list("customer_id", flat=True))
    assert len(sent) == len(set(sent)) == treated.count()
    assert services.dispatch(now=NOW) == services.dispatch(now=NOW)
    assert Message.objects.count() == treated.count()
    counted = queries.counts(one.play_id).arms["a"]
    assert sum(counted.channels.values()) == treated.count()
    assert counted.cost == sum(member.cost for member in treated)


@pytest.mark.django_db(transaction=True)
def test_who_may_get_it_by_one_channel_is_in_the_lot(play, staff, ready, shared_oslo, rated):
    segment = shared_oslo(8)
    rated(segment)
    numbers = [f"C{n:05d}" for n in range(8)]
    phone(numbers)
    never_mail(numbers)
    one = begin(play, staff, play(segment_id=segment, arms=(BOTH,)))
    assert queries.counts(one.play_id).members == 8


@pytest.mark.django_db(transaction=True)
def test_a_channel_that_is_full_gives_way_to_the_next(play, staff, ready, shared_oslo, rated):
    from keepwell.plays.models import Treatment

    segment = shared_oslo(20)
    rated(segment)
    numbers = [f"C{n:05d}" for n in range(20)]
    phone(numbers)
    for one in numbers:
        customers.set_field(
            customer_id=one, name="preferred_channel", value="sms", actor="ada", source="typed", at=NOW
        )
    Treatment.objects.create(code="texts", name="Texts", channel="sms", unit_cost=0, capacity=3)
    text = replace(SMS, treatment_code="texts", unit_cost=Decimal(0))
    one = begin(play, staff, play(segment_id=segment, arms=(replace(MAIL, others=(text,)),)))
    services.dispatch(now=NOW)
    channels = list(Member.objects.filter(play=one.play_id, arm__key="a").values_list("channel", flat=True))
    assert channels.count("sms") == 3
    assert channels.count("email") == len(channels) - 3
    assert set(Member.objects.filter(arm__key="a").values_list("state", flat=True)) == {State.QUEUED}


@pytest.mark.django_db(transaction=True)
def test_a_place_is_left_to_those_who_have_no_other_channel(play, staff, ready, shared_oslo, rated):
    from keepwell.plays.models import Treatment

    segment = shared_oslo(20)
    rated(segment)
    numbers = [f"C{n:05d}" for n in range(20)]
    phone(numbers)
    for one in numbers:
        customers.set_field(
            customer_id=one, name="preferred_channel", value="sms", actor="ada", source="typed", at=NOW
        )
    Treatment.objects.create(code="texts", name="Texts", channel="sms", unit_cost=0, capacity=8)
    text = replace(SMS, treatment_code="texts", unit_cost=Decimal(0))
    only = replace(MAIL, name="Text", text_code="spring_sms", treatment_code="texts")
    arms = (replace(MAIL, others=(text,)), only)
    one = begin(play, staff, play(segment_id=segment, arms=arms))
    services.dispatch(now=NOW)
    assert set(Member.objects.filter(play=one.play_id, arm__key="b").values_list("state", flat=True)) == {
        "queued"
    }
    assert Member.objects.exclude(channel="").filter(arm__key="a", state=State.QUEUED).exists()
    assert Message.objects.filter(channel="sms").count() == 8


@pytest.mark.django_db(transaction=True)
def test_it_goes_at_each_member_s_best_hour_and_not_after_the_last_day(
    play, staff, ready, shared_oslo, rated
):
    segment = shared_oslo(8)
    rated(segment)
    facts = [("contacts", opened("C00000", 17, day)) for day in range(1, 6)]
    facts += [("contacts", opened("C00001", 16, day)) for day in range(1, 6)]
    history.record_many(facts=facts, source="test")
    history.flush()
    arm = replace(MAIL, best_hour=True)
    one = begin(
        play, staff, play(segment_id=segment, arms=(arm,), control_share=0, no_control_reason="small")
    )
    services.dispatch(now=NOW)
    due = dict(Message.objects.values_list("customer_id", "due_at"))
    assert due["C00000"] == datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert due["C00001"] == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert one.arm("a").best_hour


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("way", "said"),
    [
        (WayValues("email", "spring"), "same_channel"),
        (WayValues("sms", "spring"), "wrong_kind"),
        (WayValues("sms", "spring_sms", unit_cost=Decimal(-1)), "not_cost"),
        (WayValues("sms", "spring_sms", treatment_code="none"), "no_treatment"),
    ],
)
def test_what_cannot_stand_beside_is_said_at_its_field(play, ready, way, said):
    with pytest.raises(PlayError) as refused:
        play(4, arms=(CALL, replace(MAIL, others=(way,))))
    assert refused.value.problems == {"arms.1.others.0": said}
    assert not Arm.objects.exists()


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sets(st.sampled_from("xyz"), min_size=1)), min_size=1, max_size=3
    ),
    st.dictionaries(st.sampled_from("xy"), st.integers(0, 5)),
)
def test_there_is_room_exactly_where_everybody_can_be_given_a_place(arms, capacities):
    counts = {str(place): count for place, (count, _codes) in enumerate(arms)}
    offers = {str(place): sorted(codes) for place, (_count, codes) in enumerate(arms)}
    limits = Limits(
        unit_cost=dict.fromkeys(counts, Decimal(0)),
        treatment={key: codes[0] for key, codes in offers.items()},
        budget=None,
        capacities=capacities,
        others={key: frozenset(codes[1:]) for key, codes in offers.items()},
    )
    # How many of each arm take the first, the second … of what it offers, in every possible way.
    ways = [
        [split for split in product(range(count + 1), repeat=len(offers[key])) if sum(split) == count]
        for key, count in counts.items()
    ]
    fits = False
    for splits in product(*ways):
        used = dict.fromkeys(capacities, 0)
        for key, split in zip(counts, splits, strict=True):
            for code, number in zip(offers[key], split, strict=True):
                if code in used:
                    used[code] += number
        fits = fits or all(used[code] <= most for code, most in capacities.items())
    assert limits.hold(counts) == fits
