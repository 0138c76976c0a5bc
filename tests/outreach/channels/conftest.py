"""What the channels' tests share."""

from __future__ import annotations

import pytest

from keepwell.outreach.channels import weixin


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch):
    """Each test begins without tokens, and nobody waits long."""
    monkeypatch.setattr(weixin, "TOKENS", weixin.Tokens())
    monkeypatch.setattr(weixin, "TIMEOUT_SECONDS", 0.5)


@pytest.fixture
def committed():
    """How often a session said that from now on the message may be taken."""
    return []
