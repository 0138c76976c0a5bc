"""Pages keep their place: each row once, in order, whichever way one goes."""

from __future__ import annotations

import pytest

from keepwell.insight import queries as insight


def walk(client, address, link):
    seen = []
    while address:
        context = client.get(address).context
        seen.append([person.score.customer_id for person in context["people"]])
        query = context["paging"][link]
        address = f"/customers/{query}" if query else ""
    return seen


@pytest.mark.parametrize(
    "order",
    [
        "-expected_loss", "expected_loss", "churn_risk", "-churn_risk", "clv", "-total_amount", "customer_id",
        "-customer_id", "-last_order_at",
    ],
)  # fmt: skip
def test_going_forward_and_back_shows_everybody_once_and_in_order(ada, shop, order):
    forward = walk(ada, f"/customers/?order={order}", "next")
    everybody = [score.customer_id for score in insight.iter_scores(order_by=order)]
    assert [one for page in forward for one in page] == everybody
    assert all(len(page) == 50 for page in forward[:-1])
    first = ada.get(f"/customers/?order={order}").context["paging"]
    backward = walk(ada, f"/customers/{first['end']}", "previous")
    assert backward[::-1] == forward


def test_a_place_that_makes_no_sense_is_left_out(ada, shop):
    for query in ("after=x~C1", "after=~", "after=nan~C", "before=1e999~C", "after=5", "after=1~%00"):
        assert ada.get(f"/customers/?page=2&{query}").status_code == 200
