"""The state of an earlier release becomes that of this one, and everything still works."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

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
