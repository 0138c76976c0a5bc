"""Run a cycle: take the lease, find or open its record, do the steps that are not done, switch readers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from keepwell.foundation import clock
from keepwell.foundation.audit.services import log
from keepwell.foundation.home import Home
from keepwell.history import engine as engines
from keepwell.history import queries as history
from keepwell.history import services as history_services
from keepwell.insight import queries, settings, views
from keepwell.insight.contracts import CycleStep, CycleView, Step, StepContext
from keepwell.insight.cycle import (
    features,
    fitting,
    lease,
    publishing,
    quality,
    scoring,
    snapshot,
    summary,
    value,
)
from keepwell.insight.cycle.steps import registered
from keepwell.insight.cycle.work import Work
from keepwell.insight.models import Cycle
from keepwell.insight.recommending import step as recommending
from keepwell.insight.segments import step as segments

MODEL_VERSION = "2026.1"
Progress = Callable[[str, float, int], None]
StepFunction = Callable[[Work], tuple[int, str]]
BEFORE: tuple[tuple[str, StepFunction], ...] = (
    ("snapshot", snapshot.run),
    ("quality", quality.run),
    ("features", features.run),
    ("models", fitting.run),
    ("value", value.run),
    ("risk", scoring.run),
)
AFTER: tuple[tuple[str, StepFunction], ...] = (
    ("segments", segments.run),
    ("recommend", recommending.run),
    ("publish", publishing.run),
    ("summary", summary.run),
    ("switch", publishing.switch),
    ("tidy", publishing.tidy),
)


def run_cycle(
    *, as_of: datetime | None = None, actor: str, progress: Progress | None = None, resume: bool = True
) -> CycleView:
    """Run one cycle on what is known at `as_of` (default: now) and make it the current one.

    With `resume` an unfinished cycle of the same as_of, data version, thresholds and steps is carried on,
    and only its unfinished steps are done. `progress` is called with (step, share done 0 to 1, rows so far).

    Raises ValueError for an as_of without a time zone, NoOrdersError without a single purchase,
    CycleBusyError while another cycle runs, RuntimeError inside a transaction.
    """
    if as_of is not None and as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    report = progress or (lambda _step, _share, _rows: None)
    lease.acquire()
    try:
        started = time.perf_counter()
        facts = _ingest(report)
        row = _open(as_of=as_of, actor=actor, resume=resume)
        if row.steps[0]["status"] != "done":
            _record(row, 0, "done", time.perf_counter() - started, facts)
        try:
            _run_steps(row, report)
        except Exception as problem:
            row.status, row.error = "failed", f"{type(problem).__name__}: {problem}"
            row.save(update_fields=["status", "error", "steps"])
            raise
        return views.cycle(row, is_current=True)
    finally:
        lease.release()


def _ingest(report: Progress) -> int:
    """Move what rooms recorded into the lake; returns how many facts."""
    report("ingest", 0.0, 0)
    moved = history_services.flush()
    report("ingest", 1.0, moved.accepted)
    return moved.accepted


def _plan_of_steps() -> list[tuple[str, StepFunction]]:
    return [*BEFORE, *((step.name, _added(step)) for step in registered()), *AFTER]


def _added(step: CycleStep) -> StepFunction:
    def run(work: Work) -> tuple[int, str]:
        context = StepContext(
            cycle_id=work.row.cycle_id,
            as_of=work.as_of,
            currency=work.row.currency,
            thresholds=work.thresholds,
            folder=work.folder,
            scores_path=work.path("scores.parquet"),
            plan_path=work.path("plan.parquet"),
            progress=work.report,
        )
        return step.run(context), ""

    return run


def _open(*, as_of: datetime | None, actor: str, resume: bool) -> Cycle:
    """The unfinished cycle to carry on, else a new one; older unfinished ones are given up."""
    now = clock.now()
    versions = {name: version for name, version in history.versions().items() if name != "scores"}
    thresholds = settings.to_json(queries.thresholds())
    names = ["ingest", *(name for name, _run in _plan_of_steps())]
    for row in Cycle.objects.filter(resumable=True).exclude(status="done").order_by("-id"):
        same_instant = row.as_of == as_of if as_of else not row.as_of_given
        same_inputs = row.data_version == versions and row.thresholds == thresholds
        same_code = row.model_version == MODEL_VERSION and [step["name"] for step in row.steps] == names
        if resume and same_instant and same_inputs and same_code:
            row.status, row.error = "running", ""
            row.save(update_fields=["status", "error"])
            return row
    with transaction.atomic():
        given_up = Cycle.objects.filter(resumable=True).exclude(status="done")
        given_up.update(resumable=False, status="failed")
        row = Cycle.objects.create(
            cycle_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
            as_of=as_of or now,
            as_of_given=as_of is not None,
            status="running",
            started_at=now,
            actor=actor,
            thresholds=thresholds,
            data_version=versions,
            model_version=MODEL_VERSION,
            steps=[asdict(Step(name, "waiting", 0.0, 0)) for name in names],
        )
        log(
            actor=actor,
            action="insight.cycle.start",
            object_type="cycle",
            object_id=row.cycle_id,
            details={"as_of": row.as_of.isoformat(), "data_version": versions},
        )
    return row


def _run_steps(row: Cycle, report: Progress) -> None:
    folder = Home.current().cycles_dir / row.cycle_id
    folder.mkdir(exist_ok=True, mode=0o700)
    functions = dict(_plan_of_steps())
    with engines.engine() as engine:
        for index, step in enumerate(row.steps):
            if step["status"] == "done":
                continue
            name = step["name"]

            def tell(share: float, rows: int, name: str = name) -> None:
                lease.renew()
                report(name, share, rows)

            work = Work(row, folder, settings.parse(row.thresholds), engine, tell)
            _record(row, index, "running", 0.0, 0)
            tell(0.0, 0)
            started = time.perf_counter()
            try:
                rows, message = functions[name](work)
            except Exception as problem:
                _record(row, index, "failed", time.perf_counter() - started, 0, str(problem)[:500])
                raise
            _record(row, index, "done", time.perf_counter() - started, rows, message)
            report(name, 1.0, rows)


def _record(row: Cycle, index: int, status: str, seconds: float, rows: int, message: str = "") -> None:
    row.steps[index] = row.steps[index] | {
        "status": status,
        "seconds": round(seconds, 3),
        "rows": rows,
        "message": message,
    }
    row.save(update_fields=["steps"])
