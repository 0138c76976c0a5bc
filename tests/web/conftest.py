"""Who visits the pages of the shop."""

from __future__ import annotations

import pytest

PASSWORD = "correct horse battery"


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
