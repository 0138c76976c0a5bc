"""What release 0.1.0 left: its lake, and the hashes of its facts in the outbox."""

from __future__ import annotations

import tarfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from deltalake import DeltaTable, Schema

from keepwell.history import queries, services
from keepwell.history.facts import content_hash, normalize
from keepwell.history.schemas import FACT_TABLES
from tests.history.reading import read
from tests.history.releases import ADDED, NAME, append, data_files, message, said

pytestmark = pytest.mark.django_db(transaction=True)

HOME = Path(__file__).parent.parent / "upgrade" / "home-0.1.0.tar.xz"
# SHA-256 (16 digits of it) of a fact that says all that it could in 0.1.0, and of one that says the least.
HASHES = {
    "orders": ("ad6d52f77ebf1f78", "3e45cc1c9526d6a7"),
    "order_items": ("d8c7dda91b1987e2", "098771c37dc19718"),
    "subscriptions": ("8a760a2469288357", "f434e86be3994e21"),
    "interactions": ("efb06fcbc499100c", "338af6a9e8607da9"),
    "contacts": ("0279dc3420592a6a", "eee2009e95a225e5"),
    "tickets": ("35e561d067bba930", "cdb0c581cce4eda9"),
    "answers": ("ddca851e0c0fa9e1", "8b9d65d3a5c9adbe"),
    "ledger": ("f53cb5938501a10a", "3a9189155975dd2a"),
    "costs": ("9c269de63a0b9ac4", "ab51418f1fa85bab"),
    "products": ("d4befb268187cc41", "b024227c9ee25448"),
    "scores": ("de752f4f53379575", "57bd9e4d01a5c997"),
}
VALUES = {
    "timestamp": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    "money": Decimal("12.5"),
    "int": 3,
    "float": 0.25,
    "bool": True,
    "json": '{"a":1}',
}


@pytest.mark.parametrize("name", FACT_TABLES)
def test_a_fact_of_an_earlier_release_keeps_its_hash(name):
    table = FACT_TABLES[name]
    known = [column for column in table.columns if not column.since]
    full = {c.name: c.choices[0] if c.choices else VALUES.get(c.type, c.name) for c in known}
    least = {column.name: full[column.name] for column in known if column.required}
    hashes = tuple(content_hash(normalize(table, fact))[:16] for fact in (full, least))
    assert hashes == HASHES[name]


def test_what_an_added_column_says_is_part_of_the_hash():
    table = FACT_TABLES[NAME]
    silent, empty, telling = (
        content_hash(normalize(table, message(1, **more))) for more in ({}, {"reason": None}, {"reason": "x"})
    )
    assert silent == empty != telling


@pytest.fixture
def packaged(home):
    """The lake as release 0.1.0 left it."""
    with tarfile.open(HOME) as packed:
        members = [one for one in packed if one.name.startswith("home/lake/")]
        packed.extractall(home.root.parent, members=members, filter="data")
    return home


def test_a_released_column_is_still_there_and_a_later_one_says_so(packaged):
    """Otherwise files of that release could not be read."""
    for folder in sorted(packaged.lake_path.iterdir()):
        table = FACT_TABLES[folder.name]
        stored = {field.name: field.type for field in DeltaTable(folder).schema().fields}
        known = Schema.from_arrow(table.arrow_schema).fields
        assert {one.name: one.type for one in known if one.name not in table.later} == stored


def test_the_lake_of_an_earlier_release_is_read_and_written(packaged, tmp_path):
    before = read(NAME)
    held = {row["contact_id"]: row for row in before}
    assert len(before) == queries.counts()[NAME] > 0
    assert {row[name] for row in before for name in ADDED} == {None}
    (old,) = data_files(packaged)
    content = old.read_bytes()

    own = [column.name for column in FACT_TABLES[NAME].columns]
    facts = [{name: row[name] for name in own} for row in before]
    assert append(facts, "again").duplicate == len(facts)
    facts[0]["reason"] = "full"
    result = append([*facts, message(900, content="t-1")], "b1")
    assert (result.accepted, result.corrected) == (2, 1)
    assert old.read_bytes() == content
    key, customer = facts[0]["contact_id"], facts[0]["customer_id"]
    assert said() == dict.fromkeys(held) | {key: "full", "m900": None}
    assert any(fact.data.get("reason") == "full" for fact in queries.timeline(customer))

    after = read(NAME)
    services.compact()
    assert read(NAME) == after
    assert len(read(NAME, version=0)) == len(before)
    services.rewrite_person(numbers={customer: "e_1"})
    assert services.holds_facts_of([customer]) == {}
    assert said() == dict.fromkeys(held) | {key: "full", "m900": None}
    assert said("customer_id")[key] == "e_1"
