"""Risk, classes and reasons of every customer, streamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.customers.privacy.contracts import ERASED_PREFIX
from keepwell.insight.cycle import figures as fig
from keepwell.insight.cycle.features import FEATURES, PERIOD_DAYS, PERIODS
from keepwell.insight.cycle.fitting import MODELS, score_of
from keepwell.insight.cycle.purchase_model import Outlook
from keepwell.insight.cycle.reasoning import Money, reason_columns
from keepwell.insight.cycle.schema import MONEY, SCORES
from keepwell.insight.cycle.snapshot import day_number
from keepwell.insight.cycle.value import TIERS, VALUES
from keepwell.insight.cycle.work import Work, read_json, write_batches
from keepwell.science import rfm, segments, trend, value, warning
from keepwell.science.risk import RiskModel, at_pace, simple_rule

Floats = npt.NDArray[np.float64]
VALUE_COLUMNS = (
    "p_alive",
    "p_return_if_alive",
    "expected_purchases",
    "clv",
    "value_at_stake",
    "annual_contribution",
)


def run(work: Work) -> tuple[int, str]:
    """Write `scores.parquet`, one row per customer, sorted."""
    features, values = work.read(FEATURES), work.read(VALUES)
    joined = features.inner_join(values, "customer_id")
    full = joined.select(
        *[joined[name] for name in features.columns], *[joined[name] for name in VALUE_COLUMNS]
    )
    # Who was erased counts in what the models learn, and is nobody that anything could be done for.
    full = full.filter(~full.customer_id.startswith(ERASED_PREFIX))
    batches = work.engine.map_batches(full.order_by("customer_id"), Scorer.load(work), SCORES)
    total = pq.read_metadata(work.path(FEATURES)).num_rows
    return write_batches(work, batches, SCORES, "scores.parquet", total=total), ""


@dataclass(frozen=True)
class Scorer:
    """Turns a batch of features and values into a batch of scores."""

    work: Work
    at: int
    models: dict[str, Any]
    priors: fig.Priors
    limits: warning.Limits
    cutoffs: value.TierCutoffs
    evidence_model: RiskModel
    risk: Callable[[Floats, Floats], Floats]  # (evidence, silence_days) -> risk

    @classmethod
    def load(cls, work: Work) -> Scorer:
        """From the files of the earlier steps."""
        models = read_json(work, MODELS)
        learnt = RiskModel(warning.DEFAULT_WEIGHTS).restore(models["risk"]["evidence"])
        return cls(
            work=work,
            at=day_number(work.as_of),
            models=models,
            priors=fig.Priors.from_dict(models["priors"]),
            limits=fig.limits(work.thresholds),
            cutoffs=value.TierCutoffs(**read_json(work, TIERS)),
            evidence_model=learnt,
            risk=_rule(models["risk"], learnt),
        )

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The scores of a batch of customers."""
        c = fig.numbers(batch)
        told = self.models["risk"]
        reach = at_pace(c["p_return_if_alive"], told["pace"])
        if told["meaning"] == "no_return":
            reach = np.ones_like(reach)
        outlook = Outlook(c["p_alive"], reach, c["expected_purchases"], c["expected_purchases"])
        known = fig.figures(c, outlook, self.priors, self.work.thresholds, self.at)
        evidence = warning.evidence(known, self.limits)
        risk = self.risk(evidence, c["silence_days"])
        tier = value.tiers(c["value_at_stake"], self.cutoffs)
        true = warning.true_reasons(
            known, risk, tier == 0, self.limits, knows_alive=self.models["purchase"]["mbg"] is not None
        )
        sign = warning.has_sign(known, true)
        status = warning.statuses(risk, known, c["T"], sign, self.limits)
        weights = warning.reason_weights(
            self.evidence_model.contributions(evidence), true, float(self.evidence_model.weights_[0])
        )
        money = Money(self.work.row.currency, c["annual_contribution"])
        reason, texts = reason_columns(known, risk, weights, money, self.work.thresholds)
        columns = {
            "customer_id": batch.column("customer_id"),
            "status": _names(status, warning.STATUSES),
            "tier": _names(tier, value.TIERS),
            "risk_level": _names(warning.levels(risk, self.limits), warning.LEVELS),
            "reason": reason,
            "reasons": texts,
            "churn_risk": risk,
            "p_alive": c["p_alive"],
            "expected_purchases": c["expected_purchases"],
            "rhythm_days": pa.array(known.rhythm_days, from_pandas=True),
            "silence_days": c["silence_days"],
            "silence_ratio": warning.silence_ratio(known),
            "has_sign": sign,
            "orders": c["orders"].astype(np.int64),
            "first_order_at": batch.column("first_order_at"),
            "last_order_at": batch.column("last_order_at"),
            **self._classes(c, known, tier, status),
            **self._money(c, tier, risk),
        }
        arrays = [
            pa.array(columns[name]) if isinstance(columns[name], np.ndarray) else columns[name]
            for name in SCORES.names
        ]
        return pa.RecordBatch.from_arrays(arrays, names=SCORES.names)

    def _classes(
        self, c: fig.Columns, known: warning.Figures, tier: npt.NDArray[np.int8], status: npt.NDArray[np.int8]
    ) -> dict[str, Any]:
        edges = self.models["references"]
        spent = np.maximum(c["amount"] + c["credit"], 0.0)
        average = c["amount"] / c["orders"]
        r, f, m = (
            score_of(values, edges[name])
            for name, values in (("r", -c["silence_days"]), ("f", c["orders"]), ("m", spent))
        )
        split = fig.windows(c, float(self.work.thresholds.horizon_days))
        window = (split.recent_days, split.earlier_purchases, split.earlier_days)
        often = trend.classify(known.p_fell, known.recent_purchases, *window)
        much = trend.classify(
            known.p_quantity_fell,
            known.recent_quantity,
            split.recent_days,
            split.earlier_units,
            split.earlier_days,
        )
        is_lost, falling = status == 3, often == 2
        stage = segments.life_stages(
            is_new=c["T"] <= self.work.thresholds.new_days,
            is_lost=is_lost,
            is_silent=warning.is_silent(known, self.limits),
            purchases_fell=falling,
            purchases_rose=often == 0,
            purchases=c["purchases"],
        )
        group = segments.communication_groups(
            is_lost=is_lost,
            tier=tier,
            f_score=f,
            m_score=m,
            p_alive=c["p_alive"],
            contact_days=known.contact_days,
            is_declining=stage == 3,
            has_room=segments.growth_room(average, (often == 0) | (much == 0), edges["average_quartile"]),
        )
        hints = segments.hints(
            f_score=f,
            average_score=score_of(average, edges["average"]),
            is_lost=is_lost,
            quantity_rises=much == 0,
            quantity_falls=much == 2,
        )
        return {
            "life_stage": _names(stage, segments.LIFE_STAGES),
            "communication_group": _names(group, segments.COMMUNICATION_GROUPS),
            "rfm_segment": pa.array(rfm.segment(r, f, m).tolist(), pa.string()),
            "r_score": r.astype(np.int16),
            "f_score": f.astype(np.int16),
            "m_score": m.astype(np.int16),
            "hints": hints.astype(np.int16),
            "quantity_trend": _names(much, trend.TRENDS),
            "is_core": core(c, self.work.thresholds.core_repeat_rate),
        }

    def _money(self, c: fig.Columns, tier: npt.NDArray[np.int8], risk: Floats) -> dict[str, pa.Array]:
        settings = self.work.thresholds
        years = np.array([settings.lifetime_years[name] for name in value.TIERS])[tier]
        cost = np.where(
            np.isnan(c["acquisition_cost"]), float(settings.acquisition_cost), c["acquisition_cost"]
        )
        spent = c["amount"] + c["credit"]
        amounts = {
            "clv": c["clv"],
            "formula_clv": value.formula_clv(c["annual_contribution"], years, cost),
            "annual_contribution": c["annual_contribution"],
            "value_at_stake": c["value_at_stake"],
            "expected_loss": risk * c["value_at_stake"],
            "total_amount": spent,
            "average_amount": c["amount"] / c["orders"],
        }
        return {name: decimal(values) for name, values in amounts.items()}


def core(c: fig.Columns, rate: float) -> npt.NDArray[np.bool_]:
    """Who bought in enough of the 30-day periods since the first purchase, at most the last twelve."""
    first = np.floor(c["T"] / PERIOD_DAYS).astype(np.int64)  # how many periods back the first purchase lies
    mask = c["bought_periods"].astype(np.int64) & ((1 << PERIODS) - 1)
    mask = np.where(first < PERIODS, mask & ~(np.int64(1) << np.minimum(first, PERIODS)), mask)
    bought = np.bitwise_count(mask).astype(np.float64)
    return value.core_customers(bought, np.minimum(first, PERIODS), c["purchases"], rate=rate)


def decimal(values: Floats) -> pa.Array:
    """Amounts in the lake's type."""
    return pc.round(pa.array(values), 4).cast(pa.float64()).cast(MONEY, safe=False)


def _names(codes: npt.NDArray[np.int8], names: tuple[str, ...]) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(codes.astype(np.int64)))


def _rule(data: dict[str, Any], learnt: RiskModel) -> Callable[[Floats, Floats], Floats]:
    """The rule that the cycle chose."""
    if data["rule"] == "evidence":
        return lambda evidence, _silence: learnt.predict_proba(evidence)
    simple = simple_rule().restore(data["simple"])
    if data["rule"] == "model":
        return lambda evidence, _silence: simple.predict_proba(evidence[:, :1])
    return lambda _evidence, silence: simple.predict_proba(np.log1p(silence)[:, None])
