"""What can be asked of the scores."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keepwell.insight import queries, services
from keepwell.insight.contracts import ScoreFilter
from keepwell.insight.models import ThresholdVersion
from tests.insight import shop


@pytest.fixture
def scored(filled):
    services.run_cycle(as_of=shop.AS_OF - timedelta(days=60), actor="ann")
    services.run_cycle(as_of=shop.AS_OF, actor="ann")
    return filled


def everything():
    return list(queries.iter_scores())


def test_lists_pages_totals_and_summary(scored):
    """One shop, many questions: the cycles are run once."""
    ranked = everything()
    losses = [one.expected_loss for one in ranked]
    assert losses == sorted(losses, reverse=True)

    page = queries.scores(page=2, page_size=7)
    assert page.rows == tuple(ranked[7:14])
    assert page.total == len(ranked)

    for name in queries.ORDERS:
        up = queries.scores(order_by=name, page_size=1000).rows
        values = [getattr(one, name) for one in up if getattr(one, name) is not None]
        assert values == sorted(values)

    check_filters(ranked)
    check_summary(ranked)
    check_constant_queries()
    check_single(ranked)
    check_preview(ranked)


def check_filters(ranked):
    cases = [
        (ScoreFilter(statuses=("at_risk", "lost")), lambda s: s.status in ("at_risk", "lost")),
        (
            ScoreFilter(tiers=("high",), risk_levels=("low",)),
            lambda s: s.tier == "high" and s.risk_level == "low",
        ),
        (ScoreFilter(life_stages=("decline",)), lambda s: s.life_stage == "decline"),
        (ScoreFilter(communication_groups=("mass",)), lambda s: s.communication_group == "mass"),
        (ScoreFilter(segments=("champions",)), lambda s: s.rfm_segment == "champions"),
        (
            ScoreFilter(reasons=("rhythm_broken",)),
            lambda s: bool(s.reasons) and s.reasons[0].code == "rhythm_broken",
        ),
        (
            ScoreFilter(hints=("cause_check", "bundle_offer")),
            lambda s: bool({"cause_check", "bundle_offer"} & set(s.hints)),
        ),
        (ScoreFilter(search="c00"), lambda s: s.customer_id.startswith("c00")),
        (ScoreFilter(search="C00"), lambda s: False),
        (ScoreFilter(search="%"), lambda s: False),
    ]
    for wanted, accepts in cases:
        expected = [one for one in ranked if accepts(one)]
        page = queries.scores(wanted, page_size=1000)
        assert list(page.rows) == expected, wanted
        assert page.total == len(expected), wanted


def check_summary(ranked):
    summary = queries.summary()
    assert summary.customers == len(ranked)
    for name, column in (("by_status", "status"), ("by_tier", "tier"), ("by_segment", "rfm_segment")):
        counts = getattr(summary, name)
        assert sum(count.customers for count in counts.values()) == len(ranked)
        for code, count in counts.items():
            mine = [one for one in ranked if getattr(one, column) == code]
            assert count.customers == len(mine)
            assert count.expected_loss == sum(one.expected_loss for one in mine)
    assert summary.at_risk.customers == summary.by_status["at_risk"].customers
    assert sum(count.customers for count in summary.by_reason.values()) == summary.at_risk.customers
    watched = [one for one in ranked if one.status in ("active", "at_risk")]
    assert sum(summary.risk_histogram) == len(watched)
    assert summary.total_clv == sum(one.clv for one in ranked)
    orders = shop.random_orders()
    assert sum(month.orders for month in summary.months) == len(orders)
    assert sum(month.new_customers for month in summary.months) == len(ranked)
    assert summary.months == tuple(sorted(summary.months, key=lambda month: month.month))
    both = [one for one in ranked if one.previous_status]
    assert summary.moved["newly_at_risk"] == sum(
        one.status == "at_risk" != one.previous_status for one in both
    )
    assert summary.previous["customers"] == len(both)
    recent = [row["customer_id"] for row in orders if row["ordered_at"] > shop.AS_OF - timedelta(days=90)]
    repeat = sum(recent.count(one) > 1 for one in set(recent)) / len(set(recent))
    assert summary.repeat_purchase_rate[90] == pytest.approx(repeat)


def check_constant_queries():
    asked = []
    for size in (5, 200):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            queries.scores(ScoreFilter(statuses=("active",)), page_size=size)
        asked.append(len(captured))
    assert asked == [4, 4]  # the cycle, counts, the places in the list, the rows
    with CaptureQueriesContext(connection) as captured:
        queries.summary()
    assert len(captured) == 1


def check_single(ranked):
    assert queries.score(ranked[3].customer_id) == ranked[3]
    assert queries.score("nobody") is None
    history = queries.score_history("c0001")
    assert [row[0] for row in history] == sorted(row[0] for row in history)
    assert history[-1][1] == queries.score("c0001").churn_risk


def check_preview(ranked):
    same = queries.preview_thresholds({})
    flagged = [one for one in ranked if one.status == "at_risk"]
    assert same.flagged == same.flagged_now == len(flagged)
    assert same.lost == same.lost_now == sum(one.status == "lost" for one in ranked)
    assert same.expected_loss == sum(one.expected_loss for one in flagged)
    assert sum(same.by_tier.values()) == len(flagged)
    stricter = queries.preview_thresholds({"medium_risk": 0.5})
    assert stricter.flagged == sum(one.churn_risk >= 0.5 for one in flagged) < same.flagged
    with CaptureQueriesContext(connection) as captured:
        queries.preview_thresholds({"medium_risk": 0.5})
    assert len(captured) == 3  # thresholds, cycle, one over the scores
    nobody = queries.preview_thresholds(
        {"medium_risk": 1, "high_risk": 1, "lost_p_alive": 0, "lapsed_days": 3650}
    )
    assert (nobody.flagged, nobody.lost, nobody.expected_loss) == (0, 0, Decimal(0))


@pytest.mark.parametrize("order_by", ["", "name", "--clv", "reasons", "clv; drop"])
def test_other_orders_are_refused(db, order_by):
    with pytest.raises(ValueError, match="order_by"):
        queries.scores(order_by=order_by)


@pytest.mark.parametrize("page", [{"page": 0}, {"page_size": 0}, {"page_size": 1001}])
def test_other_pages_are_refused(db, page):
    with pytest.raises(ValueError, match="page"):
        queries.scores(**page)


def test_before_the_first_cycle_everything_is_empty(db):
    assert queries.current_cycle() is None
    assert queries.summary() is None
    assert queries.score("a") is None
    assert queries.scores().rows == ()
    assert everything() == []
    assert queries.quality() == ()
    assert queries.preview_thresholds({}).flagged == 0
    assert not ThresholdVersion.objects.exists()
