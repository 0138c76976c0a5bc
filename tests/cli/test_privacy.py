import json

import pytest
from django.db import connections

from keepwell.cli.main import run
from keepwell.foundation import crypto
from keepwell.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_chain_is_checked_from_the_command_line(home, capsys):
    from keepwell.foundation.audit import services as audit

    entries = [audit.log(actor="ada", action="x", object_type="y", object_id=str(n)) for n in range(3)]
    assert run(["audit", "verify", "--json", "--home", str(home.root)]) == 0
    assert json.loads(capsys.readouterr().out) == {"entries": 3, "whole": True}
    AuditEntry.objects.filter(pk=entries[1].pk).update(actor="mallory")
    assert run(["audit", "verify", "--home", str(home.root)]) == 1
    assert f"entry {entries[1].pk}" in capsys.readouterr().err
    connections.close_all()


def test_keys_are_rotated_from_the_command_line(home, capsys):
    assert set(crypto.ring().seal_keys) == {"k1"}
    assert run(["keys", "rotate", "--json", "--home", str(home.root)]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == ["k1"]
    assert set(crypto.ring().seal_keys) == {"k2"}
    connections.close_all()
