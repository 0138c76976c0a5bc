"""Facts of the lake by person: under whichever of their numbers they were told."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import ibis
import pyarrow as pa

from keepwell.customers.identity import queries as identity


def by_person(table: Any) -> Any:
    """An Ibis `table` of facts with the surviving number of its customer as `person`."""
    rows = list(identity.aliases())
    if not rows:
        return table.mutate(person=table.customer_id)
    columns = [[alias for alias, _kept in rows], [kept for _alias, kept in rows]]
    merged = ibis.memtable(pa.table(columns, ["other_number", "kept_number"]))
    joined = table.left_join(merged, table.customer_id == merged.other_number)
    return joined.mutate(person=ibis.coalesce(joined.kept_number, joined.customer_id))


# How the facts are called that tell what colleagues and Keepwell did, and when they did it.
OURS = ("task-", "note-", "care-", "case-", "question-", "mood-")


def of_customers(interactions: Any) -> Any:
    """The `interactions` that customers began: not what we noted, did, asked and read of them."""
    ours = reduce(or_, (interactions.interaction_id.startswith(one) for one in OURS))
    return interactions.filter(~ours)
