"""What customers said after they were given a plan or passed over: recommend us? how content?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.contracts import FirstWarning
from keepwell.outreach.surviving import by_person

Floats = NDArray[np.float64]
PROMOTER = 9.0  # of 10, from which somebody counts as recommending: F. Reichheld, HBR 12/2003
NPS = "nps"
# Lowest and highest answer of the scales of contentment.
SCALES = {"csat": (1.0, 5.0), "ces": (1.0, 7.0)}
SECONDS_A_DAY = 86_400
UNITS = pa.schema([("person", pa.string()), ("place", pa.int64()), ("entered", pa.float64())])


def said(sides: Sequence[FirstWarning], *, days: int, as_of: datetime) -> tuple[Floats, Floats]:
    """For each, in order, what they answered in the `days` after; NaN for who said nothing.

    Returns:
        Whether they would recommend (n,), 1 or 0 by their newest answer of 0 to 10; how content (n,),
        from 0 to 1, the mean of their answers about single experiences.

    """
    recommends, content = np.full(len(sides), np.nan), np.full(len(sides), np.nan)
    if not sides or "answers" not in history.versions():
        return recommends, content
    units = pa.table(
        {
            "person": [one.customer_id for one in sides],
            "place": np.arange(len(sides)),
            "entered": [one.opened_at.timestamp() for one in sides],
        },
        schema=UNITS,
    )
    with engine() as running:
        rows = running.execute(_answers(running, units, days, as_of))
    place = rows["place"].to_numpy()
    recommends[place] = rows["recommends"].fill_null(np.nan).to_numpy()
    content[place] = rows["content"].fill_null(np.nan).to_numpy()
    return recommends, content


def _answers(running: Any, units: pa.Table, days: int, as_of: datetime) -> Any:
    answers = history.scan("answers", as_of=as_of, engine=running)
    answers = by_person(answers.filter(answers.score.notnull() & answers.customer_id.notnull()))
    both = answers.inner_join(ibis.memtable(units), "person")
    day = (both["at"].epoch_seconds().cast("float64") - both.entered) / SECONDS_A_DAY
    both = both.filter((day > 0) & (day <= days))
    asked = both.metric == NPS
    ends = list(SCALES.items())
    low = both.metric.cases(*[(name, low) for name, (low, _high) in ends], else_=None)
    span = both.metric.cases(*[(name, high - low) for name, (low, high) in ends], else_=None)
    newest = both.score.argmax(both["at"], where=asked)
    return both.group_by("place").agg(
        recommends=(newest >= PROMOTER).cast("float64"),
        content=((both.score - low) / span).clip(0.0, 1.0).mean(),
    )
