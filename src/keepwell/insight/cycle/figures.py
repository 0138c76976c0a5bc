"""From rows of features to the figures that the warning works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.insight.contracts import Thresholds
from keepwell.insight.cycle.purchase_model import Outlook, PurchaseModel
from keepwell.science import trend
from keepwell.science.rhythm import Rhythm, RhythmScores
from keepwell.science.trend import RatePrior
from keepwell.science.warning import LEAST_CONTACT_DAYS, Figures, Limits

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]
LEAST_EARLIER = 2


@dataclass(frozen=True)
class Priors:
    """What the customers have in common: learnt once per cycle."""

    purchases: RatePrior
    units: RatePrior
    units_dispersion: float
    complaints: RatePrior
    rhythm: Rhythm

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        rates = {
            name: {"shape": prior.shape, "rate": prior.rate}
            for name, prior in (
                ("purchases", self.purchases),
                ("units", self.units),
                ("complaints", self.complaints),
            )
        }
        return {**rates, "units_dispersion": self.units_dispersion, "rhythm": self.rhythm.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Priors:
        """The reverse of `to_dict`."""
        rates = {name: RatePrior(**data[name]) for name in ("purchases", "units", "complaints")}
        rhythm = Rhythm.from_dict(data["rhythm"])
        return cls(**rates, units_dispersion=data["units_dispersion"], rhythm=rhythm)


@dataclass(frozen=True)
class Windows:
    """Counts and exposures of the recent window and the time before it, without the first purchase."""

    recent_days: Floats
    earlier_days: Floats
    earlier_purchases: Floats
    earlier_units: Floats


def numbers(batch: pa.RecordBatch | pa.Table) -> dict[str, Floats]:
    """The numeric columns as float64; null becomes NaN."""
    found = {}
    for name in batch.schema.names:
        kind = batch.schema.field(name).type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            column = batch.column(name)
            if isinstance(column, pa.ChunkedArray):
                column = column.combine_chunks()
            found[name] = np.asarray(
                pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64
            )
    return found


def limits(thresholds: Thresholds) -> Limits:
    """The warning's settings."""
    return Limits(
        silent_ratio=thresholds.silent_ratio,
        fall_ratio=thresholds.fall_ratio,
        contact_window_days=float(thresholds.contact_window_days),
        lost_p_alive=thresholds.lost_p_alive,
        lost_silence_ratio=thresholds.lost_silence_ratio,
        lapsed_days=float(thresholds.lapsed_days),
        medium_risk=thresholds.medium_risk,
        high_risk=thresholds.high_risk,
        at_risk_from=thresholds.at_risk_from,
        new_days=float(thresholds.new_days),
    )


def windows(c: Columns, window_days: float) -> Windows:
    """Split each history; a customer whose first purchase is in the window has no earlier time."""
    age = c["T"]
    earlier = np.maximum(age - window_days, 0.0)
    has_earlier = earlier > 0
    return Windows(
        recent_days=np.minimum(age, window_days),
        earlier_days=earlier,
        earlier_purchases=np.where(has_earlier, c["purchases"] - c["recent_purchases"] - 1, 0.0),
        earlier_units=np.where(
            has_earlier, np.maximum(c["units"] - c["recent_units"] - c["first_units"], 0.0), 0.0
        ),
    )


def learn(c: Columns, thresholds: Thresholds) -> Priors:
    """Learn the priors from all customers."""
    complaints = zero(c["recent_complaints"]) + zero(c["earlier_complaints"])
    window = np.full_like(complaints, 2.0 * thresholds.complaint_window_days)
    dispersion = trend.dispersion_of(float(c["units_squared"].sum()), float(c["units"].sum()))
    own_units = np.maximum(c["units"] - c["first_units"], 0.0)
    return Priors(
        purchases=trend.rate_prior(c["frequency"], c["T"]),
        units=_in_units(trend.rate_prior(own_units / dispersion, c["T"]), dispersion),
        units_dispersion=dispersion,
        complaints=trend.rate_prior(complaints, window),
        rhythm=rhythm_of(c),
    )


def _in_units(prior: RatePrior, dispersion: float) -> RatePrior:
    """A prior learnt in units of `dispersion` items, per item."""
    return RatePrior(prior.shape, prior.rate / dispersion)


def rhythm_of(c: Columns) -> Rhythm:
    """How rhythms differ between the customers."""
    return Rhythm().fit(c["intervals"], c["interval_median_days"], c["interval_log_variance"])


def rhythm_scores(c: Columns, rhythm: Rhythm) -> RhythmScores:
    """The rhythm of each customer."""
    return rhythm.score(
        c["intervals"], c["interval_median_days"], c["interval_log_variance"], c["silence_days"]
    )


def outlook(model: PurchaseModel, c: Columns, priors: Priors, thresholds: Thresholds) -> Outlook:
    """What to expect of each customer."""
    rhythm = rhythm_scores(c, priors.rhythm)
    return model.outlook(
        c["frequency"],
        c["recency"],
        c["T"],
        horizon_days=float(thresholds.horizon_days),
        silence_ratio=rhythm.silence_ratio,
        p_broken=rhythm.broken,
    )


def figures(c: Columns, outlook: Outlook, priors: Priors, thresholds: Thresholds, at: int) -> Figures:
    """All figures of the warning; `at` is the day of observation."""
    window = float(thresholds.horizon_days)
    split = windows(c, window)
    rhythm = rhythm_scores(c, priors.rhythm)
    enough = split.earlier_days >= window / 2
    per_window = np.divide(window, split.earlier_days, out=np.zeros_like(window * c["T"]), where=enough)
    p_fell = trend.probability_fell(
        c["recent_purchases"],
        split.recent_days,
        split.earlier_purchases,
        split.earlier_days,
        priors.purchases,
    )
    p_units = trend.probability_fell(
        c["recent_units"],
        split.recent_days,
        split.earlier_units,
        split.earlier_days,
        priors.units,
        dispersion=priors.units_dispersion,
    )
    earlier_count = c["purchases"] - c["recent_purchases"]
    recent, before = zero(c["recent_complaints"]), zero(c["earlier_complaints"])
    wait = np.full_like(recent, float(thresholds.complaint_window_days))
    contact_days = zero(c["contact_days"])
    span = c["last_contact_day"] - c["first_contact_day"]
    return Figures(
        p_alive=outlook.p_alive,
        p_return_if_alive=outlook.p_return_if_alive,
        orders=c["orders"],
        purchases=c["purchases"],
        silence_days=c["silence_days"],
        rhythm_days=rhythm.rhythm_days,
        usual_gap_days=rhythm.usual_gap_days,
        p_broken=rhythm.broken,
        p_fell=np.where(enough, p_fell, np.nan),
        recent_purchases=c["recent_purchases"],
        usual_purchases=split.earlier_purchases * per_window,
        p_quantity_fell=np.where(enough, p_units, np.nan),
        recent_quantity=c["recent_units"],
        usual_quantity=split.earlier_units * per_window,
        recent_average=_mean(c["recent_amount"], c["recent_purchases"], 1),
        earlier_average=_mean(c["amount"] - c["recent_amount"], earlier_count, LEAST_EARLIER),
        p_complaints_rose=1 - trend.probability_fell(recent, wait, before, wait, priors.complaints),
        recent_complaints=recent,
        earlier_complaints=before,
        contact_days=contact_days,
        contact_rhythm_days=_mean(span, contact_days - 1, LEAST_CONTACT_DAYS - 1),
        contact_silence_days=at - c["last_contact_day"],
        unhappy_texts=zero(c["unhappy_texts"]),
        happy_texts=zero(c["happy_texts"]),
    )


def zero(values: Floats) -> Floats:
    """NaN as 0."""
    return np.nan_to_num(values, nan=0.0)


def _mean(total: Floats, count: Floats, least: int) -> Floats:
    """Quotient, NaN with a `count` below `least`."""
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count >= least)
