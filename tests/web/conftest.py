"""A small shop that went through the real rooms once and is given back to each test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import override_settings

from tests import database

ROOMS = ("customers", "history", "intake", "insight")
CUSTOMERS = 300
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Shop:
    """The home folder and the rows of a shop after two cycles."""

    home: Path
    rows: dict[str, database.Rows]
    as_of: datetime

    def restore(self) -> None:
        """Write the rows into the database of the test that runs, in place of what migrations put there."""
        models = _models()
        with transaction.atomic():
            database.clear(database.filled(model._meta.db_table for model in models))
            database.load(self.rows)
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(no_style(), models):
                    cursor.execute(statement)


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


@pytest.fixture
def administrator(db):
    """Ada, who may change."""
    from keepwell.accounts.services import create_first_administrator

    return create_first_administrator(username="ada", password=PASSWORD)


@pytest.fixture
def viewer(db, administrator):
    """Wen, who may look."""
    from keepwell.accounts.models import User

    return User.objects.create_user("wen", password=PASSWORD, roles=["read_only"])


@pytest.fixture
def ada(client, administrator):
    """Ada's browser."""
    client.force_login(administrator)
    return client


@pytest.fixture
def wen(client, viewer):
    """Wen's browser."""
    client.force_login(viewer)
    return client


@pytest.fixture
def worst(shop):
    """The score with the largest expected loss among those at risk."""
    from keepwell.insight import queries
    from keepwell.insight.contracts import ScoreFilter

    return queries.scores(ScoreFilter(statuses=("at_risk",)), page_size=1).rows[0]
