"""Do the models hold on the user's own data? A holdout comparison with simple rules, and a decision.

`holdout` splits orders at a date, `validate` fits on what came before, predicts what came after, and says in
codes and figures which method to use and why.
"""

from keepwell.science.validation.compare import validate
from keepwell.science.validation.fallbacks import ReturnCurve, ShrunkenRate, naive_rate
from keepwell.science.validation.holdout import holdout
from keepwell.science.validation.report import AliveScore, Finding, PurchaseScore, Report

__all__ = [
    "AliveScore",
    "Finding",
    "PurchaseScore",
    "Report",
    "ReturnCurve",
    "ShrunkenRate",
    "holdout",
    "naive_rate",
    "validate",
]
