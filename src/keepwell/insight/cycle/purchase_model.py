"""One face for the purchase models: those that hold on the user's data, or the simpler rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keepwell.science.clv import BetaGeo, ModifiedBetaGeo
from keepwell.science.validation import ReturnCurve, ShrunkenRate

Floats = npt.NDArray[np.float64]
YEAR_DAYS = 365.0
LEAST_ALIVE = 1e-9
LEAST_STRENGTH = 0.25


@dataclass(frozen=True)
class Outlook:
    """What to expect of n customers; all (n,)."""

    p_alive: Floats
    p_return_if_alive: Floats  # a purchase within the horizon, given that the customer is still one
    expected: Floats  # purchases in the next 365 days
    expected_if_alive: Floats


@dataclass(frozen=True)
class PurchaseModel:
    """Predicts from purchase histories in days.

    `mbg` says who is alive; where it does not hold it is None and `curve` stands in (None with too little
    history: then the rhythm). `purchases` foretells how many; where no model holds, `rate` does.
    """

    purchases: BetaGeo | ModifiedBetaGeo | None
    mbg: ModifiedBetaGeo | None
    rate: ShrunkenRate
    curve: ReturnCurve | None

    @property
    def knows_alive(self) -> bool:
        """Whether P(alive) is that of a model, not the chance of return that stands in for it."""
        return self.mbg is not None

    def outlook(
        self,
        x: Floats,
        t_x: Floats,
        T: Floats,
        *,
        horizon_days: float,
        silence_ratio: Floats,
        p_broken: Floats,
    ) -> Outlook:
        """What to expect of these histories."""
        expected, if_alive = self._purchases(x, t_x, T)
        if self.mbg is not None:
            # A customer who is alive leaves only after a purchase, so not before the next one: given that he
            # is alive, P(none in h) is the Poisson zero term under the Gamma posterior of his rate.
            r, alpha = self.mbg.params_["r"], self.mbg.params_["alpha"]
            alive = self.mbg.probability_alive(x, t_x, T)
            none = np.exp((r + x) * np.log((alpha + T) / (alpha + T + horizon_days)))
            return Outlook(alive, 1 - none, expected, if_alive)
        none = self._none(x, T, horizon_days)
        if self.curve is None:
            return Outlook(1 - p_broken, 1 - none, expected, if_alive)
        measure = silence_ratio if self.curve.measure == "silence_ratio" else T - t_x
        return Outlook(self.curve.probability_of_return(measure), 1 - none, expected, if_alive)

    def _purchases(self, x: Floats, t_x: Floats, T: Floats) -> tuple[Floats, Floats]:
        if self.purchases is None:
            expected = self.rate.expected_purchases(YEAR_DAYS, x, T)
            return expected, expected
        expected = self.purchases.expected_purchases(YEAR_DAYS, x, t_x, T)
        alive = self.purchases.probability_alive(x, t_x, T)
        return expected, expected / np.maximum(alive, LEAST_ALIVE)

    def _none(self, x: Floats, T: Floats, horizon_days: float) -> Floats:
        """P(no purchase in h) without dropout: Poisson with the Gamma prior of the shrunken rate."""
        if self.rate.rate <= 0:
            return np.full_like(x, 1 - LEAST_ALIVE)
        strength = max(self.rate.strength, LEAST_STRENGTH)
        reach = T + strength / self.rate.rate
        return np.asarray(np.exp((x + strength) * np.log(reach / (reach + horizon_days))))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return {
            "purchases": self.purchases.to_dict() if self.purchases else None,
            "mbg": self.mbg.to_dict() if self.mbg else None,
            "rate": self.rate.to_dict(),
            "curve": self.curve.to_dict() if self.curve else None,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PurchaseModel:
        """The reverse of `to_dict`."""
        purchases: BetaGeo | ModifiedBetaGeo | None = None
        if data["purchases"]:
            kind = BetaGeo if data["purchases"]["model"] == "BetaGeo" else ModifiedBetaGeo
            purchases = kind.from_dict(data["purchases"])
        return cls(
            purchases=purchases,
            mbg=ModifiedBetaGeo.from_dict(data["mbg"]) if data["mbg"] else None,
            rate=ShrunkenRate(**data["rate"]),
            curve=ReturnCurve.from_dict(data["curve"]) if data["curve"] else None,
        )
