"""The columns of the files between the steps."""

from __future__ import annotations

import pyarrow as pa

MONEY = pa.decimal128(18, 4)
INSTANT = pa.timestamp("us", tz="UTC")

# The classes that lists filter by and count, in the order of `models.Classes`.
CLASSES = (
    "status",
    "tier",
    "risk_level",
    "life_stage",
    "communication_group",
    "rfm_segment",
    "reason",
    "action",
    "hints",
)

VALUE = pa.schema(
    [
        ("customer_id", pa.string()),
        ("p_alive", pa.float64()),
        ("p_return_if_alive", pa.float64()),
        ("expected_purchases", pa.float64()),
        ("contribution", pa.float64()),
        ("clv", pa.float64()),
        ("value_at_stake", pa.float64()),
        ("annual_contribution", pa.float64()),
    ]
)

SCORES = pa.schema(
    [
        ("customer_id", pa.string()),
        ("status", pa.string()),
        ("tier", pa.string()),
        ("risk_level", pa.string()),
        ("life_stage", pa.string()),
        ("communication_group", pa.string()),
        ("rfm_segment", pa.string()),
        ("reason", pa.string()),
        ("hints", pa.int16()),
        ("r_score", pa.int16()),
        ("f_score", pa.int16()),
        ("m_score", pa.int16()),
        ("churn_risk", pa.float64()),
        ("p_alive", pa.float64()),
        ("expected_purchases", pa.float64()),
        ("clv", MONEY),
        ("formula_clv", MONEY),
        ("annual_contribution", MONEY),
        ("value_at_stake", MONEY),
        ("expected_loss", MONEY),
        ("orders", pa.int64()),
        ("total_amount", MONEY),
        ("average_amount", MONEY),
        ("first_order_at", INSTANT),
        ("last_order_at", INSTANT),
        ("silence_days", pa.float64()),
        ("rhythm_days", pa.float64()),
        ("silence_ratio", pa.float64()),
        ("has_sign", pa.bool_()),
        ("quantity_trend", pa.string()),
        ("is_core", pa.bool_()),
        ("reasons", pa.string()),
    ]
)
