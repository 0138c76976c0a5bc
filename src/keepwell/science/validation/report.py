"""What a validation found: codes and figures, no language."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from keepwell.science.validation.fallbacks import ReturnCurve, ShrunkenRate

PurchaseMethod = Literal["mbg", "bg", "naive_rate", "shrunken_rate"]
AliveMethod = Literal["mbg", "bg", "recency", "silence_ratio"]


@dataclass(frozen=True, slots=True)
class PurchaseScore:
    """How well a method foretold the number of purchases in the holdout.

    mae, rmse: errors in purchases per customer.
    aggregate_error: relative error of the total.
    auc: of the ranking by who came back at all; NaN when all or none did.
    """

    method: PurchaseMethod
    mae: float
    rmse: float
    aggregate_error: float
    auc: float


@dataclass(frozen=True, slots=True)
class AliveScore:
    """How well a method ranked customers by who came back in the holdout."""

    method: AliveMethod
    auc: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a reader must know: a code, the method it is about, and its figures.

    Reasons to fall back: `too_few_customers` (customers, repeat_buyers, returned; about `all`),
    `not_converged`, `fit_on_boundary` and `not_identified` (the parameters), `beaten_by_naive_rate` (mae,
    naive_mae).

    To be told, without consequence: `beaten_by_recency` and `beaten_by_silence_ratio` (auc, rule_auc),
    `aggregate_bias` (aggregate_error).
    """

    code: str
    method: str
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """A holdout comparison and what follows from it.

    customers, repeat_buyers: at the split.
    returned: customers with a purchase in the holdout.
    horizon: its length, in the unit of the data.
    purchases, alive: scores of every method that could be tried.
    findings: see `Finding`.
    purchases_method: what to use for expected purchases: `mbg`, `bg` or `shrunken_rate`.
    alive_method: what to use for being alive: `mbg`, or `return_curve`.
    rate: the fallback for expected purchases.
    curve: the fallback for being alive; None when the holdout is too small to learn one.
    """

    customers: int
    repeat_buyers: int
    returned: int
    horizon: float
    purchases: tuple[PurchaseScore, ...]
    alive: tuple[AliveScore, ...]
    findings: tuple[Finding, ...]
    purchases_method: Literal["mbg", "bg", "shrunken_rate"]
    alive_method: Literal["mbg", "return_curve"]
    rate: ShrunkenRate
    curve: ReturnCurve | None

    def codes(self, method: str | None = None) -> tuple[str, ...]:
        """The codes of the findings, of one method if given."""
        return tuple(found.code for found in self.findings if method in (None, found.method))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return asdict(self)
