"""Who was erased after a backup stays erased when it is restored."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

MAKE = """
from decimal import Decimal
from django.db import transaction
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.services import upsert_many
from keepwell.foundation import clock
from keepwell.history import services
for number in ("c1", "c2"):
    with transaction.atomic():
        row = CustomerRow(customer_id=number, name=f"Name {number}", email=f"{number}@example.com")
        upsert_many(rows=[row], source="till", at=clock.now(), actor="test")
        services.record(table="orders", source="till", fact={
            "order_id": f"o-{number}", "customer_id": number, "ordered_at": clock.now(),
            "amount": Decimal(10), "currency": "EUR", "status": "paid"})
services.flush()
"""
ERASE = """
from keepwell.accounts.services import create_first_administrator
from keepwell.customers.privacy import services
user = create_first_administrator(username="ada", password="correct horse battery")
services.request_right(user=user, customer_id="c1", right="erase", confirmation="c1")
services.run_requests()
"""
LOOK = """
import json
from keepwell.customers import queries as customers
from keepwell.history import engine, queries
with engine.engine() as own:
    numbers = own.execute(queries.scan("orders", engine=own).customer_id)["customer_id"].to_pylist()
print(json.dumps({"customers": sorted(customers.existing(["c1", "c2"])), "facts": sorted(numbers)}))
"""
BOOT = "import os; from pathlib import Path; from keepwell.cli.boot import boot\n"
BOOT += "boot(Path(os.environ['KEEPWELL_HOME']))\n"


def run(program, script):
    done = subprocess.run(
        [sys.executable, "-c", BOOT + script], env=program.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


@pytest.mark.parametrize("ledger", ["beside the backup", "named"])
def test_a_restore_brings_nobody_back(ready, elsewhere, tmp_path, ledger):
    folder = tmp_path / "backups"
    folder.mkdir()
    run(ready, MAKE)
    made = ready("backup", "--out", folder, "--without-keys", "--json")
    assert made.code == 0, made.err
    run(ready, ERASE)
    gone = run(ready, LOOK)
    assert gone["customers"] == ["c2"]
    options = ["--keys", ready.home / "keys.json"]
    if ledger == "named":
        options += ["--erasures", ready.home / "erasures.jsonl"]
    else:
        later = ready("backup", "--out", folder, "--without-keys", "--json")
        assert later.code == 0, later.err
        assert (folder / "erasures.jsonl").exists()
    restored = elsewhere("restore", made.json["file"], *options, "--json")
    assert restored.code == 0, restored.err
    assert restored.json["after"]["erased again"] == "1"
    found = run(elsewhere, LOOK)
    assert found["customers"] == ["c2"]
    assert "c1" not in found["facts"]
    assert len(found["facts"]) == 2  # the statistics stay right
