"""Backups that are refused, damaged, moved to another database, kept and removed."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.foundation import clock
from keepwell.history import services as history
from keepwell.operations import queries, schedule, services
from keepwell.operations.backup import keys
from keepwell.operations.backup.archive import Reader
from keepwell.operations.backup.retention import Keep, kept
from keepwell.operations.contracts import BackupError
from tests.history.factories import order, rows

PASSPHRASE = "correct horse battery staple"
ROWS = [CustomerRow(customer_id="c1", name="Josephine Dolittle", email="jo@example.com")]


@pytest.fixture
def shop(home, transactional_db):
    """A customer, an order in the lake, one in the outbox, a file of a room."""
    customer_services.upsert_many(rows=ROWS, source="till", at=clock.now(), actor="test")
    history.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b1")
    history.record(table="orders", fact=order(2), source="till")
    (home.root / "attachments").mkdir()
    (home.root / "attachments" / "a1").write_bytes(b"sealed")
    for name in ("quarantine", "exports", "staging"):
        (home.root / name).mkdir(exist_ok=True)
        (home.root / name / "left.csv").write_text("jo@example.com")
    return home


@pytest.fixture
def backup(shop, tmp_path):
    """A backup of it."""
    return services.back_up(out=tmp_path / "b.kwb", passphrase=PASSPHRASE, actor="test").path


def test_what_is_in_it_and_what_is_not(backup, shop):
    with Reader(backup) as reader:
        names = set(reader.names())
        assert reader.manifest.lake == {"orders": 0}
    assert "home/attachments/a1" in names
    assert not [name for name in names if "left.csv" in name or name.endswith("keys.json")]
    content = backup.read_bytes()
    ring = shop.keys_path.read_bytes()
    assert b"jo@example.com" not in content
    assert json.loads(ring)["session"].encode() not in content
    assert backup.stat().st_mode & 0o077 == 0
    assert services.verify(path=backup, passphrase=PASSPHRASE).keys == "sealed"
    assert queries.last_backup_at() == queries.describe(backup).taken_at


def test_a_backup_does_not_touch_the_shop(backup, shop):
    assert customers.count() == 1
    assert [path.name for path in backup.parent.iterdir() if path.name.startswith(".")] == []


def test_every_flipped_bit_is_found(backup, tmp_path):
    content = bytearray(backup.read_bytes())
    with tarfile.open(backup) as tar:
        places = [(info.name, info.offset_data + info.size // 2) for info in tar if info.size]
    for _name, place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1
        path = tmp_path / "damaged.kwb"
        path.write_bytes(damaged)
        with pytest.raises(BackupError):
            services.verify(path=path, passphrase=PASSPHRASE)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_half_a_backup_is_none(backup, tmp_path, share):
    # Not the last tenth: in a small backup that may be the padding of its last block.
    path = tmp_path / "half.kwb"
    path.write_bytes(backup.read_bytes()[: int(backup.stat().st_size * share)])
    with pytest.raises(BackupError, match="not a whole backup"):
        services.verify(path=path, passphrase=None)


def test_unpack_refuses_a_used_home(backup, tmp_path):
    used = tmp_path / "used"
    used.mkdir()
    (used / "file").touch()
    with pytest.raises(BackupError, match="not empty"):
        unpack(backup, used, passphrase=PASSPHRASE)
    assert [path.name for path in used.iterdir()] == ["file"]


def unpack(path, home, *, passphrase=None, ring=None, without_keys=False):
    return services.unpack(path=path, home=home, passphrase=passphrase, ring=ring, without_keys=without_keys)


@pytest.mark.parametrize("passphrase", [None, "another one that is long"])
def test_the_ring_opens_with_its_passphrase_only(backup, tmp_path, passphrase):
    with pytest.raises(BackupError, match="passphrase"):
        unpack(backup, tmp_path / "new", passphrase=passphrase)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".new*"))


def test_without_the_ring_by_choice(shop, tmp_path):
    made = services.back_up(out=tmp_path / "b.kwb", passphrase=None, actor="test")
    assert made.keys == "left out"
    with pytest.raises(BackupError, match="holds no key ring"):
        unpack(made.path, tmp_path / "new")
    unpack(made.path, tmp_path / "new", ring=shop.keys_path)
    assert (tmp_path / "new" / "keys.json").read_bytes() == shop.keys_path.read_bytes()
    unpack(made.path, tmp_path / "lost", without_keys=True)
    assert not (tmp_path / "lost" / "keys.json").exists()


def test_a_short_passphrase_is_refused_and_leaves_nothing(shop, tmp_path):
    with pytest.raises(BackupError, match="at least 12"):
        services.back_up(out=tmp_path / "b.kwb", passphrase="short", actor="test")
    assert not list(tmp_path.glob("*.kwb"))
    assert not list(tmp_path.glob(".*partial"))


def test_the_ring_changes_while_looking(shop, tmp_path, monkeypatch):
    from keepwell.operations.backup import making

    answers = iter(
        [({"orders": 0}, b"1"), ({"orders": 1}, b"1"), ({"orders": 1}, b"1"), ({"orders": 1}, b"1")]
    )
    monkeypatch.setattr(making, "_outside", lambda: next(answers))
    with making.still_instant() as instant:
        assert instant.lake == {"orders": 1}
    assert next(answers, None) is None


def test_an_archive_cannot_write_outside_the_home(backup, tmp_path):
    from keepwell.operations.backup.restoring import _below

    with pytest.raises(BackupError, match="outside"):
        _below(tmp_path / "new", "../../etc/passwd")


def test_scheduled_backups_and_what_is_kept(shop, tmp_path, settings):
    folder = tmp_path / "backups"
    settings.KEEPWELL_BACKUP_DIR, settings.KEEPWELL_BACKUP_KEEP = str(folder), "2,0,0"
    now = clock.now()
    assert schedule.is_due(now)
    folder.mkdir()
    old = [folder / f"{now - timedelta(days=days):%Y%m%dT%H%M%SZ}.kwb" for days in (1, 2, 3)]
    for path in old:
        path.write_bytes(b"")
    (folder / "mine.txt").touch()
    made, removed = schedule.run(passphrase=None)
    assert removed == [old[2], old[1]]
    assert sorted(path.name for path in folder.glob("*.kwb")) == [old[0].name, made.path.name]
    assert (folder / "mine.txt").exists()
    assert not schedule.is_due(clock.now())


def test_nothing_is_due_without_a_folder(settings):
    settings.KEEPWELL_BACKUP_DIR = ""
    assert not schedule.is_due(clock.now())


@given(
    st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)), unique=True),
    st.builds(Keep, *[st.integers(0, 9)] * 3),
)
def test_what_is_kept(taken, keep):
    found = kept(taken, keep)
    assert found <= set(taken)
    assert max(taken, default=None) == max(found, default=None)  # the newest stays whatever is asked for
    assert len(found) <= keep.days + keep.weeks + keep.months + 1
    days = sorted({at.date() for at in taken}, reverse=True)[: keep.days]
    assert set(days) <= {at.date() for at in found}
    assert kept(sorted(found), keep) == found  # doing it again removes nothing


@pytest.mark.parametrize("text", ["", "7", "7,4", "7,4,x", "-1,2,3", "1,2,3,4"])
def test_keep_says_what_it_expects(text):
    with pytest.raises(ValueError, match="KEEPWELL_BACKUP_KEEP"):
        Keep.parse(text)


def test_months_are_kept_a_worked_case():
    days = [datetime(2026, 1, 1, 2, tzinfo=UTC) + timedelta(days=n) for n in range(90)]
    found = sorted(at.date() for at in kept(days, Keep(3, 2, 3)))
    assert found == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 29),
        date(2026, 3, 30),
        date(2026, 3, 31),
    ]


@given(st.binary(min_size=1), st.text(min_size=12, max_size=30))
def test_a_sealed_ring_opens_again(ring, passphrase):
    cost, keys.COST = keys.COST, 2
    try:
        sealed = keys.seal(ring, passphrase)
        assert keys.unseal(sealed, passphrase) == ring
        with pytest.raises(BackupError):
            keys.unseal(sealed, passphrase + "x")
    finally:
        keys.COST = cost


def test_the_state_in_it_is_a_database(backup, tmp_path):
    from django.db import connection

    unpack(backup, tmp_path / "new", passphrase=PASSPHRASE)
    if connection.vendor == "sqlite":
        state = sqlite3.connect(tmp_path / "new" / "state.sqlite3")
        assert state.execute("SELECT count(*) FROM customers_customer").fetchone() == (1,)
        assert state.execute("SELECT key FROM history_outboxfact").fetchall() == [("o00002",)]
        state.close()
    else:
        with Reader(backup) as reader:
            assert reader.manifest.tables["customers_customer"].rows == 1
            assert reader.manifest.tables["history_outboxfact"].rows == 1
