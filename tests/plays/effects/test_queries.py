"""What outreach did, from warnings and orders."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from keepwell.customers.identity.models import Alias
from keepwell.outreach.models import Alert
from keepwell.plays.effects import queries
from keepwell.plays.effects.contracts import Metric
from tests.plays.effects.conftest import AS_OF, BEGAN, DAY

pytestmark = pytest.mark.django_db(transaction=True)


def test_both_sides_are_counted_by_what_they_were_dealt(warned):
    back, aside = warned(3_000, effect=0.15)
    found = queries.report(horizon_days=60)
    assert (found.reached, found.kept_aside, found.waiting) == ((~aside).sum(), aside.sum(), 0)
    again = found.effect(Metric.BOUGHT_AGAIN)
    assert again.lift.evidence == "helped"
    assert again.lift.low < 0.15 < again.lift.high
    raw = back[~aside].mean() - back[aside].mean()
    assert again.lift.difference == pytest.approx(raw, abs=0.002)
    revenue = found.effect(Metric.REVENUE)
    assert revenue.lift.difference == pytest.approx(200 * again.lift.difference, rel=0.01)
    assert {one.key for one in found.tiers} == {"high", "mid"}
    assert found.curve[19].reached == 0
    assert found.curve[20].reached == pytest.approx(back[~aside].mean())
    assert (found.currency, found.as_of, found.holdout.started_at) == ("CNY", AS_OF, BEGAN)
    assert not found.mismatch.alarm
    assert found.needed > 1_000


def test_money_of_another_currency_is_not_added_up_but_they_came_back(warned):
    warned(1_000, effect=0.3, back_in="EUR")
    found = queries.report(horizon_days=60)
    assert found.effect(Metric.BOUGHT_AGAIN).lift.difference > 0.2
    revenue = found.effect(Metric.REVENUE).lift
    assert (revenue.treated.mean, revenue.control.mean) == (0, 0)


def test_without_an_effect_none_is_claimed(warned):
    warned(3_000, effect=0.0)
    again = queries.report(horizon_days=60).effect(Metric.BOUGHT_AGAIN)
    assert again.lift.evidence in ("no difference shown", "too_small")
    assert again.lift.low < 0 < again.lift.high


def test_whose_days_are_not_over_wait(warned):
    warned(300, effect=0.1)
    found = queries.report(horizon_days=90)
    late = Alert.objects.filter(opened_at__gt=AS_OF - 90 * DAY).count()
    assert found.waiting == late
    assert found.reached + found.kept_aside == 300 - late


def test_sides_that_are_not_as_large_as_planned_raise_an_alarm(warned):
    warned(2_000, effect=0.1)
    Alert.objects.filter(held_out=True).update(held_out=False)
    assert queries.report().mismatch.alarm


def test_putting_problems_right_is_not_part_of_the_comparison(warned):
    warned(100, effect=0.1, reason="complaints_rose")
    found = queries.report()
    assert (found.reached, found.kept_aside, found.effects) == (0, 0, ())


def test_a_second_warning_of_the_same_customer_does_not_count(warned):
    warned(100, effect=0.1)
    Alert.objects.filter(customer_id="C00001").update(ended_at=AS_OF, ending="recovered")
    first = Alert.objects.get(customer_id="C00001")
    first.pk, first.opened_at, first.ended_at = None, first.opened_at + timedelta(days=1), None
    first.ending = ""
    first.save()
    found = queries.report()
    assert found.reached + found.kept_aside == 100


def test_the_orders_of_merged_people_count_as_theirs(warned):
    warned(50, effect=0.0)
    before = queries.report().effect(Metric.BOUGHT_AGAIN)
    known = {f"C{n:05d}" for n in range(50)}
    alias = Alert.objects.filter(customer_id__in=known).order_by("customer_id").first().customer_id
    Alert.objects.filter(customer_id=alias).update(customer_id="NEW")
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow

    customers.upsert_many(rows=[CustomerRow("NEW")], source="t", at=BEGAN, actor="t")
    Alias.objects.create(alias_id=alias, canonical_id="NEW", since=BEGAN)
    after = queries.report().effect(Metric.BOUGHT_AGAIN)
    assert np.isclose(before.lift.treated.mean, after.lift.treated.mean)


def test_before_anything_began_there_is_nothing_to_say(cycle):
    found = queries.report()
    assert (found.holdout.started_at, found.effects, found.reached) == (None, (), 0)
    with pytest.raises(ValueError, match="horizon_days"):
        queries.report(horizon_days=45)
