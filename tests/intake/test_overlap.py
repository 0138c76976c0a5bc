"""The same facts in any files, any order, any number of times: the same lake."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.customers import queries as customers
from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.intake import committing, services

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    (f"o{n}", f"c{n % 3}", f"2024-01-{n % 20 + 1:02d} 10:00:00", f"{n}.50", ["EUR", "usd", "￥"][n % 3])
    for n in range(12)
]


def lake(columns):
    with engine() as e:
        found = e.execute(history.scan("orders", engine=e).select(columns)).to_pylist()
    return sorted(tuple(map(str, row.values())) for row in found)


def write(path, header, rows):
    path.write_text(header + "".join(",".join(row) + "\n" for row in rows))
    return path


def import_into_new_home(settings_fixture, header, files, columns):
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        settings_fixture.KEEPWELL_HOME = str(root / "home")
        settings_fixture.KEEPWELL_LAKE = str(root / "home" / "lake")
        Home(root / "home").create()
        for n, rows in enumerate(files):
            path = write(root / f"f{n}.csv", header, rows)
            report = services.import_paths(paths=[path], actor="anna", now=NOW)
            counts = report.counts("orders")
            assert counts.read == counts.accepted + counts.duplicate + counts.rejected == len(rows)
        return lake(columns)


parts = st.lists(st.lists(st.sampled_from(ROWS), min_size=1, max_size=12), min_size=1, max_size=4)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(files=parts)
def test_numbered_orders(settings, files):
    header = "order_id,customer_id,ordered_at,amount,currency\n"
    columns = ["order_id", "customer_id", "ordered_at", "amount", "currency", "status"]
    union = sorted({row for rows in files for row in rows})
    whole = import_into_new_home(settings, header, [union], columns)
    assert import_into_new_home(settings, header, files, columns) == whole
    assert len(whole) == len(union)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(files=parts)
def test_orders_without_numbers(settings, files):
    """Each file says how often it saw a row; the lake keeps the most that any file saw."""
    header = "customer_id,ordered_at,amount,currency\n"
    columns = ["order_id", "customer_id", "ordered_at", "amount", "currency"]
    files = [[row[1:] for row in rows] for rows in files]
    most = {row: max(rows.count(row) for rows in files) for rows in files for row in rows}
    union = sorted(row for row, times in most.items() for _n in range(times))
    whole = import_into_new_home(settings, header, [union], columns)
    assert import_into_new_home(settings, header, files, columns) == whole
    assert len(whole) == len(union)


def test_what_a_crash_left_staged_is_finished_by_the_next_import(home, tmp_path, monkeypatch):
    """The process dies between the first table and the second: the rest follows, once."""
    path = tmp_path / "lines.csv"
    path.write_text(
        "order_id,customer_id,order_date,product_id,quantity,unit_price\n"
        "a,c1,2024-01-05,p1,2,3\na,c1,2024-01-05,p2,1,4\nb,c2,2024-01-06,p1,1,3\n"
    )
    original = committing.history.append

    def dies(*, table, staged, batch_id):
        if table == "order_items":
            raise KeyboardInterrupt
        return original(table=table, staged=staged, batch_id=batch_id)

    monkeypatch.setattr(committing.history, "append", dies)
    with pytest.raises(KeyboardInterrupt):
        services.import_paths(paths=[path], actor="anna", now=NOW)
    monkeypatch.undo()
    assert history.counts().get("orders") == 2
    assert history.counts().get("order_items", 0) == 0
    assert services.finish_pending(actor="anna", now=NOW) == 1
    assert history.counts()["order_items"] == 3
    assert services.finish_pending(actor="anna", now=NOW) == 0
    report = services.import_paths(paths=[path], actor="anna", now=NOW)
    assert report.counts("order_items").duplicate == 3
    assert history.counts()["orders"] == 2
    assert list(home.staging_dir.iterdir()) == []
    assert customers.count() == 2
