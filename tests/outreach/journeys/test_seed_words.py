"""What ready-made journeys start on is read as words, not as codes."""

from __future__ import annotations

import pytest

from keepwell.insight.segments.value_words import labels_of
from keepwell.outreach.journeys.seeds import SEEDS
from keepwell.outreach.journeys.words import SCORE_VALUES

CODED = ("channel", "event", "metric", "status", "type")


def filters(value):
    """Every condition on a column within a definition: the column and the codes that it asks for."""
    if isinstance(value, dict):
        if {"column", "value"} <= set(value):
            asked = value["value"]
            yield value["column"], tuple(asked) if isinstance(asked, list | tuple) else (asked,)
        for one in value.values():
            yield from filters(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from filters(one)


@pytest.mark.parametrize("code", sorted(SEEDS))
def test_every_code_has_a_word(code):
    asked = [
        (column, each)
        for column, codes in filters(SEEDS[code].definition)
        if column in CODED
        for each in codes
    ]
    known = [{**labels_of(column), **SCORE_VALUES.get(column, {})}.get(one) for column, one in asked]
    assert all(known), asked


def test_some_ask_for_codes():
    assert (
        sum(column == "type" for known in SEEDS.values() for column, _codes in filters(known.definition)) > 5
    )
