"""A small shop that went through the real rooms once and is given back to each test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import override_settings

from tests import database

ROOMS = ("customers", "history", "intake", "insight")
CUSTOMERS = 300


@dataclass(frozen=True)
class Shop:
    """The home folder and the rows of a shop after two cycles."""

    home: Path
    rows: dict[str, database.Rows]
    as_of: datetime

    def restore(self) -> None:
        """Write the rows into the database of the test that runs, in place of what migrations put there."""
        database.replace(self.rows, _models())


@pytest.fixture(scope="session")
def built_shop(django_db_setup, django_db_blocker, tmp_path_factory) -> Shop:
    """Simulate, import and judge; the database is empty again afterwards."""
    root = tmp_path_factory.mktemp("shop") / "home"
    with (
        django_db_blocker.unblock(),
        override_settings(KEEPWELL_HOME=str(root), KEEPWELL_LAKE=str(root / "lake")),
    ):
        try:
            as_of = _make(root)
            rows = database.dump(database.filled(model._meta.db_table for model in _models()))
        finally:
            django_db_setup.restore()
    return Shop(root, rows, as_of)


def _models() -> list[Any]:
    return [model for label in ROOMS for model in apps.get_app_config(label).get_models()]


def _make(root: Path) -> datetime:
    from keepwell.foundation.home import Home
    from keepwell.insight.services import run_cycle
    from keepwell.intake.services import import_paths
    from keepwell.science.simulate import Market

    Home(root).create()
    market = Market(customers=CUSTOMERS, seed=3)
    files = market.run().write(root / "files")
    end = datetime.combine(market.end, datetime.min.time(), tzinfo=UTC) - timedelta(microseconds=1)
    import_paths(paths=files, actor="test", now=end, source="till")
    for days in (30, 0):
        run_cycle(as_of=end - timedelta(days=days), actor="test")
    return end


@pytest.fixture
def shop(db, built_shop, settings) -> Shop:
    """The shop in this test's database."""
    settings.KEEPWELL_HOME = str(built_shop.home)
    settings.KEEPWELL_LAKE = str(built_shop.home / "lake")
    built_shop.restore()
    return built_shop
