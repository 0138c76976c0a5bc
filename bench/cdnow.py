"""Accuracy on CDNOW beside plain recency and the naive rate.

`python -m bench.cdnow` prints the rows; `run()` returns them, or one that says the data are absent.
"""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from bench.peers import REPOSITORY
from keepwell.science import rhythm
from keepwell.science.clv import BetaGeo, GammaGamma
from keepwell.science.validation import Report, holdout, validate

SPLIT_ON, END_ON, HORIZON_WEEKS = date(1997, 9, 30), date(1998, 6, 30), 39.0
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "p": 6.25, "q": 3.74, "v": 15.44}
LEAST_AUC = {"bg": 0.772, "mbg": 0.772}
LEAST_ALIVE_AUC = {"mbg": 0.68}


def data_folder() -> Path:
    """Where the real data are."""
    return Path(os.environ.get("KEEPWELL_TEST_DATA") or REPOSITORY.parent / "shared" / "data")


def orders(path: Path) -> ir.Table:
    """CDNOW's sample as orders."""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return ibis.memtable(
        pa.table(
            {
                "customer_id": [fields[1] for fields in rows],
                "ordered_at": [date.fromisoformat(fields[2]) for fields in rows],
                "amount": [float(fields[4]) for fields in rows],
            }
        )
    )


def row(name: str, ours: float, unit: str, requirement: str = "", note: str = "") -> dict[str, Any]:
    """One row; there is no peer to time."""
    return {
        "name": name,
        "ours": ours,
        "peer": None,
        "ratio": None,
        "requirement": requirement,
        "unit": unit,
        "note": note,
    }


def published(column: dict[str, Any]) -> list[dict[str, Any]]:
    """Fitted constants beside the published ones."""
    again = column["frequency"] > 0
    model = BetaGeo().fit(column["frequency"], column["recency"], column["T"])
    spending = GammaGamma().fit(column["frequency"][again], column["monetary"][again])
    rows = [
        row(f"{kind} {name}", round(value, digits), "", f"{PUBLISHED[name]} as published")
        for kind, params, digits in (("BG/NBD", model.params_, 3), ("Gamma-Gamma", spending.params_, 2))
        for name, value in params.items()
    ]
    return [*rows, row("BG/NBD log-likelihood", f"{model.log_likelihood_:.1f}", "", "-9582.4 as published")]


def accuracy(report: Report) -> list[dict[str, Any]]:
    """Errors and rankings of every method."""
    names = {
        "mbg": "MBG/NBD",
        "bg": "BG/NBD",
        "naive_rate": "naive rate",
        "shrunken_rate": "shrunken rate (strength learnt on the holdout)",
        "recency": "plain recency",
        "silence_ratio": "silence in usual gaps",
    }
    rows = []
    for score in report.purchases:
        least = LEAST_AUC.get(score.method)
        label, detail = names[score.method], f"aggregate {score.aggregate_error:+.1%}"
        rows.append(row(f"{label}: MAE", round(score.mae, 3), "purchases", note=detail))
        rows.append(row(f"{label}: RMSE", round(score.rmse, 3), "purchases"))
        rows.append(
            row(
                f"{label}: AUC of expected purchases", round(score.auc, 4), "", f">= {least}" if least else ""
            )
        )
    for lives in report.alive:
        least = LEAST_ALIVE_AUC.get(lives.method)
        what = "P(alive)" if lives.method in ("mbg", "bg") else "ranking"
        note = "is 1 for every one-time buyer: never used" if lives.method == "bg" else ""
        requirement = f">= {least}" if least else ""
        rows.append(row(f"{names[lives.method]}: AUC of {what}", round(lives.auc, 4), "", requirement, note))
    return rows


def run(quick: bool = False) -> list[dict[str, Any]]:
    """The rows of the report; the data are small, so quick changes nothing."""
    path = data_folder() / "cdnow" / "CDNOW_sample.txt"
    if not path.exists():
        return [row("CDNOW", float("nan"), "", note=f"data not found: set KEEPWELL_TEST_DATA ({path.name})")]
    sales = orders(path)
    past = rhythm.summarize(sales, SPLIT_ON)
    table = holdout(sales, SPLIT_ON, END_ON, "W").join(past, "customer_id").to_pyarrow()
    column = {name: table[name].to_numpy() for name in table.column_names if name != "customer_id"}
    intervals = [column[name] for name in ("intervals", "interval_median_days", "interval_log_variance")]
    silence = rhythm.Rhythm().fit(*intervals).score(*intervals, column["silence_days"])
    report = validate(
        *(column[name] for name in ("frequency", "recency", "T", "actual")),
        HORIZON_WEEKS,
        silence_ratio=silence.silence_ratio,
    )
    return [*published(column), *accuracy(report)]


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
