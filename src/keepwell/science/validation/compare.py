"""The comparison, and the rules by which it decides.

A model is used unless one of these holds:

- too few customers, repeat buyers or returns to judge by (`LEAST_...`);
- its fit did not converge, ended on the boundary, or is not identified;
- its mean absolute error is above that of the naive rate (x / T x horizon).

Of BG/NBD and MBG/NBD, when both pass, the one with the smaller mean absolute error foretells purchases. Only
MBG/NBD may say who is alive: BG/NBD calls every one-time buyer alive for certain. Otherwise the shrunken rate
and the curve of return stand in. That plain recency ranks better than P(alive) is reported, but is no reason
to drop it: who is alive and who will buy soon are different questions, and slow buyers are alive, too.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from keepwell.science import metrics
from keepwell.science.clv import BetaGeo, ModifiedBetaGeo
from keepwell.science.clv.inputs import Floats, counts, histories, same_length, vector
from keepwell.science.validation.fallbacks import ReturnCurve, ShrunkenRate, naive_rate
from keepwell.science.validation.report import (
    AliveMethod,
    AliveScore,
    Finding,
    PurchaseMethod,
    PurchaseScore,
    Report,
)

Model = BetaGeo | ModifiedBetaGeo

LEAST_CUSTOMERS = 100
LEAST_REPEAT_BUYERS = 30
LEAST_RETURNED = 20
AUC_MARGIN = 0.02
AGGREGATE_MARGIN = 0.2
FIT_CODES = {
    "not_converged": "not_converged",
    "on_boundary": "fit_on_boundary",
    "not_identified": "not_identified",
}
FALL_BACK = {"too_few_customers", "beaten_by_naive_rate", *FIT_CODES.values()}


def validate(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    actual: ArrayLike,
    horizon: float,
    *,
    silence_ratio: ArrayLike | None = None,
) -> Report:
    """Fit on the past, foretell the holdout, compare with simple rules, decide.

    Args:
        frequency: (n,) repeat purchases at the split.
        recency: (n,) age at the last purchase.
        T: (n,) age at the split.
        actual: (n,) purchases in the holdout.
        horizon: its length, in the unit of `T`.
        silence_ratio: (n,) silence at the split in usual gaps (`keepwell.science.rhythm`), compared as well.

    Returns:
        The report.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> rng = np.random.default_rng(3)
    >>> x = rng.poisson(0.4, 80)
    >>> report = validate(x, np.where(x > 0, 20.0, 0), np.full(80, 40.0), rng.poisson(0.4, 80), 40)
    >>> report.purchases_method, report.codes()
    ('shrunken_rate', ('too_few_customers',))
    """
    x, t_x, age = histories(frequency, recency, T)
    later = counts("actual", actual)
    same_length(frequency=x, actual=later)
    if not (np.isfinite(horizon) and horizon > 0):
        raise ValueError(f"horizon must be finite and above 0, it is {horizon}")
    measures: dict[AliveMethod, Floats] = {"recency": age - t_x}
    if silence_ratio is not None:
        measures["silence_ratio"] = vector("silence_ratio", silence_ratio)
        same_length(frequency=x, silence_ratio=measures["silence_ratio"])
    returned = (later > 0).astype(np.float64)
    size = {
        "customers": float(x.size),
        "repeat_buyers": float((x > 0).sum()),
        "returned": float(returned.sum()),
    }
    if not big_enough(size):
        finding = Finding("too_few_customers", "all", size)
        return decide(size, horizon, [], [], [finding], ShrunkenRate.unlearnt(x, age), None)

    rate = ShrunkenRate.learn(x, age, later, horizon)
    naive = score_purchases("naive_rate", later, naive_rate(horizon, x, age))
    shrunken = score_purchases("shrunken_rate", later, rate.expected_purchases(horizon, x, age))
    rules = [AliveScore(name, metrics.auc(returned, -silence)) for name, silence in measures.items()]
    best = max(rules, key=lambda rule: np.nan_to_num(rule.auc)).method
    curve = ReturnCurve.learn("silence" if best == "recency" else best, measures[best], returned, horizon)
    purchases, alive, findings = [naive, shrunken], list(rules), list[Finding]()
    models: dict[Literal["mbg", "bg"], Model] = {"mbg": ModifiedBetaGeo(), "bg": BetaGeo()}
    for method, model in models.items():
        model.fit(x, t_x, age)
        score = score_purchases(method, later, model.expected_purchases(horizon, x, t_x, age))
        lives = AliveScore(method, metrics.auc(returned, model.probability_alive(x, t_x, age)))
        purchases.append(score)
        alive.append(lives)
        findings += fit_findings(method, model)
        findings += score_findings(method, score, naive)
        if method == "mbg":
            findings += rank_findings(lives, rules)
    return decide(size, horizon, purchases, alive, findings, rate, curve)


def big_enough(size: dict[str, float]) -> bool:
    """Whether the holdout can tell methods apart."""
    return (
        size["customers"] >= LEAST_CUSTOMERS
        and size["repeat_buyers"] >= LEAST_REPEAT_BUYERS
        and size["returned"] >= LEAST_RETURNED
    )


def score_purchases(method: PurchaseMethod, actual: Floats, expected: Floats) -> PurchaseScore:
    """The errors of expected purchases."""
    return PurchaseScore(
        method=method,
        mae=metrics.mae(actual, expected),
        rmse=metrics.rmse(actual, expected),
        aggregate_error=metrics.aggregate_error(actual, expected),
        auc=metrics.auc((actual > 0).astype(np.float64), expected),
    )


def fit_findings(method: str, model: Model) -> Iterator[Finding]:
    """What the fit says against itself, with the parameters."""
    for code in model.diagnostics_.codes:
        yield Finding(FIT_CODES[code], method, dict(model.params_))


def score_findings(method: str, score: PurchaseScore, naive: PurchaseScore) -> Iterator[Finding]:
    """What the errors say against a model."""
    if score.mae > naive.mae:
        yield Finding("beaten_by_naive_rate", method, {"mae": score.mae, "naive_mae": naive.mae})
    if abs(score.aggregate_error) > AGGREGATE_MARGIN:
        yield Finding("aggregate_bias", method, {"aggregate_error": score.aggregate_error})


def rank_findings(alive: AliveScore, rules: list[AliveScore]) -> Iterator[Finding]:
    """Simple rules that rank by a margin better than P(alive)."""
    for rule in rules:
        if rule.auc > alive.auc + AUC_MARGIN:
            yield Finding(f"beaten_by_{rule.method}", alive.method, {"auc": alive.auc, "rule_auc": rule.auc})


def decide(
    size: dict[str, float],
    horizon: float,
    purchases: list[PurchaseScore],
    alive: list[AliveScore],
    findings: list[Finding],
    rate: ShrunkenRate,
    curve: ReturnCurve | None,
) -> Report:
    """The report, with the methods that the rules of this module choose."""
    distrusted = {found.method for found in findings if found.code in FALL_BACK}
    trusted = [
        score
        for score in purchases
        if score.method in ("mbg", "bg") and score.method not in distrusted and "all" not in distrusted
    ]
    chosen = min(trusted, key=lambda score: (score.mae, score.method != "mbg"), default=None)
    names = {score.method for score in trusted}
    return Report(
        customers=int(size["customers"]),
        repeat_buyers=int(size["repeat_buyers"]),
        returned=int(size["returned"]),
        horizon=float(horizon),
        purchases=tuple(purchases),
        alive=tuple(alive),
        findings=tuple(findings),
        purchases_method="shrunken_rate" if chosen is None else "bg" if chosen.method == "bg" else "mbg",
        alive_method="mbg" if "mbg" in names else "return_curve",
        rate=rate,
        curve=curve,
    )
