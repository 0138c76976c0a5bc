"""Experiments: who gets what at random, and whether it helped.

`assign` deals out, `lift` and `compare` measure, `sample_size` plans, `mismatch` and `guard_rail` keep watch.
What is guaranteed, and by which formulas: docs/algorithms/experiments.md.
"""

from keepwell.science.experiment.assignment import (
    Assignment,
    Split,
    assign,
    assign_balanced,
    in_holdout,
    uniform,
)
from keepwell.science.experiment.balance import Mismatch, mismatch
from keepwell.science.experiment.duration import longest_horizon, pseudo_values
from keepwell.science.experiment.effect import ArmResult, Lift, lift, lift_from_moments
from keepwell.science.experiment.guard import GuardRail, guard_rail
from keepwell.science.experiment.moments import Moments, moments_by_arm
from keepwell.science.experiment.planner import (
    Mean,
    Plan,
    Rate,
    SampleSize,
    detectable_effect,
    power,
    sample_size,
    weeks,
)
from keepwell.science.experiment.sequence import always_valid_p, mixture_test, multiplier
from keepwell.science.experiment.several import Comparison, compare
from keepwell.science.experiment.verdict import Doubt, Evidence

__all__ = [
    "ArmResult",
    "Assignment",
    "Comparison",
    "Doubt",
    "Evidence",
    "GuardRail",
    "Lift",
    "Mean",
    "Mismatch",
    "Moments",
    "Plan",
    "Rate",
    "SampleSize",
    "Split",
    "always_valid_p",
    "assign",
    "assign_balanced",
    "compare",
    "detectable_effect",
    "guard_rail",
    "in_holdout",
    "lift",
    "lift_from_moments",
    "longest_horizon",
    "mismatch",
    "mixture_test",
    "moments_by_arm",
    "multiplier",
    "power",
    "pseudo_values",
    "sample_size",
    "uniform",
    "weeks",
]
