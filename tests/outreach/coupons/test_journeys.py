"""Journeys and mailings whose text carries a code: only with an offer, each reader their own, once."""

# ruff: noqa: F811 - fixtures take others by their names
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from keepwell.customers import services as customers
from keepwell.insight.models import Facet, Score
from keepwell.outreach.coupons import queries, services
from keepwell.outreach.coupons.contracts import CouponError, Kind, Source, State, Terms, Via
from keepwell.outreach.coupons.models import Coupon
from keepwell.outreach.journeys import queries as journey_queries
from keepwell.outreach.journeys import services as journeys
from keepwell.outreach.journeys.contracts import JourneyError
from keepwell.outreach.journeys.models import Traveller
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.outreach.tailoring import services as plans
from keepwell.outreach.tailoring.contracts import Why
from tests.outreach.journeys.conftest import (  # noqa: F401 - fixtures
    DAY,
    END,
    MESSAGE,
    NOW,
    at,
    brand,
    cart_fact,
    people,
    plan,
    switched_on,
    tell,
)
from tests.outreach.tailoring.conftest import text, the_map  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
REMINDER = {
    "day": {"kind": "wait", "hours": 24, "next": "say"},
    "say": {**MESSAGE, "contents": {"sms": "cart_waiting_sms"}},
    "end": END,
}


@pytest.fixture
def offer(db):
    """10% off orders from 100, of codes made here or of a list."""
    from keepwell.accounts.models import User

    ada = User.objects.create_user("ada", password="correct horse", roles=["administrator"])

    def make(*codes, text="cart_waiting_sms", days=7, ends=None):
        ends = ends or ((NOW + 30 * DAY).date() if codes else None)
        number = services.save_offer(
            name="Cart",
            terms=Terms(
                Kind.PERCENT, Decimal("0.1"), "CNY", minimum_order=Decimal(100), days=days, ends_on=ends
            ),
            source=Source.LIST if codes else Source.OWN,
            texts=[text],
            low_at=0,
            active=True,
            user=ada,
            now=NOW - DAY,
        )
        if codes:
            services.add_codes(offer_id=number, text="\n".join(codes), actor="ada", now=NOW)
        return number

    return make


def words():
    return {row.customer_id: sending.message(row.message_id).text for row in Message.objects.all()}


def run(people, switched_on, count=2):
    numbers = people(count, language="en")
    switched_on(plan(REMINDER))
    tell(*[("interactions", cart_fact(f"e{one}", one, NOW)) for one in numbers])
    journeys.tick(now=NOW)
    journeys.tick(now=NOW + DAY)
    return numbers


def test_a_cart_reminder_carries_a_code_once_an_offer_goes_with_it(people, switched_on, at, offer):
    offer()
    numbers = run(people, switched_on)
    codes = {row.customer_id: row.code for row in Coupon.objects.all()}
    said = words()
    assert set(codes) == set(said) == set(numbers)
    assert len(set(codes.values())) == 2
    for one in numbers:
        assert codes[one] in said[one]
        assert "10% off" in said[one]
        assert "1 December" in said[one]
        assert "¥100" in said[one]
    journeys.tick(now=NOW + DAY + timedelta(hours=1))
    assert Coupon.objects.count() == 2


def test_without_an_offer_it_goes_as_before(people, switched_on, at):
    (one,) = run(people, switched_on, 1)
    assert "code" not in words()[one]
    assert Coupon.objects.count() == 0


def test_a_text_that_must_name_a_code_goes_to_nobody_without_one(people, switched_on, at, offer):
    steps = {**REMINDER, "say": {**MESSAGE, "contents": {"sms": "special_offer_sms"}}}
    (one, two) = people(2, language="en")
    with pytest.raises(JourneyError):
        switched_on(plan(steps), code="without")
    assert queries.lacking(["special_offer_sms", "cart_waiting_sms"]) == {"special_offer_sms"}
    offer("TILL-0001", text="special_offer_sms")  # one code for two customers
    assert queries.lacking(["special_offer_sms"]) == frozenset()
    switched_on(plan(steps))
    tell(*[("interactions", cart_fact(f"e{number}", number, NOW)) for number in (one, two)])
    journeys.tick(now=NOW)
    journeys.tick(now=NOW + DAY)
    (said,) = words().values()
    assert "TILL-0001" in said
    assert "23 December" in said  # the last day of the till, not so many days from now
    assert queries.offers()[0].free == 0


def test_a_code_whose_message_was_taken_back_is_void_a_day_later(people, switched_on, at, offer):
    offer()
    (one,) = run(people, switched_on, 1)
    name = Message.objects.get().message_id
    queueing.take_back(message_ids=[name], actor="ada", now=NOW + DAY)
    assert services.tidy(now=NOW + DAY).untold == 0
    assert services.tidy(now=NOW + 2 * DAY + timedelta(minutes=1)).untold == 1
    (coupon,) = queries.of_customer(one, now=NOW + 2 * DAY)
    assert (coupon.state, coupon.void_reason) == (State.VOID, "not_sent")
    assert coupon.until.date() == date(2026, 12, 1)


def test_a_planned_text_is_given_its_code_inside_a_journey(people, switched_on, at, offer, the_map, text):
    """Each reader's code goes with the text that was chosen for them, by group and stage."""
    (buys, looks) = people(2, language="zh-Hans")
    ends = "{{ offer.until | date: 'short' }}前有效"
    said = f"专属码{{{{ coupon.code }}}}，{{{{ offer.words }}}}，{ends}。拒收请回复R"
    text("buys_with_code", said, content_type="offer")
    plans.set_texts(
        touchpoint="cart", kind="sms", values={(0, "decision"): "buys_with_code"}, actor="ada", now=NOW
    )
    offer(text="buys_with_code")
    start = {"fact": "interactions", "where": [{"column": "type", "is": "in", "value": ["start"]}]}
    say = {**MESSAGE, "contents": {"sms": "cart_waiting_sms"}, "touchpoint": "cart"}
    switched_on(plan({**REMINDER, "say": say}, start=start))
    begun = [
        ("interactions", {"interaction_id": f"s{one}", "customer_id": one, "at": NOW, "type": "start"})
        for one in (buys, looks)
    ]
    tell(("interactions", cart_fact("c", buys, NOW - DAY)), *begun)
    journeys.tick(now=NOW)
    for again in range(2):  # the second one changes nothing
        journeys.tick(now=NOW + DAY + again * timedelta(hours=1))
    (coupon,) = Coupon.objects.all()
    message = Message.objects.get(customer_id=buys)
    assert (coupon.customer_id, coupon.message_id) == (buys, message.message_id)
    assert message.content == "buys_with_code"
    assert coupon.code in words()[buys]
    assert "购物车" in words()[looks]  # no offer goes with the journey's own text
    kept = tailoring.decisions([message.message_id])[message.message_id]
    assert (kept.why, kept.content) == (Why.CELL, "buys_with_code")


def switched(code):
    """A ready-made journey, switched on."""
    found = journey_queries.by_code(code).journey_id
    approved = journeys.approve(journey_id=found, revision=1, actor="ada", now=NOW - DAY)
    journeys.switch_on(journey_id=found, revision=approved.revision, actor="ada", now=NOW - DAY)


def born(numbers, day):
    for one in numbers:
        customers.set_field(
            customer_id=one, name="birth_on", value=day, actor="ada", source="typed", at=NOW - DAY
        )


@pytest.mark.parametrize(
    ("days", "till", "ends"),
    [(90, None, "2026-12-31"), (7, None, "2026-12-31"), (90, "2026-12-10", "2026-12-10")],
)
def test_the_discount_of_the_birthday_month_ends_with_the_month(
    people, brand, at, offer, publish, days, till, ends
):
    """JRN-07: whatever days the offer says; what the till's own list says binds. The best get no offer."""
    numbers = [*people(9, language="en"), *people(1, start=20, country="US", language="en")]
    best, others = set(numbers[:4]), set(numbers[4:])
    publish(dict.fromkeys(numbers, "active"))
    for model in (Score.objects.filter(customer_id__in=others), Facet.objects.filter(number__gte=4)):
        model.update(tier="mid")
    codes = tuple(f"TILL-{place:04}" for place in range(10)) if till else ()
    offer(*codes, text="birthday_month_offer_sms", days=days, ends=till and date.fromisoformat(till))
    born(numbers, "1990-12-24")
    switched("birthday_month")
    first = datetime(2026, 12, 1, 2, tzinfo=UTC)
    for day in range(-4, 3):
        journeys.work(first + day * DAY)
    came = {row.customer_id for row in Traveller.objects.all()}  # a tenth is kept as control
    given = {row.customer_id: row for row in Coupon.objects.all()}
    assert set(given) == came & others > {numbers[-1]}
    assert came & best
    assert {
        row.until.astimezone(timezone.get_default_timezone()).date().isoformat() for row in given.values()
    } == {ends}
    said = words()
    for one, coupon in given.items():
        assert coupon.code in said[one]
        assert f"{date.fromisoformat(ends).day} December" in said[one]
    assert not any("code" in said[one] for one in came & best)
    coupon = next(iter(given.values()))
    with pytest.raises(CouponError, match="expired"):
        services.redeem(code=coupon.code, via=Via.API, actor="till", now=coupon.until + timedelta(seconds=1))
