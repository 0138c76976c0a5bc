"""What a play has proved goes to everybody, as a new play."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.history import services as history
from keepwell.plays.experiments import queries, services
from keepwell.plays.experiments.contracts import PlayError, Status
from tests.outreach.sending.conftest import NOW
from tests.plays.experiments.conftest import CALL

pytestmark = pytest.mark.django_db(transaction=True)
BEGAN = NOW - timedelta(days=70)


@pytest.fixture
def proved(play, staff):
    """A play whose treated all bought a week after its start, and of whose control nobody did."""
    made = play(200, arms=(CALL,), control_share=0.5, starts_on=BEGAN.date(), smallest_effect=0.1)
    services.submit(play_id=made.play_id, actor="ada", now=BEGAN)
    services.approve(play_id=made.play_id, user=staff["kai"], reason="good", now=BEGAN)
    services.start(play_id=made.play_id, actor="ada", now=BEGAN)
    orders = [
        (
            "orders",
            {
                "order_id": f"O-{one.customer_id}",
                "customer_id": one.customer_id,
                "ordered_at": BEGAN + timedelta(days=7),
                "amount": 100,
                "currency": "NOK",
                "status": "paid",
            },
        )
        for place, one in enumerate(queries.iter_members(made.play_id))
        if (one.arm == "a") == bool(place % 10)
    ]
    history.record_many(facts=orders, source="test")
    while history.flush().accepted:
        pass
    return made


def test_an_arm_that_is_shown_to_be_better_becomes_a_draft_for_everybody(proved):
    who = {"play_id": proved.play_id, "actor": "ada", "now": NOW}
    with pytest.raises(PlayError) as early:
        services.roll_out(arm="a", reason="it works", **who)
    assert early.value.problems == {"": "not_over"}
    services.end(**who)
    with pytest.raises(PlayError):
        services.roll_out(arm="control", reason="it works", **who)
    made = services.roll_out(arm="a", reason="it works", **who)
    assert (made.status, made.control_share, made.segment_id) == (Status.DRAFT, 0.05, proved.segment_id)
    assert [one.task_kind for one in made.treated] == ["call"]
    assert queries.play(proved.play_id).rolled_out_arm == "a"
    with pytest.raises(PlayError) as twice:
        services.roll_out(arm="a", reason="again", **who)
    assert twice.value.problems == {"": "rolled_out"}
