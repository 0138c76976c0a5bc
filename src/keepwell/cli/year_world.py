"""The simulated shop of `keepwell year`: it lives on month by month, and knows what no shop knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.science.simulate import TREATMENTS, Market, MarketData, Outlook, consents
from keepwell.science.simulate.market import LAST_DAY

MONTH_DAYS = 30
# What does not change from month to month, and what Keepwell itself notes of its plays.
ONCE = ("products",)
OWN_CAMPAIGN = "plan-"


@dataclass(frozen=True)
class TrueLift:
    """What being dealt into the treated arm truly changes, on average over the members of that arm.

    The expectation over all luck from the assignment on; who they are and how they stand is taken as it is,
    and so is whom the contact reached. `margin` is net of what the play spent. `kept_without` and `kept_with`
    are the chances of each member of the arm to order, in the order asked for.
    """

    retention: float
    revenue: float
    margin: float
    kept_without: np.ndarray[Any, Any] = field(repr=False)
    kept_with: np.ndarray[Any, Any] = field(repr=False)


class World:
    """A market of which the last `months` are still to come."""

    def __init__(self, *, customers: int, seed: int, months: int, folder: Path) -> None:
        ahead = months * MONTH_DAYS
        self.seed, self.folder = seed, folder
        self.market = Market(
            customers=customers, end=LAST_DAY - timedelta(days=ahead), seed=seed, days_ahead=ahead
        )
        self._told = date.min
        self._outlooks: dict[tuple[date, int], Outlook] = {}
        self._place = {one: n for n, one in enumerate(self.market.customer_ids.to_pylist())}

    @property
    def now(self) -> datetime:
        """The midnight at which the world stands."""
        return datetime.combine(self.market.today, time.min, tzinfo=UTC)

    def begin(self) -> list[Path]:
        """The years before, as files."""
        return self._written(self.market.run())

    def live(self, treated: Mapping[str, str]) -> list[Path]:
        """One month more, in which each of `treated` gets its treatment on the first day; its files."""
        until = self.market.today + timedelta(days=MONTH_DAYS)
        return self._written(self.market.advance(until, dict(treated), with_truth=False))

    def true_lift(
        self, arm: Sequence[str], treated: Mapping[str, str], *, days: int, spent: float
    ) -> TrueLift:
        """What treating `treated` today changes for the members of `arm` within `days`; see `TrueLift`.

        Args:
            arm: everybody dealt into the arm, at least one.
            treated: those of them whom the contact reached, with what is done for each.
            days: how long outcomes count.
            spent: money, on all of them together.
        """
        pauses = range(MONTH_DAYS, days, MONTH_DAYS)
        key = (self.market.today, days)
        if key not in self._outlooks:
            self._outlooks = {key: self.market.outlook(days, pauses=list(pauses))}
        without = self._outlooks[key]
        with_it = self.market.outlook(days, {**treated}, pauses=list(pauses))
        who = np.array([self._place[one] for one in arm])
        return TrueLift(
            retention=float((with_it.kept - without.kept)[who].mean()),
            revenue=float((with_it.revenue - without.revenue)[who].mean()),
            margin=float((with_it.margin - without.margin)[who].mean()) - spent / len(arm),
            kept_without=without.kept[who],
            kept_with=with_it.kept[who],
        )

    def _written(self, data: MarketData) -> list[Path]:
        """The tables as files that can be imported, the consents of those who joined first."""
        folder = self.folder / f"{self.market.today}"
        folder.mkdir(parents=True, exist_ok=True)
        first = self._told == date.min
        joined = data.tables["customers"].filter(
            pc.greater_equal(data.tables["customers"]["acquired_at"], _instant(self._told))
        )
        self._told = self.market.today
        tables = {**data.tables, "customers": joined}
        ours = pc.starts_with(tables["contacts"]["campaign"], OWN_CAMPAIGN)
        tables["contacts"] = tables["contacts"].filter(pc.invert(pc.fill_null(ours, False)))
        files = []
        for name, table in tables.items():
            if table.num_rows and (first or name not in ONCE):
                files.append(_csv(table, folder / f"{name}.csv"))
        if joined.num_rows:
            _csv(consents(joined, seed=self.seed), self.consents_path)
        return files

    @property
    def consents_path(self) -> Path:
        """The consents of those who joined in the time told last; missing where nobody did."""
        return self.folder / f"{self.market.today}" / "consents.csv"


def simulated(code: str) -> bool:
    """Whether the world knows what a treatment does."""
    return code in TREATMENTS


def _instant(day: date) -> Any:
    start = max(day, date(1970, 1, 1))
    return pa.scalar(datetime.combine(start, time.min, tzinfo=UTC), pa.timestamp("us", tz="UTC"))


def _csv(table: pa.Table, path: Path) -> Path:
    from pyarrow.csv import write_csv

    write_csv(table, path)
    return path
