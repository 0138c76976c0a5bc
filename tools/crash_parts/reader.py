"""Looks without end, as a page would, and says whatever no reader may ever see."""

from __future__ import annotations

import json
import time
from pathlib import Path

from companion import start

PAUSE_SECONDS = 0.05
Violations = list[str]


def main() -> None:
    """Look until told to stop."""
    say, go_on, (what, *arguments) = start()
    watcher = {"import": Imports, "flush": Flushes, "cycle": Cycles}[what](*arguments)
    looks = 0
    while go_on():
        for violation in watcher.look():
            say(violation=violation)
        looks += 1
        say(looks=looks)
        time.sleep(PAUSE_SECONDS)


class Imports:
    """Of each file all orders are there, or none; what was there stays."""

    def __init__(self, sizes: str) -> None:
        self._sizes = {name: int(rows) for name, rows in json.loads(sizes).items()}
        self._seen: set[str] = set()

    def look(self) -> Violations:
        """What is wrong just now."""
        from keepwell.history import queries
        from keepwell.history.engine import engine

        with engine() as reader:
            orders = queries.scan("orders", engine=reader)
            found = reader.execute(
                orders.group_by("campaign").agg(rows=orders.count(), ids=orders.order_id.nunique())
            )
        wrong = []
        seen = set()
        for row in found.to_pylist():
            seen.add(row["campaign"])
            if not row["rows"] == row["ids"] == self._sizes.get(row["campaign"]):
                wrong.append(f"{row['campaign']}: {row['rows']} rows of {row['ids']} orders")
        wrong += [f"{name} has gone" for name in self._seen - seen]
        self._seen |= seen
        return wrong


class Flushes:
    """Every committed fact is in the outbox or in the lake; in the lake each is there once."""

    def __init__(self, feeder_log: str) -> None:
        self._log = Path(feeder_log)

    def look(self) -> Violations:
        """What is wrong just now."""
        from keepwell.history import queries
        from keepwell.history.engine import engine
        from keepwell.history.models import OutboxFact

        committed = committed_numbers(self._log)
        waiting = set(OutboxFact.objects.values_list("key", flat=True))  # before the lake: rows move there
        with engine() as reader:
            table = reader.execute(queries.scan("orders", engine=reader).select("order_id"))
        stored = table["order_id"].to_pylist()
        wrong = []
        if len(stored) != len(set(stored)):
            wrong.append(f"{len(stored) - len(set(stored))} orders are in the lake twice")
        lost = committed - {int(key[1:]) for key in waiting.union(stored)}
        if lost:
            wrong.append(f"{len(lost)} committed facts are nowhere, e.g. {min(lost)}")
        for number in sorted(committed)[-1:]:
            facts = queries.timeline(f"fc{number % 97}", limit=100_000)
            keys = [fact.key for fact in facts]
            if len(keys) != len(set(keys)):
                wrong.append(f"the timeline of fc{number % 97} shows a fact twice")
            if f"f{number:07d}" not in keys:
                wrong.append(f"the timeline of fc{number % 97} lacks {number}")
        return wrong


class Cycles:
    """Scores come from one cycle, and of each cycle the lake holds all scores or none."""

    def look(self) -> Violations:
        """What is wrong just now."""
        from keepwell.insight import queries

        wrong = []
        summary = queries.summary()
        if summary is not None:
            rows = [(row.cycle_id, row.customer_id) for row in queries.iter_scores()]
            cycles = {cycle_id for cycle_id, _ in rows}
            if len(cycles) > 1:
                wrong.append(f"scores of {len(cycles)} cycles in one answer")
            if len(rows) != len(set(rows)):
                wrong.append("a customer has two scores")
            cycle = queries.cycle(next(iter(cycles))) if cycles else None
            expected = self._customers(cycle.cycle_id) if cycle else None
            if expected is not None and len(rows) != expected:
                wrong.append(f"{len(rows)} of {expected} scores in one answer")
            page = queries.scores(page_size=200)
            if len({row.cycle_id for row in page.rows}) > 1:
                wrong.append("a page mixes cycles")
        return wrong + self._lake()

    def _customers(self, cycle_id: str) -> int | None:
        return self._in_lake().get(cycle_id)

    def _lake(self) -> Violations:
        counts = self._in_lake()
        before = getattr(self, "_before", {})
        wrong = [
            f"scores of {cycle_id}: {rows}, then {counts.get(cycle_id)}"
            for cycle_id, rows in before.items()
            if counts.get(cycle_id) != rows
        ]
        self._before = counts
        return wrong

    def _in_lake(self) -> dict[str, int]:
        from keepwell.history import queries
        from keepwell.history.engine import engine

        with engine() as reader:
            scores = queries.scan("scores", engine=reader)
            counted = scores.group_by("cycle_id").agg(
                rows=scores.count(), customers=scores.customer_id.nunique()
            )
            found = reader.execute(counted).to_pylist()
        return {row["cycle_id"]: row["rows"] if row["rows"] == row["customers"] else -1 for row in found}


def committed_numbers(log: Path) -> set[int]:
    """The orders that the feeder knows to be committed."""
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    whole = (json.loads(line) for line in lines if line.endswith("\n"))
    return {number for line in whole for number, _ in line.get("committed", ())}


if __name__ == "__main__":
    main()
