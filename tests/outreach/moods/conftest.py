# ruff: noqa: F811 - fixtures take others by their names
"""Ann is Lin's customer and writes by text message."""

from __future__ import annotations

import pytest

from tests.outreach.conftest import NOW, nobody_aside, own, people, publish  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def today(monkeypatch, settings):
    from keepwell.foundation import clock

    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def ann(people, own):
    return own("C-1", people.lin, name="Ann Example", email="ann@example.com", phone="+447700900001")


@pytest.fixture
def hear(ann):
    """A text message of Ann's arrives."""
    from keepwell.outreach.channels.contracts import Heard, HeardKind
    from keepwell.outreach.channels.sms.contract import CONTRACT
    from keepwell.outreach.sending.services import hearing

    def make(text, key="1", at=NOW):
        one = Heard(kind=HeardKind.MESSAGE, address="+447700900001", at=at, key=key, text=text)
        return hearing.hear(heard=[one], contract=CONTRACT, now=at)

    return make
