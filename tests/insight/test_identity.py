from datetime import UTC, datetime

import pytest

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.history import queries as history
from keepwell.insight import queries
from keepwell.insight.services import run_cycle
from tests.insight import shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_records_of_one_person_are_judged_as_one(filled):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    run_cycle(as_of=shop.AS_OF, actor="test")
    first, second = (row.customer_id for row in queries.scores(queries.ScoreFilter(), page_size=2).rows)
    apart = {number: queries.score(number) for number in (first, second)}
    customers.upsert_many(rows=[CustomerRow(first), CustomerRow(second)], source="crm", at=at, actor="ada")
    merge = identity.merge(kept_id=first, merged_id=second, actor="ada")
    run_cycle(as_of=shop.AS_OF, actor="test")
    assert queries.score(second) is None
    assert queries.score(first).orders == sum(score.orders for score in apart.values())
    assert queries.score(first).total_amount == sum(score.total_amount for score in apart.values())
    both = history.timeline((first, second), tables=["orders"], limit=1000)
    assert len(both) == queries.score(first).orders
    assert both == sorted(both, key=lambda fact: fact.at, reverse=True)
    identity.split(merge_id=merge.merge_id, actor="ada")
    run_cycle(as_of=shop.AS_OF, actor="test")
    assert {number: queries.score(number).orders for number in apart} == {
        number: score.orders for number, score in apart.items()
    }
