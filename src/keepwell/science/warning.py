"""Early warning: from a customer's figures to evidence, status and the reasons that are true.

Evidence grows with what the figures say against a customer's return, so that weights >= 0
(`keepwell.science.risk`) make the risk monotone in each piece of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepwell.science.risk import log_odds
from keepwell.science.trend import SURE

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Columns of the evidence, and what each weighs until the user's own history has spoken: per unit of log-odds
# (model, falls, complaints), of log-odds x ln(1 + purchases) (silence), of the logarithm (few purchases), or
# per doubling (spending, contact).
EVIDENCE = (
    "model",
    "few_purchases",
    "silence",
    "purchases_fell",
    "quantity_fell",
    "spending_fell",
    "complaints_rose",
    "contact_silent",
    "mood_bad",
)
DEFAULT_WEIGHTS = (0.8, 0.1, 0.1, 0.1, 0.05, 0.1, 0.3, 0.3, 0.3)
SPREADS = (0.3, 0.3, 0.2, 0.3, 0.2, 0.3, 0.3, 0.5, 0.3)
MOST_DOUBLINGS = 4.0
MOST_LOG_ODDS = 4.0
MOST_SILENT_LOG_ODDS = 8.0
LEAST_CONTACT_DAYS = 3

STATUSES = ("new", "active", "at_risk", "lost")
LEVELS = ("low", "medium", "high")
REASONS = (
    "rhythm_broken",
    "purchases_fell",
    "quantity_fell",
    "spending_fell",
    "best_dormant",
    "complaints_rose",
    "contact_silent",
    "mood_bad",
    "bought_once",
    "drifting_away",
    "low_return",
)
# Where a high-value customer is silent, this share of the silence's weight stands for the value in danger.
BEST_SHARE = 0.35
# Of what the purchase model adds, the part told as silence; of that, the part told as a fall in purchases.
MODEL_SHARE = 0.85
FALL_SHARE = 0.35
TRACE = 1e-12
LEAST_SHARE = 0.01
# What the purchase model adds is counted from somebody of whom it is this sure that he is still a customer.
SAFE = 0.9


@dataclass(frozen=True)
class Figures:
    """What is known of n customers; all arrays (n,), days from the date of observation, NaN = not known.

    `p_fell` and `p_quantity_fell` are probabilities of `trend.probability_fell`, `p_complaints_rose` likewise
    for complaints. `rhythm_days` is the customer's own; `usual_gap_days` is never NaN: for one-time buyers
    what is usual among all; `p_broken` is `rhythm.RhythmScores.broken`. Recent means a last window of days,
    usual what was bought in as many days before it on average.
    """

    p_alive: Floats
    p_return_if_alive: Floats  # chance that somebody who is still a customer buys within the horizon
    orders: Floats
    purchases: Floats  # days with an order
    silence_days: Floats
    rhythm_days: Floats
    usual_gap_days: Floats
    p_broken: Floats
    p_fell: Floats
    recent_purchases: Floats
    usual_purchases: Floats  # earlier ones, in as many days as the recent window has
    p_quantity_fell: Floats
    recent_quantity: Floats
    usual_quantity: Floats
    recent_average: Floats  # amount per purchase
    earlier_average: Floats
    p_complaints_rose: Floats
    recent_complaints: Floats
    earlier_complaints: Floats
    contact_days: Floats  # days with a contact so far
    contact_rhythm_days: Floats
    contact_silence_days: Floats
    unhappy_texts: Floats  # what the customer wrote in the window of complaints that sounds so
    happy_texts: Floats


@dataclass(frozen=True)
class Limits:
    """The settings of the warning."""

    silent_ratio: float
    fall_ratio: float
    contact_window_days: float
    lost_p_alive: float
    lost_silence_ratio: float
    lapsed_days: float
    medium_risk: float
    high_risk: float
    at_risk_from: str
    new_days: float


def silence_ratio(figures: Figures) -> Floats:
    """(n,) silence in usual gaps between purchases."""
    return np.asarray(figures.silence_days / np.maximum(figures.usual_gap_days, 1.0))


def is_silent(figures: Figures, limits: Limits) -> Flags:
    """(n,) whether the silence is `silent_ratio` usual gaps or more, and longer than is likely by chance."""
    return (silence_ratio(figures) >= limits.silent_ratio) & (figures.p_broken > 0.5)


def evidence(figures: Figures, limits: Limits) -> Floats:
    """(n, 9) evidence in the order of `EVIDENCE`.

    Column 0 is the log-odds of not being alive under the purchase model, column 1 the
    logarithm of two purchases over the customer's (habits die hard: the models know rates, not habits). The
    others are >= 0: log-odds over 1/2 that the rhythm is broken, times ln(1 + purchases), for a habit of
    many is better known; log-odds over 1/2 that the rate of purchases fell, that of items fell; halvings of
    the amount per purchase; log-odds that complaints rose, where there are any; doublings of the silence of
    contact over its own rhythm; log-odds of an unhappy text against a happy one, one of each added.
    """
    columns = (
        log_odds(1 - figures.p_alive),
        np.log(2.0) - np.log(np.maximum(figures.purchases, 1.0)),
        _over_even(figures.p_broken, limit=MOST_SILENT_LOG_ODDS) * np.log1p(figures.purchases),
        _over_even(figures.p_fell),
        _over_even(figures.p_quantity_fell),
        np.where(
            figures.recent_purchases > 0, _doublings(figures.earlier_average, figures.recent_average), 0.0
        ),
        np.where(figures.recent_complaints > 0, _over_even(figures.p_complaints_rose), 0.0),
        np.where(
            _contact_is_silent(figures, limits),
            _doublings(figures.contact_silence_days, figures.contact_rhythm_days),
            0.0,
        ),
        np.maximum(np.log1p(figures.unhappy_texts) - np.log1p(figures.happy_texts), 0.0),
    )
    return np.column_stack(columns)


def levels(risk: Floats, limits: Limits) -> npt.NDArray[np.int8]:
    """(n,) index into `LEVELS`; a risk equal to a limit belongs to the higher level."""
    return np.where(risk >= limits.high_risk, 2, np.where(risk >= limits.medium_risk, 1, 0)).astype(np.int8)


def has_sign(figures: Figures, true: Flags) -> Flags:
    """(n,) overdue (silent for a usual gap or more), or with a true reason beside a high risk itself.

    Without this, slow buyers in the middle of their rhythm would be called about to leave.
    """
    return (silence_ratio(figures) >= 1) | true[:, :-2].any(axis=1)


def statuses(
    risk: Floats, figures: Figures, age_days: Floats, sign: Flags, limits: Limits
) -> npt.NDArray[np.int8]:
    """(n,) index into `STATUSES`, the first that fits: new, lost, at risk, active.

    New: first purchase within `new_days` (and not after). Lost: silent for `lost_silence_ratio` usual gaps
    or more, and either after all evidence still a customer with a probability (1 - risk) below
    `lost_p_alive`, or silent for `lapsed_days` or more: somebody who once bought and may come once in ten
    years is nobody whom one can be about to lose. At risk: risk from the limit
    that `at_risk_from` names, and a sign of leaving (`has_sign`).
    """
    limit = limits.high_risk if limits.at_risk_from == "high" else limits.medium_risk
    has_gone = (1 - risk < limits.lost_p_alive) | (figures.silence_days >= limits.lapsed_days)
    is_lost = has_gone & (silence_ratio(figures) >= limits.lost_silence_ratio)
    is_new = age_days <= limits.new_days
    return np.select([is_new, is_lost, (risk >= limit) & sign], [0, 3, 2], default=1).astype(np.int8)


def true_reasons(
    figures: Figures, risk: Floats, is_high_value: Flags, limits: Limits, *, knows_alive: bool = True
) -> Flags:
    """(n, 11) which reasons of `REASONS` the figures bear out.

    `knows_alive` is False where something else stands in for P(alive): then nobody is said to have left.

    The last, a low chance of return, is true of everybody whose risk is at least medium; so a customer at
    risk always has a reason.
    """
    silent = is_silent(figures, limits)
    columns = (
        silent & (figures.purchases >= 2),
        _fell(figures.p_fell, figures.recent_purchases, figures.usual_purchases, limits),
        _fell(figures.p_quantity_fell, figures.recent_quantity, figures.usual_quantity, limits),
        (figures.recent_purchases > 0)
        & (figures.earlier_average > 0)
        & (figures.recent_average <= limits.fall_ratio * figures.earlier_average),
        is_high_value & silent,
        (figures.recent_complaints > figures.earlier_complaints) & (figures.recent_complaints > 0),
        _contact_is_silent(figures, limits),
        figures.unhappy_texts > figures.happy_texts,
        (silence_ratio(figures) >= 1) & (figures.orders == 1),
        (risk > 0.5) & (figures.purchases >= 2) & knows_alive,
        risk >= limits.medium_risk,
    )
    return np.column_stack(columns)


def reason_weights(contributions: Floats, true: Flags, model_weight: float) -> Floats:
    """(n, 11) each reason's share of the warning, 0 for reasons that are not true or do not raise the risk.

    Args:
        contributions: (n, 9) what each piece of evidence adds to the log-odds (weight x evidence).
        true: (n, 11) from `true_reasons`.
        model_weight: what the purchase model weighs, so that its contribution is counted from `SAFE`.

    The silence is what makes the purchase model doubt, so most of what the model adds goes to the reasons
    that tell of it, where they are true. A low chance of return is named only where nothing else is; so a
    customer at risk always has a reason.
    """
    part = dict(zip(EVIDENCE, contributions.T, strict=True))
    by_code = dict(zip(REASONS, true.T, strict=True))
    model = np.maximum(part["model"] - model_weight * float(log_odds(1 - SAFE)), 0.0)
    best, fell = by_code["best_dormant"], by_code["purchases_fell"]
    is_silent = by_code["rhythm_broken"] | by_code["bought_once"]
    told = MODEL_SHARE * model
    to_fall = np.where(fell, np.where(is_silent, FALL_SHARE, 1.0) * told, 0.0)
    silence = part["silence"] + np.where(is_silent, told - to_fall, 0.0)
    rest = model - np.where(is_silent | fell, told, 0.0)
    for_value = np.where(best, BEST_SHARE * silence, 0.0)
    raw = {
        "rhythm_broken": silence - for_value,
        "purchases_fell": part["purchases_fell"] + to_fall,
        "quantity_fell": part["quantity_fell"],
        "spending_fell": part["spending_fell"],
        "best_dormant": for_value,
        "complaints_rose": part["complaints_rose"],
        "contact_silent": part["contact_silent"],
        "mood_bad": part["mood_bad"],
        "bought_once": silence - for_value + np.maximum(part["few_purchases"], 0.0),
        "drifting_away": rest,
        "low_return": np.where(by_code["drifting_away"], 0.0, rest),
    }
    borne_out = np.where(true, np.column_stack([raw[code] for code in REASONS]), 0.0)
    share = borne_out / np.maximum(borne_out.sum(axis=1, keepdims=True), TRACE)
    share[share < LEAST_SHARE] = 0.0
    share[~share.any(axis=1) & by_code["low_return"], REASONS.index("low_return")] = 1.0
    return np.asarray(share)


def strongest(weights: Floats, count: int = 3) -> tuple[npt.NDArray[np.int8], Floats]:
    """(n, count) indexes into `REASONS` of the heaviest reasons, -1 beyond the last, and their weights."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    best = np.take_along_axis(weights, order, axis=1)
    return np.where(best > 0, order, -1).astype(np.int8), best


def _doublings(value: Floats, over: Floats) -> Floats:
    """log2(value / over) between 0 and `MOST_DOUBLINGS`; 0 where either is not known."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.log2(np.asarray(value, dtype=np.float64) / over)
    known = np.nan_to_num(ratio, nan=0.0, posinf=MOST_DOUBLINGS, neginf=0.0)
    return np.asarray(np.clip(known, 0.0, MOST_DOUBLINGS), dtype=np.float64)


def _over_even(probability: Floats, *, limit: float = MOST_LOG_ODDS) -> Floats:
    """Log-odds above even, 0 to `limit`; 0 where not known."""
    odds = log_odds(np.nan_to_num(probability, nan=0.5), limit=limit)
    return np.maximum(odds, 0.0)


def _fell(probability: Floats, recent: Floats, usual: Floats, limits: Limits) -> Flags:
    return (np.nan_to_num(probability, nan=0.5) >= SURE) & (recent <= limits.fall_ratio * usual) & (usual > 0)


def _contact_is_silent(figures: Figures, limits: Limits) -> Flags:
    """At least three contact days, none in the window, and silent for `silent_ratio` of their own rhythm."""
    rhythm = np.nan_to_num(figures.contact_rhythm_days, nan=np.inf)
    silence = np.nan_to_num(figures.contact_silence_days, nan=0.0)
    return (
        (figures.contact_days >= LEAST_CONTACT_DAYS)
        & (silence >= limits.contact_window_days)
        & (silence >= limits.silent_ratio * np.maximum(rhythm, 1.0))
    )
