"""Fixtures for every room."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.shops import built_shop, shop  # noqa: F401 - fixtures: imported here they are made once for all rooms

# A slow machine is no failure. A run that decides over a change is the same every time; others explore.
hypothesis_settings.register_profile("explore", deadline=None)
hypothesis_settings.register_profile("fixed", deadline=None, derandomize=True)
hypothesis_settings.load_profile("fixed" if os.environ.get("CI") else "explore")

REPOSITORY = Path(__file__).resolve().parent.parent

# Hundreds of processes start in these tests: what one of them compiled, the next need not compile again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what has a state of its own: the rest has run, and would say the same again."""
    if os.environ.get("KEEPWELL_TEST_STATE") != "postgres":
        return
    stateless = [one for one in items if not _has_state(one)]
    config.hook.pytest_deselected(items=stateless)
    gone = set(stateless)
    items[:] = [one for one in items if one not in gone]


def _has_state(item: pytest.Item) -> bool:
    """Whether a test has a database, or a folder in which a process of its own may make one."""
    asked = {"db", "transactional_db", "tmp_path", "tmp_path_factory", "stores", "postgres"}
    return item.get_closest_marker("django_db") is not None or not asked.isdisjoint(
        getattr(item, "fixturenames", ())
    )


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_sessionfinish() -> None:
    """Stop the stores that the test settings started."""
    from tests import stores

    stores.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The rows of a database in which nothing has happened yet.

    After a test that commits, they come back: what it wrote is removed, where Django would empty every table.
    """
    from django.test import TransactionTestCase

    from tests.database import Beginning

    with django_db_blocker.unblock():
        beginning = Beginning()
    clean = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda case: beginning.restore()
    yield beginning
    TransactionTestCase._fixture_teardown = clean


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A test's language is its own: a request or a command leaves its thread speaking that of its user."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture
def home(tmp_path, settings):
    """An empty home folder that the settings point at."""
    from keepwell.foundation.home import Home

    root = tmp_path / "home"
    settings.KEEPWELL_HOME = str(root)
    settings.KEEPWELL_LAKE = str(root / "lake")
    return Home(root).create()


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """What `once` made: (home, rows) by name."""
    return tmp_path_factory.mktemp("kept"), {}


@pytest.fixture
def once(home, transactional_db, kept):
    """Brings home and database to where many tests begin: by `make`, and later by a copy of what it left."""
    from tests import database

    def begin(name, make):
        folder, rows = kept
        if name in rows:
            shutil.copytree(folder / name, home.root, dirs_exist_ok=True)
            database.replace(rows[name])
        else:
            make()
            shutil.copytree(home.root, folder / name)
            rows[name] = database.dump(database.filled(database.every_table()))

    return begin


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data; skips where it is absent."""
    folder = Path(os.environ.get("KEEPWELL_TEST_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder} (set KEEPWELL_TEST_DATA)")
    return folder
