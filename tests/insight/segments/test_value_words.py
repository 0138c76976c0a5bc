"""Codes of facts are read as words, the same in segments and journeys."""

from __future__ import annotations

import pytest
from django.utils import translation

from keepwell.history.schemas import FACT_TABLES
from keepwell.insight.segments.definition import FactCondition, Filter
from keepwell.insight.segments.value_words import labels_of
from keepwell.insight.segments.words import FACTS, measure_text

CHOICES = sorted(
    (table, column.name, code)
    for table in FACTS
    for column in FACT_TABLES[table].columns
    for code in column.choices or ()
)


@pytest.mark.parametrize(("table", "column", "code"), CHOICES)
def test_every_code_that_a_column_may_hold_has_a_word(table, column, code):
    assert str(labels_of(column).get(code, ""))


def test_one_code_is_told_by_its_column():
    with translation.override("en"):
        said = [
            measure_text(
                FactCondition(table, "count", "at_least", (1,), where=(Filter(column, "in", (code,)),))
            )
            for table, column, code in (
                ("contacts", "status", "complained"),
                ("tickets", "event", "responded"),
                ("interactions", "type", "payment_failed"),
                ("interactions", "type", "our_own_kind"),
            )
        ]
    assert [one.partition("(")[2].partition(")")[0] for one in said] == [
        "Status is complained about",
        "Event is answered",
        "Kind is failed payment",
        "Kind is our_own_kind",
    ]
