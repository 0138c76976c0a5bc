"""The state of an earlier release becomes that of this one, and everything still works."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from tests.cli.conftest import drop_database, make_program
from tests.upgrade.conftest import RELEASES, run_script

PAGES = """
import json
import django
django.setup()
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from keepwell.accounts.models import User
from keepwell.insight import queries
from keepwell.insight.contracts import ScoreFilter

first = queries.scores(ScoreFilter(), page_size=1).rows[0].customer_id
addresses = [reverse("customer", args=[number]) for number in (first, "C000041")]
addresses.append(reverse("cycle", args=[queries.current_cycle().cycle_id]))
addresses.append(reverse("saved_plan", args=[1]))
def names(resolver, space=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern, inner)
        elif pattern.name:
            yield space + pattern.name

for name in names(get_resolver()):
    if name not in ("sign_out", "account_logout"):
        try:
            addresses.append(reverse(name))
        except NoReverseMatch:
            continue
client = Client(raise_request_exception=False)
client.force_login(User.objects.get(username="ada"))
answers = {address: client.get(address).status_code for address in addresses}
print(json.dumps(answers))
"""
OPENED = (
    "/",
    "/at-risk/",
    "/customers/",
    "/plan/",
    "/plan/saved/1/",
    "/settings/thresholds/",
    "/settings/treatments/",
    "/settings/data/",
    "/settings/cycles/",
    "/settings/definitions/",
    "/customers/C000041/",
)
NAMES = """
import json
import django
django.setup()
from keepwell.customers import queries as customers
from keepwell.history import queries as history
from keepwell.foundation.audit.services import verify
ids = sorted(customers.existing([f"c{n:05d}" for n in range(60)] + [f"c{n:04d}" for n in range(60)]))
print(json.dumps({"customers": customers.count(), "names": list(customers.names(ids).values())[:3],
                  "counts": history.counts(), "audit": verify()}))
"""
MESSAGES = """
import json
import django
django.setup()
from keepwell.history import queries as history
from keepwell.history.engine import engine
with engine() as reader:
    table = history.scan("contacts", engine=reader)
    rows = reader.execute(table.select("contact_id", "status", "reason").order_by("contact_id")).to_pylist()
print(json.dumps([list(row.values()) for row in rows]))
"""
PASSPHRASE = {"KEEPWELL_BACKUP_PASSPHRASE": "correct horse battery staple"}


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_there_is_an_earlier_release():
    assert RELEASES


@pytest.mark.slow
def test_an_earlier_release_is_brought_to_this_one(earlier):
    before = earlier("doctor", "--json")
    assert before.code == 1
    broken = [found["check"] for found in before.json["checks"] if found["ok"] is False]
    assert broken == ["migrations"]

    assert earlier("init").code == 0
    after = earlier("doctor", "--json")
    assert after.code == 0, after.out
    held = json.loads(run_script(earlier, NAMES))
    assert held["customers"] == 50
    assert held["audit"] is None
    assert all(held["names"]), "sealed names must still open"

    at_risk = earlier("at-risk", "--top", "5", "--json")
    assert at_risk.code == 0, at_risk.err
    assert len(at_risk.json) == 5
    answers = json.loads(run_script(earlier, PAGES))
    assert {address: answers[address] for address in OPENED} == dict.fromkeys(OPENED, 200)
    assert {address for address, status in answers.items() if status >= 500} == {"/readyz"}  # no worker

    orders = held["counts"]["orders"]
    work = earlier("work", "--once", "--cycle-hour", "off", "--json")
    assert work.code == 0, work.err
    cycle = earlier("cycle", "--as-of", "2026-10-31", "--json")
    assert cycle.code == 0, cycle.err
    counts = json.loads(run_script(earlier, NAMES))["counts"]
    assert counts["orders"] == orders
    assert counts["interactions"] == held["counts"]["interactions"] + 1  # what waited in the outbox


@pytest.fixture
def elsewhere(tmp_path):
    """Makes the program on further homes, each with a database of its own."""
    made = []

    def another(name):
        (tmp_path / name).mkdir()
        made.append(make_program(tmp_path / name))
        return made[-1][0]

    yield another
    for _program, database in made:
        if database:
            drop_database(*database)


@pytest.mark.slow
def test_messages_of_an_earlier_release_learn_why_and_move_house(earlier, elsewhere, tmp_path):
    """Restored as they were, then with columns that they did not have, and restored again."""

    def moved(program, name):
        file = tmp_path / f"{name}.kwb"
        made = program("backup", "--out", file, **PASSPHRASE)
        assert made.code == 0, made.err
        verified = program("backup", "verify", file, **PASSPHRASE)
        assert verified.code == 0, verified.err
        target = elsewhere(name)
        restored = target("restore", file, **PASSPHRASE)
        assert restored.code == 0, restored.err
        return target

    assert earlier("init").code == 0
    before = json.loads(run_script(earlier, MESSAGES))
    assert before
    assert {reason for _key, _status, reason in before} == {None}
    second = moved(earlier, "second")
    assert json.loads(run_script(second, MESSAGES)) == before

    key, status, _reason = before[0]
    said = tmp_path / "messages.csv"
    said.write_text(
        "contact_id,customer_id,at,channel,status,purpose,content,reason\n"
        "new-1,C000041,2026-10-30T10:00:00Z,email,bounced,service,t-1,mailbox full\n"
    )
    imported = second("import", said, "--json")
    assert imported.code == 0, imported.err
    work = second("work", "--once", "--cycle-hour", "off", "--json")
    assert work.code == 0, work.err
    after = json.loads(run_script(second, MESSAGES))
    assert after == sorted([*before, ["new-1", "bounced", "mailbox full"]])
    assert [key, status, None] in after

    third = moved(second, "third")
    assert json.loads(run_script(third, MESSAGES)) == after
    assert third("doctor", "--json").code == 0
    cycle = third("cycle", "--as-of", "2026-10-31", "--json")
    assert cycle.code == 0, cycle.err
