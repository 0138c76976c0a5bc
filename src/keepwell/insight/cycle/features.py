"""One row per customer: everything that value, risk and reasons are computed from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.customers import queries as customers
from keepwell.insight.contracts import Thresholds
from keepwell.insight.cycle.snapshot import DAYS, MONEY, NO_MONEY, day_number
from keepwell.insight.cycle.work import Work, durable, write_expression
from keepwell.science import rfm, rhythm

FEATURES = "features.parquet"
PAST = "past.parquet"  # as known one horizon earlier
RECORDED_COSTS = "recorded_costs.parquet"
PERIOD_DAYS = 30
PERIODS = 12


def run(work: Work) -> tuple[int, str]:
    """Write the features as of the cycle and, for calibration, as of one horizon earlier with the outcome."""
    at = day_number(work.as_of)
    pin_acquisition_costs(work)
    rows = write_expression(work, features(work, at), FEATURES, sort_by=["customer_id"])
    work.report(0.6, rows)
    before = at - work.thresholds.horizon_days
    past = features(work, before)
    days = work.read(DAYS)
    later = days.filter(days.day > before, days.orders > 0)
    returned = later.group_by("customer_id").agg(purchases_after=later.count())
    joined = past.left_join(returned, "customer_id")
    outcome = joined.select(
        *[joined[name] for name in past.columns], purchases_after=joined.purchases_after.fill_null(0)
    )
    known = write_expression(work, outcome, PAST, sort_by=["customer_id"])
    return rows, f"{known} customers for calibration"


def features(work: Work, at: int) -> Any:
    """The features of every customer with a purchase up to day `at`, from that day and before alone."""
    days = work.read(DAYS)
    known = days.filter(days.day <= at)
    result = purchases(known, at, work.thresholds)
    parts = (
        rhythms(known, at),
        complaints(work.scan("tickets"), at, work.thresholds.complaint_window_days),
        contacts(work.scan("interactions"), at),
        feelings(work.scan("interactions"), work.scan("answers"), at, work.thresholds.complaint_window_days),
        acquisition(work.scan("costs"), work.read(RECORDED_COSTS), at, work.row.currency),
    )
    for part in parts:
        joined = result.left_join(part, "customer_id")
        added = [joined[name] for name in part.columns if name != "customer_id"]
        result = joined.select(*[joined[name] for name in result.columns], *added)
    return result


def purchases(days: Any, at: int, thresholds: Thresholds) -> Any:
    """What the purchase days up to day `at` say; `frequency`, `recency`, `T` as in `rfm.summarize`, in days.

    The recent window has `horizon_days` days. `bought_periods` has bit k set where something was bought in
    the k-th 30 days back from `at`; bit 12 stands for all before.
    """
    bought = days.orders > 0
    recent = bought & (days.day > at - thresholds.horizon_days)
    back = ibis.least(((ibis.literal(at) - days.day) / PERIOD_DAYS).floor().cast("int64"), PERIODS)
    grouped = days.group_by("customer_id").agg(
        purchases=bought.sum(),
        orders=days.orders.sum(),
        first_day=days.day.min(where=bought),
        last_day=days.day.max(where=bought),
        first_order_at=days.first_at.min(),
        last_order_at=days.last_at.max(),
        amount=days.amount.sum(),
        cost_known=days.cost_known.sum(),
        cost_unknown=days.cost_unknown.sum(),
        credit=days.credit.sum(),
        units=days.units.sum(),
        units_squared=days.units_squared.sum(),
        first_amount=days.amount.argmin(days.day, where=bought),
        first_units=days.units.argmin(days.day, where=bought),
        recent_purchases=recent.sum(),
        recent_amount=days.amount.sum(where=recent),
        recent_units=days.units.sum(where=recent),
        bought_periods=(ibis.literal(1, type="int64") << back).bit_or(where=bought),
    )
    grouped = grouped.filter(grouped.purchases > 0)
    money = ("amount", "cost_known", "cost_unknown", "credit", "first_amount", "recent_amount")
    repeats = (grouped.amount - grouped.first_amount).cast("float64")
    frequency = grouped.purchases - 1
    return grouped.mutate(
        frequency=frequency,
        recency=(grouped.last_day - grouped.first_day).cast("float64"),
        T=(ibis.literal(at) - grouped.first_day).cast("float64"),
        monetary=ibis.ifelse(frequency > 0, repeats / frequency, 0.0),
        silence_days=(ibis.literal(at) - grouped.last_day).cast("float64"),
        bought_periods=grouped.bought_periods.fill_null(0),
        recent_units=grouped.recent_units.fill_null(0.0),
        **{name: grouped[name].fill_null(NO_MONEY).cast(MONEY) for name in money},
    )


def rhythms(days: Any, at: int) -> Any:
    """The customers' own purchase rhythm."""
    bought = days.filter(days.orders > 0)
    day = rfm.EPOCH + timedelta(days=at)
    found = rhythm.summarize(bought.select("customer_id", "amount", ordered_at=bought.last_at), day)
    return found.drop("silence_days")


def complaints(tickets: Any, at: int, window: int) -> Any:
    """Tickets opened in the window and in as many days before it."""
    day = rfm.day_of(tickets.at)
    opened = (tickets.event == "opened") & (day <= at)
    chosen = tickets.filter(opened, day > at - 2 * window)
    day = rfm.day_of(chosen.at)
    return chosen.group_by("customer_id").agg(
        recent_complaints=(day > at - window).sum(), earlier_complaints=(day <= at - window).sum()
    )


MOOD = "mood"  # what was read in something that the customer wrote
UNHAPPY, HAPPY = -0.25, 0.25


def feelings(interactions: Any, answers: Any, at: int, window: int) -> Any:
    """Texts of the window that sound unhappy or happy, and answers imported with such a feeling.

    Of answers that came live a reading tells already.
    """
    day = rfm.day_of(interactions.at)
    read = interactions.filter(interactions.type == MOOD, day <= at, day > at - window)
    read = read.select("customer_id", bad=read.subject == "negative", good=read.subject == "positive")
    day = rfm.day_of(answers.at)
    told = answers.filter(answers.sentiment.notnull(), ~answers.live, day <= at, day > at - window)
    told = told.select("customer_id", bad=told.sentiment <= UNHAPPY, good=told.sentiment >= HAPPY)
    both = read.union(told)
    return both.group_by("customer_id").agg(
        unhappy_texts=both.bad.fill_null(False).sum(), happy_texts=both.good.fill_null(False).sum()
    )


NO_CONTACT = (
    "withdrawn", "consent", "case", "question", "mood", "system_request", "system_answer",
    "segment_entered", "segment_left",
)  # fmt: skip


def contacts(interactions: Any, at: int) -> Any:
    """Days with a contact: how many, the first and the last."""
    # An entry that somebody took back is revised to "withdrawn": nothing happened. A consent is paperwork;
    # cases, questions, readings of feelings and segments are our own business.
    kept = interactions.filter(interactions.type.notin(NO_CONTACT))
    known = kept.select("customer_id", day=rfm.day_of(kept.at))
    known = known.filter(known.day <= at)
    return known.group_by("customer_id").agg(
        contact_days=known.day.nunique(), first_contact_day=known.day.min(), last_contact_day=known.day.max()
    )


def pin_acquisition_costs(work: Work) -> None:
    """Write down what the customer records say of acquisition costs now: state has no versions."""
    pairs = list(customers.acquisition_costs())
    table = pa.table(
        {
            "customer_id": pa.array([customer_id for customer_id, _cost in pairs], pa.string()),
            "recorded_cost": pa.array([cost for _customer_id, cost in pairs], pa.decimal128(18, 4)),
        }
    )
    with durable(work.path(RECORDED_COSTS)) as temporary:
        pq.write_table(table, temporary)


def acquisition(costs: Any, recorded: Any, at: int, currency: str) -> Any:
    """What it cost to win each customer: by the cost facts, else by the customer record."""
    chosen = costs.filter(
        costs.kind == "acquisition",
        costs.customer_id.notnull(),
        costs.currency == currency,
        rfm.day_of(costs.at) <= at,
    )
    booked = chosen.group_by("customer_id").agg(acquisition_cost=chosen.amount.sum().cast(MONEY))
    other = recorded.anti_join(booked, "customer_id")
    return booked.union(other.select("customer_id", acquisition_cost=other.recorded_cost.cast(MONEY)))
