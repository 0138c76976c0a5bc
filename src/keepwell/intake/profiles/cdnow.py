"""CDNOW: the purchase histories that BG/NBD was published with (Fader and Hardie).

Both files are columns of white space. The sample has no header: master id, sample id, date, CDs, dollars.
"""

from __future__ import annotations

import re

from keepwell.intake.profiles.base import SHAPES, Profile, has_columns
from keepwell.intake.reading.chunks import Source


def _is_sample(source: Source) -> bool:
    if source.delimiter is not None or source.format != "csv" or len(source.columns) != 5:
        return False
    rows = source.sample().to_pylist()[:20]
    shapes = (r"\d{5}", r"\d{4}", r"19\d{6}", r"\d+", r"\d+\.\d\d")
    return bool(rows) and all(
        re.fullmatch(shape, row[f"c{n}"] or "") for row in rows for n, shape in enumerate(shapes)
    )


SAMPLE = Profile(
    name="cdnow-sample",
    source="cdnow",
    recognises=_is_sample,
    shape=SHAPES["orders"],
    columns={"customer_id": "#1", "ordered_at": "#3", "amount": "#5"},
    constants={"status": "paid", "channel": "web"},
    currency="USD",
    date_order="YMD",
)

MASTER = Profile(
    name="cdnow-master",
    source="cdnow",
    recognises=has_columns("customer_id", "date", "number_of_cds", "dollar_value"),
    shape=SHAPES["orders"],
    columns={"customer_id": "customer_id", "ordered_at": "date", "amount": "dollar_value"},
    constants={"status": "paid", "channel": "web"},
    currency="USD",
    date_order="YMD",
)
