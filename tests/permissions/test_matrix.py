"""Every address × every role × own and other customer: the answer is the one that `table.txt` lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.permissions.addresses import Address, every_address, every_operation
from tests.permissions.asking import ask
from tests.permissions.choices import ARGUMENTS, FORMS, QUERIES, chosen
from tests.permissions.table import PEOPLE, Row, rows

pytestmark = pytest.mark.one_store
ROWS = rows()
ROWS_AT_ONCE = 16
PARTS = [ROWS[i : i + ROWS_AT_ONCE] for i in range(0, len(ROWS), ROWS_AT_ONCE)]
FOUND = every_operation()
OPERATIONS = {(f"api:{one.name}", one.method): one.address for one in FOUND}
BODIES = {(f"api:{one.name}", one.method): one.body for one in FOUND}
PAGES = {address.name: address for address in every_address()}


def address_of(row: Row) -> Address:
    return OPERATIONS.get((row.address, row.method)) or PAGES[row.address]


def path_of(row: Row, place: Mapping[str, Any]) -> str:
    """Where to ask: what the row chooses, else what the shop has."""
    path = address_of(row).fill({**place, **chosen(ARGUMENTS, row.name, place)})
    query = chosen(QUERIES, row.name, place) if row.method == "GET" else {}
    return f"{path}?{urlencode(query)}" if query else path


def body_of(row: Row, place: Mapping[str, Any]) -> Any:
    """What is sent along: a page's form names the customer, an operation gets the smallest body."""
    if row.method == "GET":
        return None
    if address_of(row).is_page:
        whom = {"customer_id": place["customer_id"], "customer": place["customer_id"]}
        return {**whom, **chosen(FORMS, row.name, place)}
    return _about(BODIES.get((row.address, row.method)), place["customer_id"])


def _about(value: Any, customer_id: object) -> Any:
    if isinstance(value, dict):
        return {k: customer_id if k == "customer_id" else _about(v, customer_id) for k, v in value.items()}
    return [_about(one, customer_id) for one in value] if isinstance(value, list) else value


def answer(world: Any, person: str, row: Row) -> str:
    """What `person` gets; "own" where it is let in for own customers only."""
    asker = (world.browsers if address_of(row).is_page else world.programs)[person]
    asked = [(path_of(row, place[person]), body_of(row, place[person])) for place in (world.own, world.other)]
    own = ask(asker, row.method, *asked[0])
    other = own if asked[0] == asked[1] else ask(asker, row.method, *asked[1])
    return own if own == other else {"+-": "own"}.get(own + other, f"own {own}, other {other}")


def test_every_address_has_a_row_and_every_row_an_address():
    listed = [(row.name, row.method) for row in ROWS]
    assert len(listed) == len(set(listed)), "listed twice"
    asked = {(row.address, row.method) for row in ROWS}
    names = {name for name, _method in asked}
    pages = {name for name in PAGES if not name.startswith("api:")}
    assert sorted(pages - names) == [], "these addresses have no row in table.txt"
    assert sorted(set(OPERATIONS) - asked) == [], "these operations have no row in table.txt"
    assert sorted(names - set(PAGES) - {name for name, _method in OPERATIONS}) == [], "rows of nothing"


def test_what_is_not_there_and_forms_that_are_refused_are_explained():
    silent = [str(row) for row in ROWS if {"none", "form"} & set(row.answers.values()) and not row.why]
    assert silent == [], "say in a comment above the line why nobody can be shown more"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part[0]} to {part[-1]}")
def test_everybody_gets_the_answer_of_the_table(world, part):
    wrong = {}
    for row in part:  # what a request changes is undone, so that one shop serves many rows
        found = {person: answer(world, person, row) for person in PEOPLE}
        if found != row.answers:
            wrong[str(row)] = {one: found[one] for one in PEOPLE if found[one] != row.answers[one]}
    assert wrong == {}
