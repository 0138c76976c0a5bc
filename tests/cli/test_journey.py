"""The whole way of a shop through the real program: files, cycle, lists, plan, exports, worker."""

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keepwell.cli.export import PLAN_COLUMNS, SCORE_COLUMNS
from keepwell.science.simulate import Market
from tests.cli.conftest import drop_database, make_program

END = date(2026, 3, 1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A program whose home holds a simulated shop, imported and judged once."""
    folder = tmp_path_factory.mktemp("shop")
    program, database = make_program(folder)
    data = Market(customers=250, days=700, end=END, seed=3).run()
    files = data.write(folder / "files")
    program.files, program.data = files, data
    imported = program("import", *files, "--source", "web-shop", "--json")
    assert imported.code == 0, imported.err
    program.imported = imported.json
    cycle = program("cycle", "--as-of", "2026-02-28", "--json")
    assert cycle.code == 0, cycle.err
    program.cycle = cycle.json
    yield program
    if database:
        drop_database(*database)


def test_every_row_of_every_file_is_accounted_for(shop):
    for name, counts in shop.imported["tables"].items():
        assert counts["read"] == counts["accepted"] + counts["duplicate"] + counts["rejected"], name
    for name, table in shop.data.tables.items():
        assert shop.imported["tables"][name]["read"] == table.num_rows, name
        assert shop.imported["tables"][name]["rejected"] == 0, name
    assert shop.imported["quarantine"] is None


def test_the_same_files_again_change_nothing(shop):
    orders = next(path for path in shop.files if path.name == "orders.csv")
    again = shop("import", orders, "--source", "web-shop", "--json")
    assert again.code == 0
    counts = again.json["tables"]["orders"]
    assert (counts["accepted"], counts["duplicate"]) == (0, counts["read"])


def test_rejected_rows_are_code_3_and_a_dry_run_stores_nothing(shop, tmp_path):
    bad = tmp_path / "orders.csv"
    bad.write_text(
        "order_id,customer_id,ordered_at,amount,currency\n"
        "X1,C000001,2026-01-05T10:00:00Z,12.50,CNY\n"
        "X2,C000001,yesterday,9.90,CNY\n"
    )
    dry = shop("import", bad, "--dry-run", "--json")
    assert dry.code == 3
    assert dry.json["dry_run"]
    counts = dry.json["tables"]["orders"]
    assert (counts["read"], counts["rejected"]) == (2, 1)
    assert shop("customer", "C000001", "--json").json["timeline"] is not None
    facts = shop("customer", "C000001", "--json").json["timeline"]
    assert all(fact["key"] != "X1" for fact in facts)


def test_a_file_that_is_not_there_fails(shop, tmp_path):
    answer = shop("import", tmp_path / "missing.csv", "--json")
    assert answer.code == 1
    assert answer.out.strip()
    json.loads(answer.out)


def test_the_cycle_says_what_it_did(shop):
    assert shop.cycle["status"] == "done"
    assert shop.cycle["currency"] == "CNY"
    assert {"features", "models", "risk", "plan", "switch"} <= {step["name"] for step in shop.cycle["steps"]}
    assert all(step["status"] == "done" for step in shop.cycle["steps"])
    assert sum(shop.cycle["by_status"].values()) == shop.cycle["customers"] > 200


def test_at_risk_is_ranked_and_has_reasons_and_actions(shop):
    rows = shop("at-risk", "--top", 1000, "--json").json
    assert rows
    losses = [row["expected_loss"] for row in rows]
    assert losses == sorted(losses, reverse=True)
    for row in rows:
        assert {"customer_id", "churn_risk", "clv", "expected_loss", "tier", "reasons", "action"} <= set(row)
        assert "name" not in row
        assert row["status"] == "at_risk"
        assert 0 <= row["churn_risk"] <= 1
        assert 1 <= len(row["reasons"]) == len(row["reason_codes"]) <= 3
        if row["action"]:
            assert 0 < row["action_cost"] < row["action_gain"] <= row["expected_loss"]
            assert row["action_cost"] < row["value_at_stake"]
    assert any(row["action"] for row in rows)
    assert len(shop("at-risk", "--top", 3, "--json").json) == 3


def test_readable_lists_show_names_and_say_that_gains_are_assumed(shop):
    answer = shop("at-risk", "--top", 5)
    assert answer.code == 0
    first = shop("at-risk", "--top", 1, "--json").json[0]
    assert first["customer_id"] in answer.out
    names = dict(
        zip(*(shop.data.tables["customers"][c].to_pylist() for c in ("customer_id", "name")), strict=True)
    )
    assert names[first["customer_id"]] in answer.out
    assert "assumptions" in answer.err


def test_one_customer_is_shown_with_masked_contact(shop):
    first = shop("at-risk", "--top", 1, "--json").json[0]["customer_id"]
    answer = shop("customer", first, "--json")
    document = answer.json
    assert document["score"]["customer_id"] == first
    assert len(document["timeline"]) >= 10  # facts of one instant stay together
    at = [fact["at"] for fact in document["timeline"]]
    assert at == sorted(at, reverse=True)
    row = next(r for r in shop.data.tables["customers"].to_pylist() if r["customer_id"] == first)
    for field in ("email", "phone"):
        if row[field]:
            assert row[field] not in answer.out
    with_mail = next(r for r in shop.data.tables["customers"].to_pylist() if r["email"])
    assert shop("customer", with_mail["email"], "--json").json["customer_id"] == with_mail["customer_id"]
    shown = shop("customer", first)
    assert shown.code == 0
    assert first in shown.out


def test_a_plan_keeps_its_budget_and_names_its_basis(shop):
    answer = shop("plan", "--budget", "150", "--capacity", "call_back=2", "--json")
    plan = answer.json
    assert plan["basis"] == "assumption"
    assert 0 < plan["spent"] <= plan["budget"] == 150
    assert plan["spent"] == pytest.approx(sum(total["cost"] for total in plan["actions"].values()))
    assert plan["expected_gain"] == pytest.approx(sum(total["gain"] for total in plan["actions"].values()))
    assert plan["expected_gain"] <= plan["upper_bound"]
    assert 0 <= plan["gap"] < 1
    assert plan["actions"].get("call_back", {"customers": 0})["customers"] <= 2
    assert plan["plan_id"] is None
    assert plan["cycle_id"] == shop.cycle["cycle_id"]
    text = shop("plan", "--budget", "150")
    assert "Expected gain (assumption)" in text.out
    wrong = shop("plan", "--budget", "150", "--capacity", "pigeon=2", "--json")
    assert wrong.code == 1
    assert wrong.json["error"]["field"] == "capacities"


def test_a_plan_is_saved_once_and_exported(shop, tmp_path):
    first = shop("plan", "--budget", "200", "--save", "--json").json
    second = shop("plan", "--budget", "200", "--save", "--json").json
    assert first["plan_id"] == second["plan_id"]
    out = tmp_path / "plan.csv"
    answer = shop("export", "plan", "--plan", first["plan_id"], "--out", out, "--json")
    assert answer.json["rows"] == first["customers"]
    with open(out, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [column.name for column in PLAN_COLUMNS]
    assert {row["basis"] for row in rows} == {"assumption"}
    assert sum(float(row["cost"]) for row in rows) == pytest.approx(first["spent"])
    assert [row["position"] for row in rows] == [str(place) for place in range(1, len(rows) + 1)]
    newest = tmp_path / "newest.csv"
    assert shop("export", "plan", "--out", newest).code == 0
    assert newest.read_bytes() == out.read_bytes()
    missing = shop("export", "plan", "--plan", 999, "--out", out)
    assert missing.code == 1


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "jsonl"])
def test_scores_are_exported_in_every_format_without_names(shop, tmp_path, ending):
    out = tmp_path / f"scores.{ending}"
    answer = shop("export", "scores", "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["rows"] == shop.cycle["customers"]
    names = [column.name for column in SCORE_COLUMNS]
    if ending == "parquet":
        table = pq.read_table(out)
        assert table.column_names == names
        assert table.num_rows == shop.cycle["customers"]
        known = {name for name in shop.data.tables["customers"]["name"].to_pylist() if name}
        for column in table.columns:
            if str(column.type) == "string":
                assert not known & set(column.to_pylist())
    elif ending == "csv":
        with open(out, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == names
        assert len(rows) == shop.cycle["customers"]


def test_answers_come_in_the_language_asked_for(shop):
    english = shop("at-risk", "--top", 1, "--json").json[0]
    for language in ("zh-hans", "zh-hant"):
        other = shop("at-risk", "--top", 1, "--json", "--language", language).json[0]
        assert other["reason_codes"] == english["reason_codes"]
        assert other["customer_id"] == english["customer_id"]


def test_the_worker_does_what_is_due_and_ends(shop):
    script = (
        "import django; django.setup();"
        "from django.db import transaction; from keepwell.foundation import clock;"
        "from keepwell.history import services;"
        "services.record(table='interactions', source='test', fact={"
        "'interaction_id': 'W1', 'customer_id': 'C000001', 'at': clock.now(), 'channel': 'web',"
        "'type': 'visit'})"
    )
    environment = {**shop.environment, "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings"}
    assert shop("work", "--once", "--cycle-hour", "off").code == 0  # what the shop itself has waiting
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    done = shop("work", "--once", "--cycle-hour", "off", "--json")
    assert done.code == 0, done.err
    assert done.json["outbox"]["accepted"] == 1
    assert "cycle" not in done.json
    again = shop("work", "--once", "--cycle-hour", "off", "--json")
    assert again.json["outbox"]["accepted"] == 0
    facts = shop("customer", "C000001", "--json").json["timeline"]
    assert [fact["key"] for fact in facts].count("W1") == 1


def test_the_doctor_finds_a_shop_in_order(shop):
    answer = shop("doctor", "--json")
    assert answer.code == 0, answer.out
    findings = {check["check"]: check["finding"] for check in answer.json["checks"]}
    assert "orders" in findings["facts"]
    assert shop.cycle["cycle_id"] in findings["current cycle"]


def test_the_demo_does_not_touch_a_home_with_data_of_its_own(shop):
    answer = shop("demo", "--no-serve", "--customers", 30)
    assert answer.code == 1
    assert "--home" in answer.err


def test_the_demo_twice_doubles_nothing(program):
    first = program("demo", "--no-serve", "--customers", "80", "--seed", "5", "--json")
    assert first.code == 0, first.err
    assert len(first.json["at_risk"]) <= 10
    assert first.json["at_risk"]
    counts = program("doctor", "--json").json["checks"]
    second = program("demo", "--no-serve", "--customers", "80", "--seed", "5", "--json")
    assert second.json == first.json
    facts = [check["finding"] for check in counts if check["check"] == "facts"]
    now = [
        check["finding"] for check in program("doctor", "--json").json["checks"] if check["check"] == "facts"
    ]
    assert now == facts
    other = program("demo", "--no-serve", "--customers", "90", "--json")
    assert other.json == first.json
    assert "using it" in other.err


def test_simulate_writes_the_same_files_for_the_same_seed(program, tmp_path):
    for name in ("a", "b"):
        answer = program("simulate", "--out", tmp_path / name, "--customers", 40, "--days", 200, "--json")
        assert answer.code == 0, answer.err
        assert answer.json["rows"]["customers"] == 40
    for path in sorted((tmp_path / "a").rglob("*.csv")):
        twin = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert path.read_bytes() == twin.read_bytes()
    assert not Path(program.home).exists()
