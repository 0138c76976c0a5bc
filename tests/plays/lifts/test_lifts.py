"""What lots did, beside a truth that is known; looks that are kept once; nobody counted twice."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from keepwell.outreach.controls import queries as controls
from keepwell.outreach.controls import services as dealing
from keepwell.outreach.controls.models import Dealt
from keepwell.plays.lifts import queries, services
from keepwell.plays.lifts.contracts import HORIZONS, Compared, Figure
from keepwell.plays.lifts.models import Seen
from tests.plays.learning.conftest import AS_OF, DAY, DEALT, append, order

pytestmark = pytest.mark.django_db


def shop(
    count, *, effect, origin="journey:1", rate=0.3, share=0.3, seed=3, spread_days=30, version=1, **more
):
    """So many customers dealt over some days, of whom the treated come back more often by `effect`."""
    random = np.random.default_rng(seed)
    numbers = [f"{more.get('prefix', 'C')}{n:05d}" for n in range(count)]
    days = random.integers(0, spread_days, count)
    people = {one: DEALT + timedelta(days=int(day)) for one, day in zip(numbers, days, strict=True)}
    sides = dealing.deal(origin=origin, share=share, people=people, now=DEALT, version=version)
    treated = np.array([not sides[one].is_control for one in numbers])
    back = random.random(count) < rate + effect * treated
    append(
        "orders",
        [
            order(f"{origin}-{n}", numbers[n], people[numbers[n]] + 9 * DAY, more.get("amount", 200))
            for n in np.flatnonzero(back)
        ],
        batch=origin,
    )
    return people


def test_the_truth_is_within_the_interval(cycle):
    shop(6_000, effect=0.12)
    services.run(now=AS_OF)
    found = queries.effect("journey:1", days=60)
    again, orders = found.latest.of(Figure.RETENTION), found.latest.of(Figure.ORDERS)
    assert again.low < 0.12 < again.high
    assert again.verdict == "better"
    assert again.method == "sequence"  # a journey is looked at again and again
    assert orders.low < 0.12 < orders.high
    revenue = found.latest.of(Figure.REVENUE)
    assert revenue.currency == "CNY"
    assert revenue.low < 0.12 * 200 < revenue.high
    assert again.total.low < 0.12 * found.latest.treated < again.total.high
    assert (found.treated, found.control) == (found.latest.treated, found.latest.control)


def test_intervals_hold_the_truth_in_nearly_all_of_many_mailings(cycle):
    held = 0
    for number in range(20):
        origin = f"mailing:{number + 1}"
        shop(1_500, effect=0.05, origin=origin, seed=number, spread_days=1, prefix=f"M{number}-")
        lot = controls.lots(origin)[0]
        services.look(lot=lot, now=AS_OF, as_of=AS_OF)
        again = queries.effect(origin, days=30).latest.of(Figure.RETENTION)
        held += again.low < 0.05 < again.high
    assert held >= 17


def test_few_customers_are_too_few_to_tell(cycle):
    shop(40, effect=0.2)
    services.run(now=AS_OF)
    again = queries.effect("journey:1").latest.of(Figure.RETENTION)
    assert again.verdict == "too_small"
    assert again.doubts


def test_only_those_count_whose_days_are_over_and_the_others_wait(cycle):
    shop(600, effect=0.1, spread_days=120)
    services.run(now=AS_OF)
    looks = {days: queries.effect("journey:1", days=days).latest for days in HORIZONS}
    assert looks[30].waiting < looks[60].waiting < looks[90].waiting
    for days, look in looks.items():
        over = [one for one in Dealt.objects.all() if one.entered_at + days * DAY <= AS_OF]
        assert (look.treated, look.control) == (
            sum(not one.is_control for one in over),
            sum(one.is_control for one in over),
        )
        assert look.waiting == 600 - len(over)


def test_a_look_is_kept_once_and_a_lot_that_is_settled_is_not_read_again(cycle):
    shop(200, effect=0.1, origin="mailing:77", spread_days=1)
    assert services.run(now=AS_OF) == len(HORIZONS)
    assert services.run(now=AS_OF) == 0
    cycle.as_of = AS_OF + DAY
    cycle.save()
    assert services.run(now=AS_OF + DAY) == 0  # all its days were over: nothing changes any more
    assert Seen.objects.count() == len(HORIZONS)
    assert queries.effect("mailing:77").latest.final


def test_what_was_measured_ends_where_the_control_was_given_up(cycle):
    shop(400, effect=0.1, spread_days=20)
    dealing.give_up(origin="journey:1", now=DEALT + 45 * DAY)
    services.run(now=AS_OF)
    found = queries.effect("journey:1", days=30)
    over = [one for one in Dealt.objects.all() if one.entered_at + 30 * DAY <= DEALT + 45 * DAY]
    assert found.latest.treated + found.latest.control == len(over)
    assert found.latest.waiting == 0
    assert found.ended_at == DEALT + 45 * DAY
    assert queries.effect("journey:1", days=60).latest is None


def test_money_has_one_sum_for_each_currency(cycle):
    people = shop(600, effect=0.1)
    control = set(Dealt.objects.filter(is_control=True).values_list("customer_id", flat=True))
    dollars = [
        order(f"usd{n}", one, at + DAY, 10, currency="USD")
        for n, (one, at) in enumerate(people.items())
        if one not in control
    ]
    append("orders", dollars, batch="usd")
    services.run(now=AS_OF)
    look = queries.effect("journey:1").latest
    assert look.of(Figure.REVENUE, "USD").difference == pytest.approx(10)
    assert look.of(Figure.REVENUE).currency == "CNY"
    assert look.of(Figure.REVENUE).treated_mean < 200
    assert [one.currency for one in look.figures if one.figure is Figure.MARGIN] == ["CNY", "USD"]


def test_each_version_of_a_journey_with_enough_people_is_read_by_itself(cycle):
    shop(400, effect=0.1)
    Dealt.objects.filter(customer_id__gte="C00200").update(version=2)
    Dealt.objects.filter(customer_id__gte="C00390").update(version=3)
    services.run(now=AS_OF)
    found = queries.effect("journey:1")
    assert [one.version for one in found.versions] == [1, 2]  # ten people are not enough
    assert found.versions[0].treated + found.versions[0].control == 200


def test_a_lopsided_lot_says_nothing(cycle):
    shop(2_000, effect=0.1)
    lost = Dealt.objects.filter(is_control=True).values_list("pk", flat=True)[:300]
    Dealt.objects.filter(pk__in=list(lost)).delete()
    services.run(now=AS_OF)
    look = queries.effect("journey:1").latest
    assert look.mismatched
    assert {one.verdict for one in look.figures} == {"not_comparable"}


def test_messages_cost_what_a_treatment_of_their_channel_costs(cycle, home):
    from decimal import Decimal

    from keepwell.outreach.sending.models import Message
    from keepwell.plays import queries as plays
    from keepwell.plays.lifts.reading import prices

    people = shop(200, effect=0.1)
    treated = Dealt.objects.filter(is_control=False).values_list("customer_id", flat=True)
    for n, one in enumerate(treated[:50]):
        Message.objects.create(
            message_id=f"m{n}",
            customer_id=one,
            channel="email",
            purpose="marketing",
            origin="journey:1",
            priority=1,
            status="sent",
            due_at=DEALT,
            created_at=DEALT,
            created_by="ada",
            finished_at=people[one] + DAY,
        )
    assert prices()["email"] == min(
        one.unit_cost for one in plays.treatments() if one.channel == "email" and not one.order_cost_share
    )
    services.run(now=AS_OF)
    look = queries.effect("journey:1").latest
    assert look.cost == pytest.approx(float(50 * prices()["email"]))
    assert look.cost_known
    assert prices()["email"] > Decimal(0)


def test_a_customer_of_several_lots_counts_once_in_the_sum(cycle):
    shop(500, effect=0.1, origin="journey:1", spread_days=1)
    shop(500, effect=0.1, origin="mailing:1", spread_days=1, seed=4)  # the same customers at the same time
    services.run(now=AS_OF)
    found = queries.savings(since=AS_OF - DAY, until=AS_OF)
    assert [one.origin for one in sorted(found.lots, key=lambda one: one.origin)] == [
        "journey:1",
        "mailing:1",
    ]
    first = next(one for one in found.lots if one.origin == "journey:1")
    second = next(one for one in found.lots if one.origin == "mailing:1")
    assert first.once_treated == first.treated
    assert second.treated > 0
    assert second.once_treated == 0
    assert found.customers == first.treated
    assert found.kept == first.once_kept
    assert dict(found.money)["CNY"].value == pytest.approx(dict(first.margins)["CNY"].value)
    assert not queries.savings(since=AS_OF - 90 * DAY, until=AS_OF - 80 * DAY).lots


def test_what_is_kept_can_be_read_again(cycle):
    shop(30, effect=0.0)
    services.run(now=AS_OF)
    for one in queries.effect("journey:1").latest.figures:
        assert repr(Compared.from_json(one.to_json())) == repr(one)


def test_an_unknown_window_is_refused(db):
    with pytest.raises(ValueError, match="days"):
        queries.effect("journey:1", days=7)
