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


@pytest.mark.one_store
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


def test_a_lot_that_is_too_small_or_lopsided_is_shown_and_is_in_no_sum(cycle):
    """Two treated and a control say nothing; nor does a lot of which somebody lost half the control."""
    shop(3_000, effect=0.15, origin="journey:1", spread_days=1)
    alone = queries_of_the_month()
    dealing.deal(
        origin="mailing:5", share=0.5, people={f"T{n}": DEALT for n in range(3)}, now=DEALT, version=0
    )
    Dealt.objects.filter(customer_id="T0").update(is_control=True)
    Dealt.objects.filter(customer_id__in=("T1", "T2")).update(is_control=False)
    shop(2_000, effect=0.3, origin="mailing:6", spread_days=1, prefix="L")
    lost = Dealt.objects.filter(lot__origin="mailing:6", is_control=True).values_list("pk", flat=True)[:300]
    Dealt.objects.filter(pk__in=list(lost)).delete()
    Seen.objects.all().delete()
    found = queries_of_the_month()
    assert {one.origin: one.in_sum for one in found.lots} == {
        "journey:1": True,
        "mailing:5": False,
        "mailing:6": False,
    }
    assert (found.kept, found.money, found.customers) == (alone.kept, alone.money, alone.customers)
    assert found.kept.low > 0
    assert found.left_out == 2


def queries_of_the_month():
    services.run(now=AS_OF)
    return queries.savings(since=AS_OF - DAY, until=AS_OF)


def test_many_lots_of_a_few_prove_nothing_together(cycle):
    """None of their intervals can be trusted, so neither can their sum."""
    for number in range(12):
        origin, prefix = f"mailing:{number + 1}", f"F{number}-"
        shop(24, effect=0, rate=0, share=0.15, origin=origin, seed=number, spread_days=1, prefix=prefix)
        treated = Dealt.objects.filter(lot__origin=origin, is_control=False)
        rows = [
            order(f"{prefix}{n}", one.customer_id, DEALT + 5 * DAY, 9) for n, one in enumerate(treated[:9])
        ]
        append("orders", rows, batch=f"few {number}")
    found = queries_of_the_month()
    assert found.kept.low > 0  # else this shows nothing
    assert not found.kept_somebody
    assert not found.lost_somebody


def test_a_sum_rests_on_the_newest_look_of_each_lot_and_on_nothing_older(cycle):
    shop(400, effect=0.1, spread_days=40)
    services.run(now=AS_OF)
    cycle.as_of = AS_OF + DAY
    cycle.save()
    services.run(now=AS_OF + DAY)
    found = queries.savings(since=AS_OF - DAY, until=AS_OF + DAY)
    assert [one.as_of for one in found.lots] == [AS_OF + DAY]
    assert not queries.savings(since=AS_OF - DAY, until=AS_OF).lots


def message(number, customer, at, channel="email"):
    from keepwell.outreach.sending.models import Message

    Message.objects.create(
        message_id=f"m{number}",
        customer_id=customer,
        channel=channel,
        purpose="marketing",
        origin="journey:1",
        priority=1,
        status="sent",
        due_at=at,
        created_at=at,
        created_by="ada",
        finished_at=at,
    )


def test_what_went_before_the_lot_and_to_the_control_is_no_cost_of_it(cycle):
    from keepwell.plays.lifts.reading import prices

    people = shop(200, effect=0.1)
    one = Dealt.objects.filter(is_control=False).first().customer_id
    other = Dealt.objects.filter(is_control=True).first().customer_id
    message(1, one, people[one] - 40 * DAY)
    message(2, one, people[one] + DAY)
    message(3, other, people[other] + DAY)  # service, that is owed to the control as well
    services.run(now=AS_OF)
    assert queries.effect("journey:1").latest.cost == pytest.approx(float(prices()["email"]))


def test_a_lot_without_both_sides_is_not_read_again_and_again(cycle, monkeypatch, caplog):
    from keepwell.plays.lifts import reading

    dealing.deal(origin="mailing:9", share=0.1, people={"A": DEALT}, now=DEALT)
    shop(30, effect=0, origin="journey:2", spread_days=1)
    Dealt.objects.filter(lot__origin="journey:2").update(entered_at=AS_OF - DAY)  # days to go

    def refused(*_some, **_more):
        raise AssertionError("there is nothing to compare")

    for name in ("bought", "before", "costs"):
        monkeypatch.setattr(reading, name, refused)
    assert services.run(now=AS_OF) == 0
    monkeypatch.setattr(services.controls, "units", refused)
    dealing.give_up(origin="mailing:9", now=DEALT)
    assert services.run(now=AS_OF) == 0
    assert not caplog.records


def test_before_the_first_cycle_nothing_is_looked_at(cycle):
    from keepwell.insight.models import CurrentCycle

    shop(200, effect=0.1)
    CurrentCycle.objects.all().delete()
    assert services.run(now=AS_OF) == 0


def test_a_journey_that_is_over_is_settled_until_it_goes_on(cycle):
    from keepwell.outreach.journeys.models import Journey

    row = Journey.objects.first()
    Journey.objects.update(status="off")
    origin = f"journey:{row.pk}"
    shop(300, effect=0.1, origin=origin, spread_days=3)
    services.run(now=AS_OF)
    assert queries.effect(origin).latest.final
    cycle.as_of = AS_OF + 40 * DAY  # another month: what it did stays where it was seen last
    cycle.save()
    assert services.run(now=AS_OF + 40 * DAY) == 0
    assert queries.savings(since=AS_OF - DAY, until=AS_OF).lots
    Journey.objects.update(status="on")
    people = {f"N{n}": AS_OF + DAY for n in range(40)}
    dealing.deal(origin=origin, share=0.3, people=people, now=AS_OF + DAY)
    cycle.as_of = AS_OF + 80 * DAY
    cycle.save()
    services.run(now=AS_OF + 80 * DAY)
    found = queries.effect(origin).latest
    assert found.treated + found.control == 340
    assert not found.final
