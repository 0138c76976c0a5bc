"""What rooms do about live facts, as soon as these are in the lake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from keepwell.history.contracts import LiveFact
from keepwell.history.facts import denormalize
from keepwell.history.lake import fact_table

CHUNK = 2_000

Handler = Callable[[Sequence[LiveFact]], None]

_handlers: dict[str, list[Handler]] = {}


def subscribe(*, tables: Collection[str], handler: Handler) -> None:
    """Call `handler` with the live facts of `tables` after they have reached the lake.

    It runs in the transaction that takes the facts out of the outbox: what it writes to state happens
    together with that, or both happen again. So it is called at least once for a fact and must know one by
    its table and key that it has seen before; it must be short and must not speak to the outside world.
    An error keeps the facts of that table waiting. Subscribe while the program starts.

    Raises ValueError for an unknown table.
    """
    for name in tables:
        known = _handlers.setdefault(fact_table(name).name, [])
        if handler not in known:
            known.append(handler)


def react(table: str, rows: Any) -> None:
    """Hand the live ones of the outbox rows `rows` (a query set) to the handlers of `table`."""
    handlers = _handlers.get(table)
    if not handlers:
        return
    columns = fact_table(table).columns
    chunk: list[LiveFact] = []
    for row in rows.filter(live=True).order_by("id").iterator(chunk_size=CHUNK):
        data = denormalize(columns, row.fact)
        chunk.append(LiveFact(table, row.key, row.customer_id, data, row.source, row.recorded_at))
        if len(chunk) == CHUNK:
            _call(handlers, chunk)
            chunk = []
    _call(handlers, chunk)


def _call(handlers: Sequence[Handler], facts: Sequence[LiveFact]) -> None:
    if facts:
        for handler in handlers:
            handler(facts)
