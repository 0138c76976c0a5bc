"""Every address × every role × own and other customer: the answer is the one that `table.txt` lists."""

from __future__ import annotations

import pytest

from tests.permissions.addresses import Address, every_address, every_operation
from tests.permissions.asking import ask
from tests.permissions.table import PEOPLE, Row, rows

ROWS = rows()
ROWS_AT_ONCE = 16
PARTS = [ROWS[i : i + ROWS_AT_ONCE] for i in range(0, len(ROWS), ROWS_AT_ONCE)]
FOUND = every_operation()
OPERATIONS = {(f"api:{one.name}", one.method): one.address for one in FOUND}
BODIES = {(f"api:{one.name}", one.method): one.body for one in FOUND}
PAGES = {address.name: address for address in every_address()}


def address_of(row: Row) -> Address:
    return OPERATIONS.get((row.name, row.method)) or PAGES[row.name]


def body_of(row: Row, address: Address, place: dict[str, object]) -> object:
    """What is sent along: a page's form names the customer, an operation gets the smallest body."""
    if row.method == "GET":
        return None
    if address.is_page:
        return {"customer_id": place["customer_id"]}
    return _about(BODIES.get((row.name, row.method)), place["customer_id"])


def _about(value: object, customer_id: object) -> object:
    if isinstance(value, dict):
        return {k: customer_id if k == "customer_id" else _about(v, customer_id) for k, v in value.items()}
    return [_about(one, customer_id) for one in value] if isinstance(value, list) else value


def answer(world, person: str, row: Row) -> str:
    """What `person` gets: "+", "-", or "own" where it depends on whose customer it is."""
    address = address_of(row)
    asker = (world.browsers if address.is_page else world.programs)[person]
    own, other = (
        ask(asker, row.method, address.fill(place), body_of(row, address, place))
        for place in (world.own, world.other)
    )
    return own if own == other else {"+-": "own"}.get(own + other, f"own {own}, other {other}")


def test_every_address_has_a_row_and_every_row_an_address():
    listed = [(row.name, row.method) for row in ROWS]
    assert len(listed) == len(set(listed)), "listed twice"
    names = {name for name, _method in listed}
    pages = {name for name in PAGES if not name.startswith("api:")}
    assert sorted(pages - names) == [], "these addresses have no row in table.txt"
    assert sorted(set(OPERATIONS) - set(listed)) == [], "these operations have no row in table.txt"
    assert sorted(names - set(PAGES) - {name for name, _method in OPERATIONS}) == [], "rows of nothing"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part[0]} to {part[-1]}")
def test_everybody_gets_the_answer_of_the_table(world, part):
    wrong = {}
    for row in part:  # what a request changes is undone, so that one shop serves many rows
        found = {person: answer(world, person, row) for person in PEOPLE}
        if found != row.answers:
            wrong[str(row)] = {one: found[one] for one in PEOPLE if found[one] != row.answers[one]}
    assert wrong == {}
