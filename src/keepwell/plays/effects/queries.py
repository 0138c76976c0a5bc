"""What outreach did, computed from the history; reads only."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from keepwell.insight import queries as insight
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Holdout
from keepwell.outreach.queries import reports
from keepwell.plays.effects import core, reading, vain
from keepwell.plays.effects.contracts import HORIZONS, EffectReport, VainRow
from keepwell.science.experiment import mismatch


def report(*, horizon_days: int = 60) -> EffectReport:
    """The customers warned of since the present holdout began: those in reach beside those kept aside.

    As of the current cycle: what came later is not known yet. Raises ValueError for an unknown horizon.
    """
    if horizon_days not in HORIZONS:
        raise ValueError(f"horizon_days must be one of {', '.join(map(str, HORIZONS))}: {horizon_days}")
    holdout, cycle = policy.holdout(), insight.current_cycle()
    if cycle is None or holdout.started_at is None or not holdout.share:
        return EffectReport(holdout, horizon_days, cycle.as_of if cycle else None, "")
    warnings = list(reports.first_warnings(since=holdout.started_at))
    over_at = cycle.as_of - timedelta(days=horizon_days)
    over = [one for one in warnings if one.opened_at <= over_at]
    reached = np.array([not one.held_out for one in over], dtype=bool)
    found = reading.purchases(over, days=horizon_days, as_of=cycle.as_of, currency=cycle.currency)
    sides = core.Sides(reached=reached, **found)
    counts = [int((~reached).sum()), int(reached.sum())]
    return EffectReport(
        holdout=holdout,
        horizon_days=horizon_days,
        as_of=cycle.as_of,
        currency=cycle.currency,
        reached=counts[1],
        kept_aside=counts[0],
        waiting=len(warnings) - len(over),
        effects=core.effects(sides) if over else (),
        tiers=core.by_group(sides, [one.tier for one in over]),
        causes=core.by_group(sides, [one.reason for one in over]),
        curve=core.curve(sides, horizon_days),
        mismatch=mismatch(counts, [holdout.share, 1 - holdout.share]) if over else None,
        needed=_needed(sides, holdout),
        interest=core.INTEREST,
    )


def _needed(sides: core.Sides, holdout: Holdout) -> int | None:
    aside = sides.bought_again[~sides.reached]
    return core.needed(float(aside.mean()), holdout.share) if aside.size else None


def written_to_in_vain() -> tuple[VainRow, ...]:
    """Who was contacted again and again for nothing, as of the current cycle; empty before the first one."""
    cycle = insight.current_cycle()
    return vain.in_vain(as_of=cycle.as_of) if cycle else ()
