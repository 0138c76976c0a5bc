"""Whatever happens, no contact breaks the policy: journeys, a mailing, letters and calls, all at once.

A machine lets customers agree and object, places holds, changes the rules, lets clocks change, and lets
workers die with messages in hand. What reached a customer is judged from a plain list of what has happened,
by rules written down here once more, without a line of the policy's own.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from keepwell.customers.privacy import services as privacy
from keepwell.outreach import services as _outreach  # noqa: F401 - its rooms are loaded
from keepwell.outreach.journeys import services as journeys
from tests.outreach.contacts_machine import (  # noqa: F401 - fixtures
    PURPOSES,
    SHOP,
    TOTALS,
    ZONES,
    Contacts,
    Shop,
    clocked,
)
from tests.outreach.journeys.conftest import CART, END, ORDER
from tests.outreach.mailings.conftest import account, letter, oslo  # noqa: F401
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401


def journey_of(code, channel, content, hours):
    steps = {
        "day": {"kind": "wait", "hours": hours, "next": "say"},
        "say": {
            "kind": "message",
            "channel": channel,
            "contents": {channel: content},
            "purpose": "marketing",
            "next": "end",
        },
        "end": END,
    }
    return {
        "start": CART,
        "first": "day",
        "steps": steps,
        "entry": {"again": "always"},
        "goals": [ORDER],
        "control": 0,
    }


@pytest.fixture
def everything(clocked, oslo, letter, account, draft):  # noqa: F811
    """Customers all over the world, a published letter, two journeys that overlap, an account."""
    from keepwell.accounts.models import User
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow

    segment, code = oslo(len(ZONES), agreed=False), letter()
    numbers = [f"C{n:05d}" for n in range(len(ZONES))]
    rows = [
        CustomerRow(one, phone=f"+8613800138{place:03d}", time_zone=zone)
        for place, (one, zone) in enumerate(zip(numbers, ZONES, strict=True))
    ]
    customers.upsert_many(rows=rows, source="crm", at=NOW, actor="ada")
    for number in numbers:
        for channel in ("email", "sms", "phone"):
            for purpose in PURPOSES:
                privacy.set_consent(
                    customer_id=number,
                    channel=channel,
                    purpose=purpose,
                    given=True,
                    source="counter",
                    wording=f"{purpose}/1",
                    actor="ada",
                    at=NOW,
                )
    found = []
    for name, channel, content, hours in (("one", "sms", "win_back_sms", 1), ("two", "email", code, 2)):
        made = journeys.create(
            code=name, name=name, definition=journey_of(name, channel, content, hours), actor="kai", now=NOW
        )
        approved = journeys.approve(journey_id=made.journey_id, revision=1, actor="ada", now=NOW)
        journeys.switch_on(journey_id=made.journey_id, revision=approved.revision, actor="ada", now=NOW)
        found.append(made.journey_id)
    user = User.objects.create_user("ada", password="correct horse", roles=["administrator"])
    SHOP.append(Shop(numbers, found, segment, code, user.pk))
    TOTALS.clear()
    yield
    SHOP.clear()


@pytest.mark.django_db
def test_no_contact_breaks_the_policy_whatever_happens(everything):
    run_state_machine_as_test(
        Contacts,
        settings=settings(
            max_examples=90,
            stateful_step_count=12,
            derandomize=True,  # else by chance too little of a kind goes, now and then
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )
    # A machine in which nothing goes would find nothing.
    assert min(TOTALS[one] for one in ("calls", "mailing", "journey", "single")) > 9, TOTALS
    assert TOTALS["taken from the dead"] > 4, TOTALS
