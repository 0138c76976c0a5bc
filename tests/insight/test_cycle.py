"""The cycle: from facts to scores, as of an instant, repeatable, resumable, never a mixture."""

from __future__ import annotations

import shutil
from datetime import timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.foundation import clock
from keepwell.insight import queries, services
from keepwell.insight.contracts import ScoreFilter
from keepwell.insight.cycle import lease, publishing, scoring, summary
from keepwell.insight.cycle.steps import registered
from keepwell.insight.models import CurrentCycle, Cycle, CycleLease, Facet, Score
from keepwell.insight.segments import membership, store
from keepwell.insight.segments.models import Segment, SegmentMember, SegmentSize
from tests.insight import shop


def run(**more):
    return services.run_cycle(**({"as_of": shop.AS_OF, "actor": "ann"} | more))


def everything() -> list:
    return list(queries.iter_scores(order_by="customer_id"))


def without_cycle(scores) -> list:
    hidden = {"cycle_id", "previous_churn_risk", "previous_clv", "previous_tier", "previous_status"}
    return [{k: v for k, v in vars(one).items() if k not in hidden} for one in scores]


def test_every_customer_with_a_purchase_has_one_score(filled):
    cycle = run()
    scores = everything()
    bought = {row["customer_id"] for row in shop.random_orders()}
    assert [one.customer_id for one in scores] == sorted(bought)
    assert {one.cycle_id for one in scores} == {cycle.cycle_id}
    assert cycle.is_current
    assert cycle.status == "done"
    assert [step.status for step in cycle.steps] == ["done"] * len(cycle.steps)
    assert all(0 <= one.churn_risk <= 1 and 0 <= one.p_alive <= 1 for one in scores)
    assert all(one.expected_loss >= 0 for one in scores)


def test_all_at_risk_have_reasons_and_their_weights_are_shares(filled):
    run()
    at_risk = list(queries.iter_scores(ScoreFilter(statuses=("at_risk",))))
    assert at_risk
    for one in at_risk:
        assert 1 <= len(one.reasons) <= 3
        assert 0 < sum(reason.weight for reason in one.reasons) <= 1.002
        assert [r.weight for r in one.reasons] == sorted((r.weight for r in one.reasons), reverse=True)


def test_reasons_are_true_in_the_figures(filled):
    run()
    for one in queries.iter_scores():
        for reason in one.reasons:
            if reason.code == "rhythm_broken":
                assert reason.figures["silence_days"] == one.silence_days
                assert one.silence_days >= 2 * one.rhythm_days
            if reason.code == "bought_once":
                assert one.orders == 1
            if reason.code == "purchases_fell":
                assert reason.figures["recent"] <= 0.5 * reason.figures["usual"] + 0.05
            if reason.code == "drifting_away":
                assert one.churn_risk > 0.5
            if reason.code == "low_return":
                assert one.churn_risk >= 0.35


def test_nothing_after_as_of_is_used(home, transactional_db):
    cut = shop.AS_OF - timedelta(days=120)
    rows = shop.random_orders()
    shop.put("orders", [row for row in rows if row["ordered_at"] <= cut], "early")
    run(as_of=cut)
    alone = without_cycle(everything())
    shop.put("orders", [row for row in rows if row["ordered_at"] > cut], "late")
    shop.put(
        "tickets",
        [{"ticket_id": "t", "at": shop.day(3), "customer_id": "c0001", "event": "opened"}],
        "tickets",
    )
    run(as_of=cut)
    assert without_cycle(everything()) == alone
    run()
    assert without_cycle(everything()) != alone


def test_same_inputs_give_the_same_scores(filled):
    run()
    first = without_cycle(everything())
    run(resume=False)
    assert without_cycle(everything()) == first


def test_without_orders_it_says_what_to_do(home, transactional_db):
    with pytest.raises(services.NoOrdersError, match="import orders first"):
        run()
    assert queries.current_cycle() is None
    assert queries.summary() is None
    assert queries.scores().total == 0
    assert Cycle.objects.get().status == "failed"
    assert CycleLease.objects.get().holder == ""


def test_a_naive_as_of_is_refused(filled):
    with pytest.raises(ValueError, match="time zone"):
        run(as_of=shop.AS_OF.replace(tzinfo=None))


def test_refunded_cancelled_and_foreign_orders_are_not_purchases(home, transactional_db):
    shop.put(
        "orders",
        [
            shop.order("1", "a", 300, 100),
            shop.order("2", "a", 200, 100),
            shop.order("3", "a", 100, 100, status="refunded"),
            shop.order("4", "a", 90, 100, status="cancelled"),
            shop.order("5", "a", 80, 100, currency="USD"),
            shop.order("6", "a", 70, 0),
            shop.order("7", "a", 199, -50, status="refunded"),
            shop.order("8", "b", 50, 100, status="placed"),
            shop.order("9", "only-refunds", 50, 100, status="refunded"),
        ],
        "orders",
    )
    cycle = run()
    assert cycle.currency == "EUR"
    assert cycle.excluded == {
        "other_currency": 1,
        "refunded": 3,
        "cancelled": 1,
        "zero_amount": 1,
        "credits": 1,
    }
    a, b = everything()
    assert (a.orders, a.total_amount, a.silence_days) == (2, Decimal("150.0000"), 200.0)
    assert a.annual_contribution == Decimal("45.0000")  # (200 - 50) x margin 0.3, under a year counts as one
    assert (b.orders, b.total_amount) == (1, Decimal("100.0000"))


def test_known_cost_beats_the_assumed_margin(home, transactional_db):
    shop.put(
        "orders",
        [shop.order("1", "a", 100, 100, cost=40), shop.order("2", "b", 100, 100)],
        "orders",
    )
    run()
    a, b = everything()
    assert (a.annual_contribution, b.annual_contribution) == (Decimal("60.0000"), Decimal("30.0000"))
    assert a.formula_clv == Decimal("60.0000") * {"high": 5, "mid": 3, "low": 2}[a.tier]


def test_acquisition_cost_is_that_of_the_customer(home, transactional_db):
    shop.put("orders", [shop.order(name, name, 100, 100) for name in "abc"], "orders")
    shop.put(
        "costs",
        [
            {
                "cost_id": "k",
                "customer_id": "a",
                "at": shop.day(101),
                "kind": "acquisition",
                "amount": 25,
                "currency": "EUR",
            }
        ],
        "costs",
    )
    records = [
        CustomerRow(customer_id="a", acquisition_cost=Decimal(99)),  # the booked cost counts
        CustomerRow(customer_id="c", acquisition_cost=Decimal(40)),
    ]
    customers.upsert_many(rows=records, source="crm", at=shop.day(100), actor="ann")
    services.set_thresholds(values={"acquisition_cost": "10"}, actor="ann")
    run()
    a, b, c = everything()
    assert a.formula_clv == b.formula_clv - 15
    assert c.formula_clv == b.formula_clv - 30


class Died(BaseException):
    """Stands for kill -9: nothing catches it."""


STEPS = {
    "risk": (scoring, "write_batches"),
    "segments": (store, "_point"),
    "members": (membership, "_note_size"),
    "publish": (publishing, "_insert"),
    "facts": (publishing, "write_expression"),
    "summary": (summary, "_months"),
    "switch": (publishing, "log"),
}


def segment_members() -> list:
    return sorted(SegmentMember.objects.values_list("segment__code", "customer_id"))


@pytest.mark.parametrize("where", list(STEPS))
def test_a_cycle_that_died_is_carried_on(filled, monkeypatch, where):
    run()
    expected, members = without_cycle(everything()), segment_members()
    before = queries.current_cycle().cycle_id
    module, name = STEPS[where]

    def die(*args, **kwargs):
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Died):
            run(resume=False)
    assert queries.current_cycle().cycle_id == before
    assert {one.cycle_id for one in everything()} == {before}
    done = {s["name"] for s in Cycle.objects.latest("id").steps if s["status"] == "done"}
    again = []
    cycle = run(progress=lambda step, share, rows: again.append(step))
    assert cycle.cycle_id == Cycle.objects.latest("id").cycle_id != before
    assert Cycle.objects.count() == 2
    assert without_cycle(everything()) == expected
    assert segment_members() == members
    assert SegmentSize.objects.filter(cycle_id=cycle.cycle_id).count() == Segment.objects.count()
    assert done.isdisjoint(set(again) - {"ingest"})
    assert all(one.previous_status == one.status for one in everything())


def test_rows_inserted_before_a_death_are_not_inserted_twice(filled, monkeypatch):
    monkeypatch.setattr(publishing, "CHUNK", 100)
    original, calls = publishing.bulk.insert, []

    def insert_two(table, batch):
        if table == Score._meta.db_table:
            calls.append(batch.num_rows)
        if len(calls) == 3:
            raise Died
        original(table, batch)

    with monkeypatch.context() as patch:
        patch.setattr(publishing.bulk, "insert", insert_two)
        with pytest.raises(Died):
            run()
    assert Score.objects.count() == 200
    assert queries.current_cycle() is None
    run()
    bought = {row["customer_id"] for row in shop.random_orders()}
    assert Score.objects.count() == len(bought) == queries.scores().total


def test_new_facts_or_settings_begin_a_new_cycle(filled, monkeypatch):
    def die(*args, **kwargs):
        raise Died

    for change in (
        lambda: shop.put("orders", [shop.order("new", "c0000", 1)], "more"),
        lambda: services.set_thresholds(values={"gross_margin": 0.4}, actor="ann"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(publishing, "_insert", die)
            with pytest.raises(Died):
                run()
        died = Cycle.objects.latest("id")
        change()
        assert run().cycle_id != died.cycle_id
        died.refresh_from_db()
        assert (died.status, died.resumable) == ("failed", False)


def test_only_current_and_previous_rows_and_files_are_kept(filled):
    ids = [run(resume=False).cycle_id for _ in range(3)]
    kept = set(Score.objects.values_list("cycle__cycle_id", flat=True))
    assert kept == set(ids[1:]) == set(Facet.objects.values_list("cycle__cycle_id", flat=True))
    assert {folder.name for folder in filled.cycles_dir.iterdir() if folder.is_dir()} == set(ids[1:])
    names = {file.name for file in (filled.cycles_dir / ids[2]).iterdir() if file.suffix == ".parquet"}
    assert names <= {"scores.parquet", "plan.parquet", "plan_inputs.parquet"}
    assert len(queries.score_history("c0000")) == 3
    assert [one.cycle_id for one in queries.cycles()] == ids[::-1]


def test_previous_figures_come_from_the_state_when_the_file_is_gone(filled):
    first = run(as_of=shop.AS_OF - timedelta(days=60)).cycle_id
    before = {one.customer_id: one for one in everything()}
    shutil.rmtree(filled.cycles_dir / first)
    run()
    for one in everything():
        earlier = before.get(one.customer_id)
        assert one.previous_status == (earlier.status if earlier else None)
        assert one.previous_clv == (earlier.clv if earlier else None)


def test_one_cycle_at_a_time(filled, monkeypatch):
    lease.acquire()
    with pytest.raises(services.CycleBusyError):
        run()
    CycleLease.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    run()
    lease.acquire()
    gone = lease.me().split("|")[0] + "|99999999|1"
    CycleLease.objects.update(holder=gone)
    run()
    other = "another-machine|1|1"
    CycleLease.objects.update(holder=other, expires_at=clock.now() + timedelta(minutes=5))
    with pytest.raises(services.CycleBusyError, match="another-machine"):
        run()


def test_who_lost_the_lease_publishes_nothing(filled, monkeypatch):
    original = publishing._facets

    def taken_over(work):
        original(work)
        CycleLease.objects.update(holder="another-machine|1|1", expires_at=clock.now() + timedelta(hours=1))

    monkeypatch.setattr(publishing, "_facets", taken_over)
    with pytest.raises(services.CycleError):
        run()
    assert CurrentCycle.objects.count() == 0
    assert CycleLease.objects.get().holder == "another-machine|1|1"


def test_files_in_the_lake_equal_the_state(filled):
    from keepwell.history import engine
    from keepwell.history import queries as history

    cycle = run()
    with engine.engine() as one:
        facts = one.execute(history.scan("scores", engine=one).order_by("customer_id")).to_pylist()
    assert [(f["customer_id"], f["status"], f["clv"]) for f in facts] == [
        (s.customer_id, s.status, s.clv) for s in everything()
    ]
    assert {(f["cycle_id"], f["as_of"], f["revises"]) for f in facts} == {(cycle.cycle_id, shop.AS_OF, False)}
    rows = pq.read_table(filled.cycles_dir / cycle.cycle_id / "scores.parquet")
    assert rows.num_rows == len(facts)


def test_progress_names_every_step_in_order(filled):
    seen = []
    cycle = run(progress=lambda step, share, rows: seen.append(step))
    assert list(dict.fromkeys(seen)) == [step.name for step in cycle.steps]
    assert {step.name for step in registered()} <= set(seen)
