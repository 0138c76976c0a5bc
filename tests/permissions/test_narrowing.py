"""Lists show an account manager the own customers only: no page and no operation names another's."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.permissions.addresses import every_address, every_operation
from tests.permissions.table import rows

CUSTOMER = re.compile(r"\bC\d{6}\b")
PAGES = {address.name: address for address in every_address()}
OPERATIONS = {f"api:{one.name}": one.address for one in every_operation() if one.method == "GET"}
# Addresses that an account manager opens and that are about no certain customer.
LISTS = sorted(
    row.name
    for row in rows()
    if row.method == "GET" and row.answers["account_manager"] == "+" and row.answers["nobody"] == "-"
)
PARAMETERS = ("", "?q=C0000", "?s=C0000", "?as_of=&limit=100")


@pytest.fixture
def manager(shop):
    """Looks after three customers of the shop, the second to fourth by expected loss."""
    from keepwell.accounts.models import User
    from keepwell.customers import services as customers
    from keepwell.insight import queries
    from keepwell.insight.contracts import ScoreFilter

    user = User.objects.create_user("ken", password="x", roles=["account_manager"])
    somebody = User.objects.create_user("somebody", roles=["account_manager"])
    found = [row.customer_id for row in queries.scores(ScoreFilter(), page_size=8).rows]
    for owner, owned in ((user, found[1:4]), (somebody, found[4:])):
        customers.assign_owner(customer_ids=owned, owner_id=owner.pk, actor="test", reason="", at=shop.as_of)
    client = Client()
    client.force_login(user)
    return client, frozenset(found[1:4])


def test_the_lists_are_there():
    assert {"customers", "at_risk", "cockpit", "find", "api:list_customers", "api:list_scores"} <= set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_no_list_names_anothers_customer(manager, name):
    client, own = manager
    address = OPERATIONS.get(name) or PAGES[name]
    for parameters in PARAMETERS:
        response = client.get(address.path + parameters)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        # What was asked for may be repeated; what was not must not appear.
        said = set(CUSTOMER.findall(body.decode(errors="replace"))) - {"C000001"}
        assert said <= own, f"{address.path}{parameters} names {sorted(said - own)[:5]}"


def test_own_customers_are_named(manager):
    client, own = manager
    assert set(CUSTOMER.findall(client.get("/customers/").content.decode())) == own
