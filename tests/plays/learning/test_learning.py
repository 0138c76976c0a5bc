"""What was measured takes the place of what was assumed, by hand; it can be taken back; rows are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.plays import queries as plays
from keepwell.plays.learning import core, measuring, queries, rows, services
from keepwell.plays.learning.contracts import LearningError
from keepwell.plays.learning.models import Look
from tests.plays.learning.conftest import AS_OF, DAY, DEALT, append, order

SHARES = st.floats(0.001, 1.0)
SPREADS = st.floats(0.001, 1.0)


@given(SHARES, SPREADS, st.floats(-1.0, 1.0), SPREADS)
def test_the_pooled_share_lies_between_and_is_surer_than_either(assumed, spread, measured, error):
    found = core.pool(assumed, spread, measured, error)
    low, high = sorted((assumed, measured))
    assert low - 1e-12 <= found.share <= high + 1e-12
    assert found.spread <= min(spread, error) + 1e-12
    assert 0 <= found.weight <= 1


def test_much_data_replaces_the_assumption():
    found = core.pool(0.2, 0.1, 0.05, 0.001)
    assert found.share == pytest.approx(0.05, abs=1e-4)
    assert found.weight > 0.999


@given(st.dictionaries(st.sampled_from(("high", "mid", "low")), SHARES, min_size=1), st.floats(-0.5, 1.5))
def test_lines_stay_shares(assumed, pooled):
    members = dict.fromkeys(assumed, 10)
    found = core.lines(assumed, members, pooled, core.mean_share(assumed, members))
    assert set(found) == set(assumed)
    assert all(0 <= one <= 1 for one in found.values())


def test_the_saved_share_by_hand():
    """Of 100 controls 80 leave, of 100 treated 60: a quarter of those who would have left were kept."""
    left = np.array([1.0] * 60 + [0.0] * 40 + [1.0] * 80 + [0.0] * 20)
    treated = np.arange(200) < 100
    found = measuring.saved_share(left, treated, np.full(200, 0.5))
    assert found.share == pytest.approx(0.25)
    assert found.low < 0.25 < found.high
    # Delta method of a ratio of shares: r sqrt((1 - q_t) / (n q_t) + (1 - q_c) / (n q_c)).
    assert found.error == pytest.approx(0.75 * np.sqrt(0.4 / 60 + 0.2 / 80), rel=0.05)
    assert measuring.saved_share(left[:20], treated[:20], np.full(20, 0.5)) is None


def test_a_play_that_is_over_replaces_the_assumption_visibly(shop_of):
    before = {
        (one.tier, one.reason_group): one.saved_share
        for one in plays.assumptions()
        if one.treatment == "gift"
    }
    row = shop_of(4_000, effect=0.14, tiers=("mid", "mid", "high"))
    assert services.run(now=AS_OF).lessons == 2
    learned = {one.tier: one for one in queries.lessons(treatment="gift")}
    assert set(learned) == {"high", "mid"}  # nobody of the low tier was in the play
    one = learned["mid"]
    assert one.before == before[("mid", "silence")]
    assert one.low < 0.2 < one.high  # 30 % to 44 %: of the 70 who would have left, 14 stay
    assert one.weight > 0.5
    assert one.counts
    after = {
        (one.tier, one.reason_group): one.saved_share
        for one in plays.assumptions()
        if one.treatment == "gift"
    }
    assert after[("mid", "silence")] == one.after != one.before
    assert learned["high"].after / one.after == pytest.approx(
        before[("high", "silence")] / before[("mid", "silence")], rel=0.01
    )
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {("mid", "silence"), ("high", "silence")}
    assert queries.measured_lines() == {("gift", "mid", "silence"), ("gift", "high", "silence")}
    assert services.run(now=AS_OF).lessons == 0
    assert services.learn(play_id=row.pk, now=AS_OF, actor="ada") == 0


def test_it_can_be_taken_back_unless_somebody_changed_it_since(shop_of):
    from keepwell.plays import services as play_services

    shop_of(4_000, effect=0.14, tiers=("mid", "high"))
    services.run(now=AS_OF)
    mid, high = (next(one for one in queries.lessons() if one.tier == tier) for tier in ("mid", "high"))
    services.take_back(lesson_id=mid.lesson_id, actor="ada", now=AS_OF)
    services.take_back(lesson_id=mid.lesson_id, actor="bob", now=AS_OF)
    now = {(one.treatment, one.tier, one.reason_group): one.saved_share for one in plays.assumptions()}
    assert now[("gift", "mid", "silence")] == mid.before
    assert next(one for one in queries.lessons() if one.tier == "mid").taken_back_by == "ada"
    play_services.set_assumption(
        treatment="gift", tier="high", reason_group="silence", saved_share=0.33, actor="ada"
    )
    with pytest.raises(LearningError, match="changed_since"):
        services.take_back(lesson_id=high.lesson_id, actor="ada", now=AS_OF)
    with pytest.raises(LearningError, match="unknown"):
        services.take_back(lesson_id=0, actor="ada", now=AS_OF)


def test_nothing_is_learned_too_early_or_from_arms_that_cannot_be_compared(shop_of, play):
    running = shop_of(500, effect=0.2, status="running")
    with pytest.raises(LearningError, match="not_over"):
        services.learn(play_id=running.pk, now=AS_OF, actor="ada")
    running.status = "ended"
    running.save()
    with pytest.raises(LearningError, match="days_not_over"):
        services.learn(play_id=running.pk, now=AS_OF, actor="ada", as_of=DEALT + DAY)
    odd = play([(f"X{n}", "control" if n % 10 == 0 else "a", {}) for n in range(600)], code="odd")
    assert services.learn(play_id=odd.pk, now=AS_OF, actor="ada") == 0
    assert queries.lessons(play_id=odd.pk) == ()


def test_of_a_treatment_that_was_not_given_nothing_is_learned(shop_of):
    """Of a play stopped before most were contacted: no effect there says nothing of the treatment."""
    from keepwell.plays.experiments.models import Member

    row = shop_of(2_000, effect=0.0, status="stopped", ended_at=DEALT + DAY)
    treated = Member.objects.filter(play=row, arm__key="a").order_by("pk")
    waiting = list(treated.values_list("pk", flat=True))[100:]
    Member.objects.filter(pk__in=waiting).update(state="withheld", cause="stopped")
    assert services.learn(play_id=row.pk, now=AS_OF, actor="ada") == 0
    assert queries.lessons(play_id=row.pk) == ()


def test_whom_the_policy_held_back_belongs_to_what_a_treatment_achieves(shop_of):
    from keepwell.plays.experiments.models import Member

    row = shop_of(2_000, effect=0.2)
    some = Member.objects.filter(play=row, arm__key="a", customer_id__endswith="1")
    some.update(state="withheld", cause="no_consent")
    assert services.learn(play_id=row.pk, now=AS_OF, actor="ada") > 0


def test_rows_are_kept_under_pseudonyms_and_go_with_the_person(play):
    row = play([("T1", "a", {"past_orders": 4.0}), ("K1", "control", {})])
    append("orders", [order(1, "T1", DEALT + 3 * DAY, 70)])
    services.learn(play_id=row.pk, now=AS_OF, actor="ada")
    kept = queries.training_rows().to_pylist()
    assert len(kept) == 2
    first = next(one for one in kept if one["person"] == rows.person("T1"))
    assert first["treated"]
    assert (first["next_day"], first["revenue"], first["propensity"]) == (3.0, 70.0, 0.5)
    assert (first["past_orders"], first["treatment"], first["play"]) == (4.0, "gift", "winter")
    assert "T1" not in str(kept)
    assert queries.training_rows(["other"]).num_rows == 0

    class Gone:
        customer_ids = ("T1",)

    assert rows.forget(Gone()) == {"rows": 1}
    assert [one["person"] for one in queries.training_rows().to_pylist()] == [rows.person("K1")]


def test_a_play_counts_in_the_month_of_its_newest_look_alone(shop_of):
    """What it did is told from its beginning: in two months it would be added up twice."""
    row = shop_of(500, effect=0.15, status="running")
    before = AS_OF - 40 * DAY
    services.look(play_id=row.pk, now=AS_OF, as_of=before)
    first = {"since": before - 10 * DAY, "until": before + 10 * DAY}
    second = {"since": before + 11 * DAY, "until": AS_OF}
    assert len(queries.savings(**first).plays) == 1
    services.look(play_id=row.pk, now=AS_OF, as_of=AS_OF)
    assert [len(queries.savings(**one).plays) for one in (first, second)] == [0, 1]


def test_savings_of_a_period_add_up_with_their_interval(shop_of):
    shop_of(2_000, effect=0.15)
    services.run(now=AS_OF)
    found = queries.savings(since=AS_OF - 30 * DAY, until=AS_OF)
    assert len(found.plays) == 1
    assert found.kept.value == pytest.approx(found.plays[0].kept.value)
    assert found.kept.low < 0.15 * found.plays[0].treated < found.kept.high
    assert queries.savings(since=AS_OF + DAY, until=AS_OF + 2 * DAY).plays == ()


def test_what_all_treated_did_together_is_no_surer_than_what_each_arm_did(shop_of):
    # While it runs: too few to trust an interval, however far from nothing it lies.
    row, at = shop_of(60, effect=0.85, rate=0.1), DEALT + 25 * DAY
    services.look(play_id=row.pk, now=at, as_of=at)
    looks = Look.objects.filter(play_id=row.pk, metric="retention").order_by("arm")
    assert [one.verdict for one in looks] == ["too_small", "too_small"]
    found = queries.savings(since=at - DAY, until=at)
    (one,) = found.plays
    assert one.kept.low > 0  # else this shows nothing
    assert found.kept.low > 0
    assert not found.kept_somebody


def test_money_of_several_currencies_has_a_sum_each_and_customers_have_one(shop_of):
    for code, currency in (("winter", "CNY"), ("spring", "EUR"), ("summer", "EUR")):
        shop_of(1_000, effect=0.15, code=code, currency=currency)
    services.run(now=AS_OF)
    found = queries.savings(since=AS_OF - 30 * DAY, until=AS_OF)
    assert [(one.currency, one.plays) for one in found.money] == [("EUR", 2), ("CNY", 1)]
    assert found.kept.value == pytest.approx(sum(one.kept.value for one in found.plays))
    for one in found.money:
        same = [each for each in found.plays if each.currency == one.currency]
        assert one.margin == queries.together([each.margin for each in same])
        assert one.cost == sum(each.cost for each in same) > 0


def test_a_play_whose_arms_cannot_be_compared_is_in_no_sum(shop_of, play):
    shop_of(2_000, effect=0.15)
    services.run(now=AS_OF)
    month = {"since": AS_OF - DAY, "until": AS_OF}
    alone = queries.savings(**month)
    wrong = [(f"W{n}", "control" if n % 10 == 0 else "a", {}) for n in range(600)]
    play(wrong, code="lopsided")
    play([("X1", "a", {}), ("X2", "control", {})], code="tiny")
    append("orders", [order(f"w{n}", f"W{n}", DEALT + DAY, 10) for n in range(1, 600, 2)], batch="wrong")
    services.run(now=AS_OF)
    found = queries.savings(**month)
    assert len(found.plays) == 3
    assert found.left_out == 2
    assert (found.kept, found.money) == (alone.kept, alone.money)
    assert found.kept_somebody
