"""Who gets which treatment under a budget and capacities, with a bound that no plan can pass."""

from keepwell.science.allocate.curve import Curve, gain_curve
from keepwell.science.allocate.plan import plan_budget
from keepwell.science.allocate.problem import Plan

__all__ = ["Curve", "Plan", "gain_curve", "plan_budget"]
