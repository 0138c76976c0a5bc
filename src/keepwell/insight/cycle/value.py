"""What each customer is worth, and the cut-offs of the tiers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.insight.cycle import figures as fig
from keepwell.insight.cycle.features import FEATURES
from keepwell.insight.cycle.fitting import MODELS, expected_amount
from keepwell.insight.cycle.purchase_model import PurchaseModel
from keepwell.insight.cycle.schema import VALUE
from keepwell.insight.cycle.work import Work, read_json, write_batches, write_json
from keepwell.science.value import annual_contribution, tier_cutoffs

Floats = npt.NDArray[np.float64]
VALUES = "value.parquet"
TIERS = "tiers.json"
YEAR_DAYS = 365.0


def run(work: Work) -> tuple[int, str]:
    """Write `value.parquet` and the tier cut-offs."""
    models = read_json(work, MODELS)
    model = PurchaseModel.from_dict(models["purchase"])
    priors = fig.Priors.from_dict(models["priors"])
    thresholds = work.thresholds

    def score(batch: pa.RecordBatch) -> pa.RecordBatch:
        c = fig.numbers(batch)
        outlook = fig.outlook(model, c, priors, thresholds)
        gross = contribution_so_far(c, thresholds.gross_margin)
        kept = kept_share(c)
        each = expected_amount(models["spend"], c) * gross / c["amount"] * kept
        arrays = [
            batch.column("customer_id"),
            outlook.p_alive,
            outlook.p_return_if_alive,
            outlook.expected,
            each,
            outlook.expected * each,
            np.maximum(outlook.expected_if_alive * each, 0.0),
            annual_contribution(gross * kept, c["T"] / YEAR_DAYS),
        ]
        return pa.RecordBatch.from_arrays([pa.array(a) for a in arrays], names=VALUE.names)

    features = work.read(FEATURES).order_by("customer_id")
    total = pq.read_metadata(work.path(FEATURES)).num_rows
    rows = write_batches(work, work.engine.map_batches(features, score, VALUE), VALUE, VALUES, total=total)
    # Graded by what they bring if they stay: whoever begins to leave does not lose the grade by it.
    stake = pq.read_table(work.path(VALUES), columns=["value_at_stake"]).column(0).to_numpy()
    cutoffs = tier_cutoffs(
        stake, high_share=thresholds.high_value_share, mid_share=thresholds.mid_value_share
    )
    write_json(work, TIERS, {name: _finite(getattr(cutoffs, name)) for name in ("high_from", "mid_from")})
    work.row.diagnostics["tiers"] = read_json(work, TIERS)
    work.row.save(update_fields=["diagnostics"])
    return rows, ""


def contribution_so_far(c: fig.Columns, gross_margin: float) -> Floats:
    """(n,) amount - cost where the cost is known, else amount x the gross margin of the settings."""
    return np.asarray(c["cost_known"] + gross_margin * c["cost_unknown"])


def kept_share(c: fig.Columns) -> Floats:
    """(n,) the share of the purchases' amount that was not credited back, 0 to 1."""
    return np.clip((c["amount"] + c["credit"]) / c["amount"], 0.0, 1.0)


def _finite(value: float) -> float:
    """JSON knows no infinity."""
    return value if np.isfinite(value) else float(np.finfo(np.float64).max)
