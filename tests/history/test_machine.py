"""Any order of recording, flushing, appending, replaying, compacting and dying, against a plain model."""

from __future__ import annotations

import shutil
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from keepwell.history import queries, services
from keepwell.history.models import OutboxFact, TableLease
from tests.history.factories import order, rows
from tests.history.reading import read
from tests.history.test_crash import APPEND_POINTS, FLUSH_POINTS, DeathError, die_at

NUMBERS = st.integers(0, 5)
AMOUNTS = st.integers(1, 3)
BATCHES = st.dictionaries(NUMBERS, AMOUNTS, max_size=4)


class History(RuleBasedStateMachine):
    """The model: every revision of each order, in order of arrival; the last of them is read."""

    def __init__(self):
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="keepwell-machine-"))
        self.settings = override_settings(KEEPWELL_HOME=str(self.root), KEEPWELL_LAKE=str(self.root / "lake"))
        self.settings.enable()
        self.revisions = {}
        self.outbox = []
        self.batches = {}
        self.states = {}

    @initialize()
    def start(self):
        OutboxFact.objects.all().delete()
        TableLease.objects.all().delete()

    def teardown(self):
        self.settings.disable()
        shutil.rmtree(self.root, ignore_errors=True)

    def arrive(self, number, amount):
        known = self.revisions.setdefault(number, [])
        if amount in known:
            return "duplicate"
        known.append(amount)
        return "corrected" if len(known) > 1 else "new"

    def newest(self):
        return {number: known[-1] for number, known in self.revisions.items()}

    def remember(self):
        version = queries.versions().get("orders")
        if version is not None:
            self.states[version] = self.newest()

    @rule(number=NUMBERS, amount=AMOUNTS)
    def record(self, number, amount):
        services.record(table="orders", fact=order(number, amount=Decimal(amount)), source="shop")
        if (number, amount) not in self.outbox:
            self.outbox.append((number, amount))

    def drain(self):
        outcomes = [self.arrive(number, amount) for number, amount in self.outbox]
        self.outbox = []
        return outcomes

    @rule(limit=st.integers(1, 4))
    def flush(self, limit):
        result = services.flush(limit=limit)
        outcomes = self.drain()
        assert result.accepted == len(outcomes) - outcomes.count("duplicate")
        assert result.corrected == outcomes.count("corrected")
        assert not OutboxFact.objects.exists()
        self.remember()

    @rule(point=st.sampled_from(FLUSH_POINTS), limit=st.integers(1, 4), occurrence=st.integers(1, 2))
    def flush_dies(self, point, limit, occurrence):
        try:
            with die_at(point, occurrence):
                services.flush(limit=limit)
        except DeathError:
            services.flush()
        self.drain()
        self.remember()

    @rule(batch=BATCHES, point=st.sampled_from((None, *APPEND_POINTS)))
    def append(self, batch, point):
        batch_id = f"batch-{len(self.batches)}"
        table = rows("orders", [order(n, amount=Decimal(amount)) for n, amount in batch.items()])
        if point:
            try:
                with die_at(point):
                    services.append_rows(table="orders", rows=table, batch_id=batch_id)
            except DeathError:
                pass
        result = services.append_rows(table="orders", rows=table, batch_id=batch_id)
        outcomes = [self.arrive(*item) for item in batch.items()]
        assert result.read == len(batch)
        assert result.duplicate == outcomes.count("duplicate")
        assert result.corrected == outcomes.count("corrected")
        self.batches[batch_id] = (table, result)
        self.remember()

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def replay(self, data):
        batch_id = data.draw(st.sampled_from(sorted(self.batches)))
        table, first = self.batches[batch_id]
        again = services.append_rows(table="orders", rows=table, batch_id=batch_id)
        if first.accepted:
            assert again == first
        else:
            assert (again.read, again.accepted) == (first.read, 0)

    @rule()
    def compact(self):
        services.compact()
        self.remember()

    @invariant()
    def what_is_read_is_what_arrived(self):
        assert {int(row["order_id"][1:]): int(row["amount"]) for row in read()} == self.newest()
        assert queries.counts().get("orders", 0) == len(self.revisions)

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def an_earlier_version_reads_as_it_did(self, data):
        version = data.draw(st.sampled_from(sorted(self.states)))
        found = {int(row["order_id"][1:]): int(row["amount"]) for row in read(version=version)}
        assert found == self.states[version]


@pytest.mark.django_db
def test_history_behaves_like_its_model():
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
