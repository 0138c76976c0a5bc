"""Scores to where people and history read them; the switch is one row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from keepwell.foundation import clock
from keepwell.foundation.audit.services import log
from keepwell.foundation.home import Home
from keepwell.history import services as history
from keepwell.history.schemas import FACT_TABLES
from keepwell.insight.cycle import bulk, lease
from keepwell.insight.cycle.features import FEATURES, PAST, RECORDED_COSTS
from keepwell.insight.cycle.schema import CLASSES, MONEY
from keepwell.insight.cycle.snapshot import DAYS
from keepwell.insight.cycle.value import VALUES
from keepwell.insight.cycle.work import ALIASES, Work, durable, write_expression
from keepwell.insight.models import CurrentCycle, Cycle, Facet, Score, SuggestedProduct, Suggestion
from keepwell.insight.recommending.step import GOODS, PAIRS

SCORES = "scores.parquet"
PLAN = "plan.parquet"
ROWS = "numbered.parquet"  # exactly what is published
EARLIER = "earlier.parquet"
CHUNK = 25_000
SOURCE = "keepwell"
FACTS = "facts.parquet"
# What only the steps of this room read; what steps of rooms above wrote stays as long as the cycle does.
PASSING = (DAYS, FEATURES, PAST, RECORDED_COSTS, ALIASES, VALUES, ROWS, EARLIER, FACTS, PAIRS, GOODS)
PREVIOUS = ("churn_risk", "clv", "tier", "status")


def run(work: Work) -> tuple[int, str]:
    """Write the rows of the cycle to the state and to the lake; nobody sees them yet."""
    # Written once: rows inserted before a death are known by their place in this file.
    if not work.path(ROWS).exists():
        write_expression(work, _rows(work), ROWS, sort_by=["customer_id"])
    rows = pq.read_metadata(work.path(ROWS)).num_rows
    lease.renew()
    clean(keep={work.row.pk, *_visible()})
    _insert(work, rows)
    _facets(work)
    facts = write_expression(work, _facts(work), FACTS, sort_by=["customer_id"])
    history.append(table="scores", staged=[work.path(FACTS)], batch_id=work.row.cycle_id)
    return rows, f"{facts} facts"


def switch(work: Work) -> tuple[int, str]:
    """Show this cycle to readers, in one small transaction."""
    with transaction.atomic():
        lease.renew()
        current = CurrentCycle.objects.select_for_update().filter(pk=1).first()
        before = current.cycle_id if current else None
        if before != work.row.pk:
            CurrentCycle.objects.update_or_create(
                pk=1, defaults={"cycle_id": work.row.pk, "previous_id": before}
            )
        work.row.status, work.row.finished_at, work.row.error = "done", clock.now(), ""
        work.row.save(update_fields=["status", "finished_at", "error"])
        log(
            actor=work.row.actor,
            action="insight.cycle.publish",
            object_type="cycle",
            object_id=work.row.cycle_id,
            details={"customers": work.row.summary.get("customers", 0)},
        )
    return 1, ""


def tidy(work: Work) -> tuple[int, str]:
    """Remove rows and files of cycles that are neither current nor the one before."""
    deleted = clean(keep=_visible())
    kept = dict(Cycle.objects.filter(pk__in=_visible()).values_list("cycle_id", "pk"))
    for folder in sorted(Home.current().cycles_dir.iterdir()):
        if not folder.is_dir():
            continue
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        for file in folder.iterdir():
            if file.suffix == ".tmp" or file.name in PASSING:
                file.unlink(missing_ok=True)
    return deleted, ""


def clean(*, keep: set[int]) -> int:
    """Delete scores and counts of all cycles but those of `keep`; returns how many scores."""
    deleted = 0
    for pk in Score.objects.exclude(cycle_id__in=keep).values_list("cycle_id", flat=True).distinct():
        deleted += bulk.delete_cycle(Score._meta.db_table, pk)
    for model in (Suggestion, SuggestedProduct):
        for pk in model.objects.exclude(cycle_id__in=keep).values_list("cycle_id", flat=True).distinct():
            bulk.delete_cycle(model._meta.db_table, pk)
    Facet.objects.exclude(cycle_id__in=keep).delete()
    return deleted


def _visible() -> set[int]:
    pointer = CurrentCycle.objects.first()
    return {pk for pk in (pointer.cycle_id, pointer.previous_id) if pk} if pointer else set()


def _rows(work: Work) -> Any:
    """Scores with the plan and the figures of the cycle before."""
    scores = work.read(SCORES)
    plan = _plan(work)
    joined = scores.left_join(plan, "customer_id")
    rows = joined.select(
        *[joined[name] for name in scores.columns],
        action=joined.action.fill_null(""),
        action_cost=joined.action_cost,
        action_gain=joined.action_gain,
    )
    earlier = _earlier(work)
    joined = rows.left_join(earlier, "customer_id")
    whole = joined.select(
        *[joined[name] for name in rows.columns], *[joined[f"previous_{name}"] for name in PREVIOUS]
    )
    return whole.mutate(facet_number=ibis.dense_rank().over(order_by=list(CLASSES)))


def _plan(work: Work) -> Any:
    if work.path(PLAN).exists():
        return work.read(PLAN).select("customer_id", "action", "action_cost", "action_gain")
    money = {"action_cost": "decimal(18, 4)", "action_gain": "decimal(18, 4)"}
    return _empty({"customer_id": "string", "action": "string", **money})


def _earlier(work: Work) -> Any:
    """The current cycle's figures; from its file, else from the state."""
    pointer = CurrentCycle.objects.select_related("cycle").first()
    if pointer is None or pointer.cycle_id == work.row.pk:
        kinds = {"churn_risk": "float64", "clv": "decimal(18, 4)", "tier": "string", "status": "string"}
        return _empty({"customer_id": "string", **{f"previous_{n}": kinds[n] for n in PREVIOUS}})
    path = Home.current().cycles_dir / pointer.cycle.cycle_id / SCORES
    if path.exists():
        table = work.engine.read_parquet([path])
    else:
        _export(pointer.cycle, work)
        table = work.read(EARLIER)
    return table.select("customer_id", **{f"previous_{name}": table[name] for name in PREVIOUS})


def _export(cycle: Cycle, work: Work) -> None:
    """The state's rows of a cycle whose file is gone."""
    schema = pa.schema(
        [
            ("customer_id", pa.string()),
            ("churn_risk", pa.float64()),
            ("clv", MONEY),
            ("tier", pa.string()),
            ("status", pa.string()),
        ]
    )
    found = Score.objects.filter(cycle=cycle).order_by("customer_id").values(*schema.names)
    with durable(work.path(EARLIER)) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for chunk in _chunks(found.iterator(chunk_size=CHUNK)):
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _empty(kinds: dict[str, str]) -> Any:
    return ibis.memtable([], schema=ibis.schema(kinds))


def _insert(work: Work, rows: int) -> None:
    """Insert what is not there yet: the file's order is fixed, so the rows there are its first ones."""
    done = Score.objects.filter(cycle_id=work.row.pk).count()
    file = pq.ParquetFile(work.path(ROWS))
    names = [name for name in file.schema_arrow.names if name in INSERTED]
    place = 0
    for batch in file.iter_batches(batch_size=CHUNK, columns=names):
        start, place = place, place + batch.num_rows
        if place <= done:
            continue
        part = batch.slice(max(0, done - start))
        cycle = pa.array([work.row.pk] * part.num_rows, pa.int64())
        full = pa.RecordBatch.from_arrays([cycle, *part.columns], names=["cycle_id", *part.schema.names])
        with transaction.atomic():
            bulk.insert(Score._meta.db_table, full)
        work.report(0.9 * place / max(rows, 1), place)
    file.close()


INSERTED = {field.column for field in Score._meta.local_concrete_fields} - {"cycle_id"}


def _facets(work: Work) -> None:
    table = work.read(ROWS)
    counted = table.group_by([*CLASSES, table.facet_number.name("number")]).agg(
        customers=table.count(), expected_loss=table.expected_loss.sum(), clv=table.clv.sum()
    )
    found = work.engine.execute(counted.order_by(list(CLASSES))).to_pylist()
    with transaction.atomic():
        Facet.objects.filter(cycle_id=work.row.pk).delete()
        Facet.objects.bulk_create([Facet(cycle_id=work.row.pk, **one) for one in found], batch_size=1_000)


def _facts(work: Work) -> Any:
    """The rows as facts of the lake's `scores` table."""
    table = work.read(ROWS)
    stamp = ibis.timestamp(work.row.started_at.isoformat())
    added = {
        "cycle_id": ibis.literal(work.row.cycle_id),
        "as_of": ibis.timestamp(work.as_of.isoformat()),
        "currency": ibis.literal(work.row.currency),
        "model_version": ibis.literal(work.row.model_version),
        "source": ibis.literal(SOURCE),
        "recorded_at": stamp,
        "live": ibis.literal(True),
        "revises": ibis.literal(False),
    }
    schema = FACT_TABLES["scores"].arrow_schema
    kinds = ibis.schema({field.name: ibis.dtype(_kind(field.type)) for field in schema})
    full = table.mutate(**{name: value for name, value in added.items() if name not in table.columns})
    return full.select(**{name: full[name].cast(kind) for name, kind in kinds.items()})


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamp('UTC', 6)"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    return {"double": "float64", "bool": "boolean"}.get(str(kind), str(kind))
