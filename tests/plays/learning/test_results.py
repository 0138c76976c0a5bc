"""A play read: figures by hand, what may be rolled out, looks that are kept, and alarms that are told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keepwell.plays.experiments import results
from keepwell.plays.experiments.measured import Amount, Refusal, Verdict
from keepwell.plays.experiments.outcomes import Guard, Metric
from keepwell.plays.learning import queries, services
from tests.plays.learning.conftest import AS_OF, DAY, DEALT, append, order


def test_figures_by_hand(play):
    """Two of three treated order for 100 at a cost of 40, one of three controls; the play spent 5 on each."""
    members = [(f"T{n}", "a", {"cost": Decimal(5)}) for n in range(3)] + [
        (f"K{n}", "control", {}) for n in range(3)
    ]
    row = play(members)
    append(
        "orders",
        [order(n, who, DEALT + DAY, 100, cost=Decimal(40)) for n, who in enumerate(("T0", "T1", "K0"))],
    )
    found = results.results(row.pk)
    assert found.final
    assert found.members == 6
    assert found.waiting == 0
    assert found.lift(Metric.RETENTION, "a").difference == pytest.approx(1 / 3)
    assert found.lift(Metric.REVENUE, "a").difference == pytest.approx(100 / 3)
    assert found.lift(Metric.MARGIN, "a").difference == pytest.approx((2 * 60 - 15) / 3 - 20)
    total = found.total
    assert total.kept.value == pytest.approx(1)
    assert total.cost == pytest.approx(15)
    assert total.margin.value == pytest.approx(45)
    assert total.returned.value == pytest.approx(3)
    assert found.verdict("a") is Verdict.TOO_SMALL
    arm = next(one for one in found.arms if one.key == "a")
    assert arm.funnel == (
        ("planned", 3), ("queued", 3), ("delivered", 3), ("opened", 0), ("answered", 0), ("kept", 2),
    )  # fmt: skip


def test_an_effect_is_found_and_may_be_rolled_out(shop_of):
    row = shop_of(4_000, effect=0.15)
    found = results.results(row.pk)
    lift = found.lift(Metric.RETENTION, "a")
    assert found.verdict("a") is Verdict.BETTER
    assert lift.low < 0.15 < lift.high
    assert results.evidence(row.pk, "a").allowed
    assert results.evidence(row.pk, "control").refusals == (Refusal.UNKNOWN_ARM,)


def test_before_the_days_are_over_nothing_is_rolled_out_and_intervals_hold_at_every_look(shop_of):
    row = shop_of(4_000, effect=0.15, status="running")
    early, late = results.results(row.pk, DEALT + 30 * DAY), results.results(row.pk)
    assert early.waiting == 4_000
    assert early.lift(Metric.RETENTION, "a").method == "sequence"
    assert Refusal.DAYS_NOT_OVER in results.evidence(row.pk, "a", DEALT + 30 * DAY).refusals
    assert not late.final  # it runs on: more looks may follow


def test_no_effect_is_not_rolled_out(shop_of):
    row = shop_of(4_000, effect=0.0)
    answer = results.evidence(row.pk, "a")
    assert not answer.allowed
    assert answer.refusals == (Refusal.NOT_BETTER,)


def test_arms_of_wrong_sizes_are_not_compared(play):
    row = play([(f"C{n}", "control" if n % 10 == 0 else "a", {}) for n in range(600)])
    append("orders", [order(n, f"C{n}", DEALT + DAY, 10) for n in range(0, 600, 3)])
    found = results.results(row.pk)
    assert found.mismatched
    assert found.verdict("a") is Verdict.NOT_COMPARABLE
    assert Refusal.NOT_COMPARABLE in results.judged(found, "a").refusals


def test_nobody_dealt_out_yet(play):
    row = play([], status="draft", started_at=None)
    found = results.results(row.pk)
    assert found.members == 0
    assert found.metrics == ()
    assert results.judged(found, "a").refusals == (Refusal.NOT_STARTED,)
    with pytest.raises(LookupError):
        results.results(row.pk + 1)


def test_a_play_of_two_arms_is_read_before_anybody_has_ordered(play):
    """Nothing varies then, so that no standard error says how wide the sum of both arms is."""
    arms = ("control", "a", "b")
    members = [(f"M{n:02d}", arms[n % 3], {}) for n in range(60)]
    row = play(members, arms=arms, control_share=1 / 3, status="running")
    early = results.results(row.pk, DEALT + DAY)
    assert (early.total.members, early.total.kept) == (40, Amount(0, 0, 0))
    assert services.look(play_id=row.pk, now=AS_OF, as_of=DEALT + DAY)
    row.status = "ended"
    row.save()
    kept = results.results(row.pk).total.kept
    assert kept.low < -3 < 3 < kept.high  # nobody of 20 each is no proof of nothing


def test_looks_are_kept_once_and_make_a_curve(shop_of):
    row = shop_of(1_000, effect=0.1, status="running")
    for days in (10, 25, 25):
        services.look(play_id=row.pk, now=AS_OF, as_of=DEALT + days * DAY)
    curve = queries.looks(row.pk, metric="retention", arm="a")
    assert [one.as_of for one in curve] == [DEALT + 10 * DAY, DEALT + 25 * DAY]
    assert curve[0].estimate == pytest.approx(0.0)  # all orders come on day 20
    assert curve[1].low < curve[1].estimate < curve[1].high
    assert curve[1].total is not None
    assert not curve[1].final


def test_alarms_are_told_once(shop_of, django_user_model):
    from keepwell.outreach.contracts import Notice
    from keepwell.outreach.queries import notices
    from keepwell.web import noticing

    owner = django_user_model.objects.create_user("ada", password="x")
    row = shop_of(2_000, effect=0.0, status="running", owner=owner)
    append(
        "contacts",
        [
            {"contact_id": f"k{n}", "customer_id": f"C{n:05d}", "at": DEALT + DAY, "channel": "email",
             "status": "unsubscribed", "play": "winter"}
            for n in range(2_000)
            if n % 8 == 0 and _arm(row, n) == "a"
        ],
        "contacts",
    )  # fmt: skip
    found = services.look(play_id=row.pk, now=AS_OF)
    assert [one.guard for one in found.alarms("a")] == [Guard.UNSUBSCRIBED]
    services.look(play_id=row.pk, now=AS_OF, as_of=AS_OF - DAY)
    told = notices.newest(owner.pk)
    assert [(one.kind, one.data["what"]) for one in told] == [(Notice.PLAY_ALARM, "unsubscribed")]
    assert "“Winter letters” end messages more" in noticing.text(told[0])
    assert noticing.link(told[0]) == f"/plays/{row.pk}/results/"


def _arm(row, number):
    return row.members.get(customer_id=f"C{number:05d}").arm.key


def test_what_the_plan_expected_stands_beside_what_was_measured(play):
    """The plan promised 30 for each of two treated and one control; only the treated ones count."""
    from keepwell.plays.models import Plan, PlanLine

    money = {name: Decimal(0) for name in ("budget", "spent", "expected_gain", "upper_bound")}
    plan = Plan.objects.create(
        fingerprint="f", cycle_id="c-1", playbook_version=1, gap=0, considered=4, worthwhile=3, customers=3,
        created_at=DEALT, created_by="ada", **money,
    )  # fmt: skip
    for place, who in enumerate(("T0", "T1", "K0")):
        PlanLine.objects.create(
            plan=plan, position=place, customer_id=who, treatment="gift", cost=Decimal(5), gain=Decimal(30),
            expected_loss=Decimal(100), tier="mid", priority=1,
        )  # fmt: skip
    members = [(f"T{n}", "a", {"cost": Decimal(5)}) for n in range(2)] + [
        (f"K{n}", "control", {}) for n in range(2)
    ]
    row = play(members, segment_id=None, plan=plan)
    append("orders", [order(n, f"T{n}", DEALT + DAY, 100, cost=Decimal(40)) for n in range(2)])
    found = results.results(row.pk).planned
    assert (found.members, found.expected) == (2, 60.0)
    assert found.measured.value == pytest.approx(120)  # before the cost of contacts


def test_a_play_that_cannot_be_read_does_not_hold_up_the_others(shop_of, play, caplog):
    broken = play([("X", "a", {"propensity": 0.0}), ("Y", "control", {})], code="broken")
    whole = shop_of(500, effect=0.1)
    assert services.run(now=AS_OF).looks == 1
    assert queries.looks(whole.pk)
    assert not queries.looks(broken.pk)
    assert "broken" in caplog.text
