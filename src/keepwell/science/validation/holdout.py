"""Splitting orders at a date."""

from datetime import date, datetime
from typing import Literal

import ibis
import ibis.expr.types as ir

from keepwell.science.rfm import UNITS, day_number, purchase_days, summarize


def holdout(
    orders: ir.Table, split_at: date | datetime, until: date | datetime, unit: Literal["D", "W"] = "D"
) -> ir.Table:
    """The purchase history of every customer at `split_at`, and what followed up to `until`.

    Args:
        orders: customer_id, ordered_at, amount; see `keepwell.science.rfm.summarize`.
        split_at: end of the calibration; customers who first bought later are left out.
        until: end of the holdout.
        unit: of `recency` and `T`.

    Returns:
        The columns of `summarize` and `actual` (int64): days with a purchase after the day of `split_at`, up
        to `until`.

    Raises:
        ValueError: when `until` is not after `split_at`, or for another unit.
    """
    if day_number(until) <= day_number(split_at):
        raise ValueError("until must be at least a day after split_at")
    later = purchase_days(orders, until)
    later = later.filter(later.day > day_number(split_at))
    actual = later.group_by("customer_id").agg(actual=later.day.count())
    before = summarize(orders, split_at, unit)
    joined = before.left_join(actual, "customer_id")
    return joined.select(*before.columns, actual=ibis.coalesce(joined.actual, 0))


def horizon_of(split_at: date | datetime, until: date | datetime, unit: Literal["D", "W"] = "D") -> float:
    """Length of the holdout in `unit`."""
    return (day_number(until) - day_number(split_at)) / UNITS[unit]
