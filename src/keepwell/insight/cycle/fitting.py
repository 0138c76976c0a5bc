"""Fit the models, hold them against the user's own past, and choose."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from keepwell.insight.contracts import Thresholds
from keepwell.insight.cycle import figures as fig
from keepwell.insight.cycle.features import FEATURES, PAST
from keepwell.insight.cycle.purchase_model import PurchaseModel
from keepwell.insight.cycle.snapshot import day_number
from keepwell.insight.cycle.work import Work, write_json
from keepwell.science import rfm, warning
from keepwell.science.clv import BetaGeo, GammaGamma, ModifiedBetaGeo
from keepwell.science.risk import (
    Comparison,
    RiskModel,
    at_pace,
    compare,
    find_pace,
    matching_intercept,
    simple_rule,
)
from keepwell.science.validation import ShrunkenRate, validate

Columns = Mapping[str, npt.NDArray[np.float64]]
Floats = npt.NDArray[np.float64]
MODELS = "models.json"
SAMPLE = 500_000  # customers that the weights of the evidence are learnt from, at most
LEAST_CUSTOMERS = 50
LEAST_REACH = 1e-6


def run(work: Work) -> tuple[int, str]:
    """Write `models.json`: everything that scoring a customer needs beside the features."""
    at = day_number(work.as_of)
    now = columns(work, FEATURES)
    work.report(0.1, 0)
    past = columns(work, PAST)
    model, before, purchase = purchase_model(now, past, work.thresholds)
    work.report(0.5, now["T"].size)
    spend, spend_diagnostics = spend_model(now)
    priors = fig.learn(now, work.thresholds)
    work.report(0.7, now["T"].size)
    then = at - work.thresholds.horizon_days
    earlier = observe(work, PAST, before, past, then) if past["T"].size else None
    risk, comparison = risk_model(
        observe(work, FEATURES, model, now, at), earlier, knows_alive=model.knows_alive
    )
    data = {
        "purchase": model.to_dict(),
        "spend": spend,
        "priors": priors.to_dict(),
        "risk": risk,
        "references": references(now),
    }
    write_json(work, MODELS, data)
    work.row.diagnostics = {
        "purchase": purchase,
        "spend": spend_diagnostics,
        "risk": {
            **comparison.to_dict(),
            "weights": named_weights(risk),
            "meaning": risk["meaning"],
            "pace": risk["pace"],
        },
        "rhythm": priors.rhythm.to_dict(),
    }
    work.row.diagnostics = finite(work.row.diagnostics)
    work.row.save(update_fields=["diagnostics"])
    return int(now["T"].size), f"purchases: {purchase['chosen']}; risk: {comparison.chosen}"


def columns(work: Work, name: str, stride: int = 1) -> Columns:
    """The numeric columns of a file; every `stride`-th row."""
    table = pq.read_table(work.path(name))
    found = fig.numbers(table)
    return {key: values[::stride].copy() for key, values in found.items()} if stride > 1 else found


def purchase_model(
    now: Columns, past: Columns, thresholds: Thresholds
) -> tuple[PurchaseModel, PurchaseModel, dict[str, Any]]:
    """The model for now, the same fitted to what was known one horizon ago, and how it was chosen.

    Chosen by `science.validation` on the user's own past; a model that passed there but is not sound on all
    of today's history gives way as well.
    """
    rate = ShrunkenRate.unlearnt(now["frequency"], now["T"])
    if not past["T"].size:
        simple = PurchaseModel(None, None, rate, None)
        return simple, simple, {"chosen": "shrunken_rate", "alive": "rhythm", "reason": "no_earlier_history"}
    ratio = fig.rhythm_scores(past, fig.rhythm_of(past)).silence_ratio
    x, t_x, T = past["frequency"], past["recency"], past["T"]
    report = validate(x, t_x, T, past["purchases_after"], float(thresholds.horizon_days), silence_ratio=ratio)
    rate = ShrunkenRate(rate.rate, report.rate.strength)
    geo = fit_geo(now, report.purchases_method, report.alive_method)
    before = fit_geo(past, report.purchases_method, report.alive_method)
    sound = all(one is None or not one.diagnostics_.codes for one in geo)
    if not sound:
        geo = before = (None, None)
    chosen = {
        "chosen": report.purchases_method if sound else "shrunken_rate",
        "alive": report.alive_method if sound else "return_curve",
        "reason": "" if sound else "not_sound_today",
        "now": {
            "purchases": geo[0].to_dict() if geo[0] else None,
            "alive": geo[1].to_dict() if geo[1] else None,
        },
        "holdout": report.to_dict(),
    }
    return (
        PurchaseModel(*geo, rate, report.curve),
        PurchaseModel(*before, ShrunkenRate.unlearnt(x, T), report.curve),
        chosen,
    )


def fit_geo(
    c: Columns, purchases_method: str, alive_method: str
) -> tuple[BetaGeo | ModifiedBetaGeo | None, ModifiedBetaGeo | None]:
    """The models asked for, in days."""
    data = (c["frequency"], c["recency"], c["T"])
    wanted = "mbg" in (purchases_method, alive_method)
    mbg = ModifiedBetaGeo().fit(*data) if wanted else None
    alive = mbg if alive_method == "mbg" else None
    if purchases_method == "bg":
        return BetaGeo().fit(*data), alive
    return (mbg if purchases_method == "mbg" else None), alive


def spend_model(now: Columns) -> tuple[dict[str, Any], dict[str, Any]]:
    """Gamma-Gamma on the mean amount of each customer's purchases; else a mean drawn towards that of all.

    All purchases count, the first one too: what a one-time buyer paid is all that is known of him.
    """
    x, mean = now["purchases"], now["amount"] / now["purchases"]
    simple = {"kind": "mean", "mean": float(now["amount"].sum() / x.sum())}
    if (x > 1).sum() < LEAST_CUSTOMERS:
        return simple, {"chosen": "mean", "reason": "too_few_customers"}
    model = GammaGamma().fit(x, mean)
    report = {"gamma_gamma": model.to_dict()}
    if model.diagnostics_.codes:
        return simple, report | {"chosen": "mean", "reason": "not_sound"}
    return {"kind": "gamma_gamma", "model": model.to_dict()}, report | {
        "chosen": "gamma_gamma",
        "reason": "",
    }


def expected_amount(data: Mapping[str, Any], c: Columns) -> Floats:
    """(n,) expected amount of a future purchase."""
    if data["kind"] == "gamma_gamma":
        model = GammaGamma.from_dict(data["model"])
        return model.expected_value(c["purchases"], c["amount"] / c["purchases"])
    # One purchase of the average customer's amount stands beside the customer's own.
    return np.asarray((c["amount"] + data["mean"]) / (c["purchases"] + 1))


@dataclass(frozen=True)
class _Seen:
    evidence: Floats
    recency: Floats
    p_alive: Floats
    reach: Floats
    churned: Floats  # empty where what came after is not known
    fold: npt.NDArray[np.bool_]


def risk_model(now: _Seen, past: _Seen | None, *, knows_alive: bool) -> tuple[dict[str, Any], Comparison]:
    """Weights of the evidence, learnt from who came back in the last horizon; and the rule to use.

    With too little history the default weights serve, and the mean risk is that of the purchase model.
    Where no purchase model holds (`knows_alive` is False), leavers and rare buyers cannot be told apart, and
    the risk is that of no purchase within the horizon.
    """
    meaning = "gone" if knows_alive else "no_return"
    centre = matching_intercept(now.evidence, warning.DEFAULT_WEIGHTS, float((1 - now.p_alive).mean()))
    model = RiskModel(warning.DEFAULT_WEIGHTS, default_intercept=centre, spread=warning.SPREADS)
    if past is None:
        comparison = Comparison("evidence", "too_little_history", 0, 0, {})
    else:
        pace = find_pace(past.evidence, past.churned, past.reach, model) if knows_alive else 1.0
        past = replace(past, reach=at_pace(past.reach, pace))
        comparison = compare(
            past.evidence, past.recency, past.p_alive, past.reach, past.churned, model, past.fold
        )
    if past is None or comparison.reason == "too_little_history":
        learnt = model.use_defaults().to_dict()
        return {"rule": "evidence", "meaning": "gone", "pace": 1.0, "evidence": learnt}, comparison
    data: dict[str, Any] = {
        "rule": comparison.chosen,
        "meaning": meaning,
        "pace": pace,
        "evidence": model.fit(past.evidence, past.churned, past.reach).to_dict(),
    }
    if comparison.chosen == "recency":
        data["simple"] = _simple(np.log1p(past.recency)[:, None], past)
    if comparison.chosen == "model":
        data["simple"] = _simple(past.evidence[:, :1], past)
    return data, comparison


def _simple(column: Floats, past: _Seen) -> dict[str, Any]:
    """A rule of one column, learnt."""
    return simple_rule().fit(column, past.churned, past.reach).to_dict()


def observe(work: Work, name: str, model: PurchaseModel, all_of: Columns, at: int) -> _Seen:
    """The evidence of the customers of a file (a sample of them) on day `at`."""
    thresholds = work.thresholds
    stride = max(1, -(-all_of["T"].size // SAMPLE))
    c = {key: values[::stride] for key, values in all_of.items()}
    ids = pq.read_table(work.path(name), columns=["customer_id"]).column(0).to_pylist()[::stride]
    priors = fig.learn(c, thresholds)
    outlook = fig.outlook(model, c, priors, thresholds)
    known = fig.figures(c, outlook, priors, thresholds, at)
    reach = np.clip(outlook.p_return_if_alive, LEAST_REACH, 1.0)
    if not model.knows_alive:
        reach = np.ones_like(reach)
    after = c.get("purchases_after", np.zeros(0))
    return _Seen(
        evidence=warning.evidence(known, fig.limits(thresholds)),
        recency=c["silence_days"],
        p_alive=outlook.p_alive,
        reach=reach,
        churned=(after == 0).astype(np.float64),
        fold=np.array([zlib.crc32(one.encode()) % 2 == 0 for one in ids], dtype=np.bool_),
    )


def finite(data: Any) -> Any:
    """The same with None in place of numbers that JSON does not know."""
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not np.isfinite(data) else data


def named_weights(risk: dict[str, Any]) -> dict[str, float]:
    """The evidence's weights by name."""
    return dict(zip(warning.EVIDENCE, risk["evidence"]["weights"], strict=True))


def references(now: Columns) -> dict[str, Any]:
    """Cut-offs among all customers: bands of recency, frequency, amount and average amount."""
    amount = np.maximum(now["amount"] + now["credit"], 0.0)
    average = now["amount"] / now["orders"]
    r, f, m = rfm.scores(now["silence_days"], now["orders"], amount)
    bands = (("r", -now["silence_days"], r), ("f", now["orders"], f), ("m", amount, m))
    return {
        **{name: _edges(values, score) for name, values, score in bands},
        "average": _edges(average, rfm.band(average, 5)),
        "average_quartile": float(np.quantile(average, 0.75)),
    }


def _edges(values: Floats, score: npt.NDArray[np.int64]) -> list[float]:
    """The least value of each band from 2 to 5; a band that nobody is in begins where the next one does."""
    edges = []
    for band in range(2, 6):
        inside = values[score >= band]
        edges.append(float(inside.min()) if inside.size else float(np.finfo(np.float64).max))
    return edges


def score_of(values: Floats, edges: list[float]) -> npt.NDArray[np.int64]:
    """Scores 1 to 5 by the edges of `references`."""
    return 1 + np.searchsorted(np.asarray(edges), values, side="right")
