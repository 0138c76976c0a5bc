"""What a fit says about itself."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from keepwell.science.clv.newton import Optimum


@dataclass(frozen=True, slots=True)
class FitDiagnostics:
    """An honest account of one maximum likelihood fit.

    `codes` holds what a reader must know before believing the numbers, empty when all is well:
    `not_converged`, `on_boundary` (the likelihood still rises where a parameter reaches its limit, so the
    model degenerates to a simpler one), `not_identified` (the curvature at the optimum is not that of a
    maximum, so there are no standard errors), `infinite_mean` (Gamma-Gamma with q <= 1).
    """

    customers: float
    groups: int
    iterations: int
    gradient_norm: float
    boundary: tuple[str, ...]
    standard_errors: dict[str, float] | None
    codes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return asdict(self) | {"boundary": list(self.boundary), "codes": list(self.codes)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "FitDiagnostics":
        """The reverse of `to_dict`."""
        return cls(**(data | {"boundary": tuple(data["boundary"]), "codes": tuple(data["codes"])}))


def diagnose(
    optimum: Optimum, names: tuple[str, ...], *, customers: float, groups: int, extra: tuple[str, ...] = ()
) -> FitDiagnostics:
    """The diagnostics of an optimum found in the logarithms of the parameters `names`."""
    errors = standard_errors(optimum, names)
    codes = [] if optimum.converged else ["not_converged"]
    boundary = tuple(name for name, fixed in zip(names, optimum.at_bound, strict=True) if fixed)
    if boundary:
        codes.append("on_boundary")
    elif errors is None:
        codes.append("not_identified")
    return FitDiagnostics(
        customers=customers,
        groups=groups,
        iterations=optimum.iterations,
        gradient_norm=optimum.gradient_norm,
        boundary=boundary,
        standard_errors=errors,
        codes=(*codes, *extra),
    )


def standard_errors(optimum: Optimum, names: tuple[str, ...]) -> dict[str, float] | None:
    """Standard errors from the observed information; None on a boundary or where it is not definite.

    The delta method takes them from the logarithms to the parameters themselves.
    """
    if optimum.at_bound.any():
        return None
    values = np.linalg.eigvalsh(-optimum.hessian)
    if values[0] <= 1e-12 * values[-1]:
        return None
    of_logs = np.sqrt(np.diag(np.linalg.inv(-optimum.hessian)))
    return {name: float(error) for name, error in zip(names, of_logs * np.exp(optimum.point), strict=True)}
