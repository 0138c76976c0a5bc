"""What insight keeps of a person who was erased: nothing; of one who was anonymised, figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import duckdb
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import F

from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.foundation.home import Home
from keepwell.history.engine.sql import literal
from keepwell.insight.models import Classes, Facet, Score, Suggestion
from keepwell.insight.segments import membership, store

MODELS = ("insight.Score", "insight.Suggestion")
CLASSES = tuple(field.name for field in Classes._meta.get_fields())


def forget(subject: Subject) -> Mapping[str, int]:
    """Take the scores out, with their part in the totals; an anonymous record keeps its own."""
    counts: Counter[str] = Counter()
    with transaction.atomic():
        rows = list(Score.objects.select_for_update().filter(customer_id__in=subject.customer_ids))
        for row in rows:
            is_first = row.customer_id == subject.customer_ids[0]
            if subject.right is Right.ANONYMISE and is_first:
                kept = {f.attname: getattr(row, f.attname) for f in Score._meta.local_concrete_fields}
                Score.objects.create(**{**kept, "customer_id": subject.pseudonym})
            else:
                same = Facet.objects.filter(
                    cycle=row.cycle_id, **{name: getattr(row, name) for name in CLASSES}
                )
                same.update(
                    customers=F("customers") - 1,
                    expected_loss=F("expected_loss") - row.expected_loss,
                    clv=F("clv") - row.clv,
                )
            counts["scores"] += 1
        Score.objects.filter(customer_id__in=subject.customer_ids).delete()
        counts["recommendations"] += Suggestion.objects.filter(customer_id__in=subject.customer_ids).delete()[
            0
        ]
        counts["segments"] += membership.forget(subject.customer_ids)
    if store.forget(subject.customer_ids):
        counts["what segments are counted over"] += 1
    counts["files of cycles"] += _files(subject)
    return dict(counts)


def _files(subject: Subject) -> int:
    """Write the files of cycles that are kept anew, without the person's rows."""
    changed = 0
    listed = ", ".join(literal(number) for number in subject.customer_ids)
    for path in sorted(Home.current().cycles_dir.glob("*/*.parquet")):
        named = [name for name in ("customer_id", "canonical_id") if name in pq.read_schema(path).names]
        if not named:
            continue
        mine = " OR ".join(f"{name} IN ({listed})" for name in named)
        source = f"read_parquet({literal(str(path))})"
        with duckdb.connect() as engine:
            row = engine.execute(f"SELECT count(*) FROM {source} WHERE {mine}").fetchone()  # noqa: S608
            if not row or not row[0]:
                continue
            part = path.with_name(f".{path.name}.part")
            kept = f"SELECT * FROM {source} WHERE NOT coalesce({mine}, false)"  # noqa: S608
            engine.execute(f"COPY ({kept}) TO {literal(str(part))} (FORMAT parquet, COMPRESSION zstd)")
        part.replace(path)
        changed += 1
    return changed
