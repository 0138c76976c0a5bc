"""A cycle that knows everything before July; see the room of learning."""

from __future__ import annotations

import pytest

from tests.plays.learning.conftest import DEALT, cycle  # noqa: F401


@pytest.fixture(autouse=True)
def nobody_aside(cycle):  # noqa: F811
    """Nobody is kept from all marketing."""
    from keepwell.outreach.policy.services import set_holdout

    set_holdout(share=0, reason="test", actor="ada", now=DEALT)
