"""Facts written with the change they tell of."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import transaction

from keepwell.history import queries, services
from keepwell.history.models import OutboxFact
from tests.history.factories import START, order
from tests.history.reading import read

pytestmark = pytest.mark.django_db


def record(fact, table="orders", **options):
    return services.record(table=table, fact=fact, source="shop", **options)


def test_a_recorded_fact_reaches_the_lake_with_the_next_flush(home):
    assert record(order(1)) == "o00001"
    assert queries.versions() == {}
    result = services.flush()
    assert (result.batches, result.accepted, result.duplicate, result.corrected) == (1, 1, 0, 0)
    (row,) = read()
    assert row["order_id"] == "o00001"
    assert row["amount"] == Decimal("2.0000")
    assert row["ordered_at"] == START + timedelta(hours=1)
    assert (row["source"], row["live"], row["revises"]) == ("shop", True, False)
    assert not OutboxFact.objects.exists()
    assert services.flush().batches == 0


def test_a_retried_request_records_one_fact_before_and_after_the_flush(home):
    record(order(1))
    record(order(1, amount=Decimal("2.00")))
    assert OutboxFact.objects.count() == 1
    services.flush()
    record(order(1))
    assert services.flush().duplicate == 1
    assert len(read()) == 1


def test_versions_of_one_fact_reach_the_lake_in_their_order(home):
    for status in ("placed", "paid", "refunded"):
        record(order(1, status=status))
        record(order(2, status=status))
    result = services.flush()
    assert (result.batches, result.accepted, result.corrected) == (3, 6, 4)
    assert [row["status"] for row in read()] == ["refunded", "refunded"]
    assert queries.counts() == {"orders": 2}


def test_a_flush_works_in_batches_of_the_limit(home):
    for number in range(7):
        record(order(number))
    assert services.flush(limit=3).batches == 3
    assert len(read()) == 7
    with pytest.raises(ValueError, match="limit"):
        services.flush(limit=0)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_recorded(home):
    with transaction.atomic():
        record(order(1))
        transaction.set_rollback(True)
    assert services.flush().batches == 0
    assert queries.counts() == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "orders.colour: unknown column"),
        ({"recorded_at": START}, "orders.recorded_at: set by record"),
        ({"amount": None}, "orders.amount: required"),
        ({"order_id": ""}, "orders.order_id: required"),
        ({"amount": 1.5}, "orders.amount: expected Decimal, got float"),
        ({"amount": Decimal("NaN")}, "orders.amount: amount out of range"),
        ({"amount": Decimal(10) ** 14}, "orders.amount: amount out of range"),
        ({"ordered_at": "2026-01-01"}, "orders.ordered_at: expected datetime, got str"),
        ({"ordered_at": START.replace(tzinfo=None)}, "orders.ordered_at: an instant needs a time zone"),
        ({"status": "lost"}, "orders.status: 'lost' is not one of placed, paid, refunded, cancelled"),
        ({"customer_id": 7}, "orders.customer_id: expected str, got int"),
        ({"order_id": "o" * 401}, "orders.order_id: longer than 400 characters"),
        ({"customer_id": "c" * 201}, "orders.customer_id: longer than 200 characters"),
        ({"store": "a\x00b"}, "orders.store: a NUL character"),
        ({"store": "\ud800"}, "orders.store: "),
    ],
)
def test_a_fact_that_does_not_fit_names_table_and_column(home, changes, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        record(order(1, **changes))
    assert not OutboxFact.objects.exists()


def test_unknown_tables_and_empty_sources_are_refused(home):
    with pytest.raises(ValueError, match="'visits' is not a fact table"):
        record(order(1), table="visits")
    with pytest.raises(ValueError, match=r"orders\.source: required"):
        services.record(table="orders", fact=order(1), source="")


def test_values_are_kept_in_one_form(home):
    east = timezone(timedelta(hours=8))
    record(
        {
            "interaction_id": "i1",
            "customer_id": "c1",
            "at": datetime(2026, 1, 1, 8, tzinfo=east),
            "type": "visit",
            "value": 3,
            "properties": {"b": 1, "a": ["x"]},
        },
        table="interactions",
        live=False,
    )
    services.flush()
    (row,) = read("interactions")
    assert row["at"] == START
    assert row["value"] == 3.0
    assert row["properties"] == '{"a":["x"],"b":1}'
    assert row["live"] is False


def test_keys_of_several_parts_are_kept_apart(home):
    def ticket(number, **changes):
        return {"ticket_id": number, "customer_id": "c", "at": START, "event": "opened", **changes}

    assert record(ticket("t1"), table="tickets") == "t1|2026-01-01T00:00:00.000000+00:00"
    assert record(ticket("t|1"), table="tickets") == "t\\|1|2026-01-01T00:00:00.000000+00:00"
    services.flush()
    assert queries.counts() == {"tickets": 2}
