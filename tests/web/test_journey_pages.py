"""The pages of journeys: each in words, tried on the history, approved, switched on, paused, ended."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.outreach.journeys import queries, services, words
from keepwell.outreach.journeys.contracts import Status
from keepwell.outreach.journeys.core.graph import in_order
from keepwell.outreach.journeys.core.reading import parse
from tests.outreach.journeys.conftest import at, brand, people, switched_on  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(home, db):
    def sign_in(role="retention_manager"):
        from keepwell.accounts.models import User

        client = Client()
        client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
        return client

    return sign_in


def page(client, address, *args, status=200, htmx=False, **query):
    headers = {"HX-Request": "true"} if htmx else {}
    response = client.get(reverse(address, args=args), query, headers=headers)
    assert response.status_code == status
    return response.content.decode()


def do(client, one, action, **data):
    return client.post(reverse("journey_act", args=[one.journey_id, action]), data, follow=True)


def test_every_ready_made_journey_is_there_in_words(browser):
    shown = page(browser(), "journeys")
    found = queries.journeys()
    assert len(found) >= 38
    for one in found:
        assert reverse("journey", args=[one.journey_id]) in shown
        plan = parse(one.draft.definition)
        said = [words.start(plan.start), words.entry(plan)]
        said += [words.step(plan.steps[code]) for code in in_order(plan)]
        said += [why for code in in_order(plan) for why, _to in words.ways(plan.steps[code])]
        said += [words.ending(each) for each in (*plan.goals, *plan.exits)]
        # Codes are for machines: no step's kind or table's name stands where words should.
        assert not any("_" in text.replace("activity_starting", "") for text in said if "Kind" not in text), (
            said
        )


def test_a_journey_is_approved_switched_on_paused_and_ended(browser, people, brand):  # noqa: F811
    people(1)
    client = browser()
    one = queries.by_code("after_sales")
    assert "Seven days after an order" in page(client, "journey", one.journey_id)
    do(client, one, "approve", revision=one.draft.revision)
    approved = queries.journey(one.journey_id)
    assert approved.draft.status == "approved"
    assert "Switch on" in page(client, "journey", one.journey_id)
    answer = do(client, one, "on", revision=approved.draft.revision)
    assert "Switched on" in answer.content.decode()
    assert queries.journey(one.journey_id).status is Status.ON
    for action, status in (("pause", "paused"), ("resume", "on"), ("close", "closing"), ("stop", "off")):
        do(client, one, action)
        assert queries.journey(one.journey_id).status == status
    again = do(client, one, "pause")
    assert "The journey is not on." in again.content.decode()


def test_what_somebody_changed_meanwhile_is_not_approved_unseen(browser):
    client = browser()
    one = queries.by_code("after_sales")
    answer = do(client, one, "approve", revision=one.draft.revision + 1)
    assert "Somebody changed it meanwhile" in answer.content.decode()
    assert queries.journey(one.journey_id).draft.status == "draft"


def test_it_is_tried_on_the_history(browser, people):  # noqa: F811
    client = browser()
    one = queries.by_code("after_sales")
    address = reverse("journey_dry_run", args=[one.journey_id])
    waiting = client.post(address, {"days": "90"}, headers={"HX-Request": "true"}).content.decode()
    assert "Waiting for the worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert services.run_next_trial(now=clock.now())
    assert not services.run_next_trial(now=clock.now())
    shown = page(client, "journey_dry_run", one.journey_id, htmx=True)
    assert "would have been reached in the last 90 days" in shown
    assert "every 1s" not in shown
    assert queries.journey(one.journey_id).entered == 0


def test_what_happened_at_each_step_is_shown(browser, people, switched_on, at):  # noqa: F811
    from keepwell.outreach.journeys.contracts import Entrant
    from tests.outreach.journeys.conftest import NOW

    number = people(1)[0]
    journey_id = switched_on()
    services.enter(journey_id=journey_id, entrants=[Entrant(number, "one", NOW)], now=NOW)
    services.tick(now=NOW)
    shown = page(browser(), "journey", journey_id)
    assert "is here now" in shown or "came to the end" in shown
    assert "still inside" in shown


def test_who_may_not_switch_sees_no_button(browser):
    one = queries.by_code("after_sales")
    client = browser("read_only")
    assert "kw-primary" not in page(client, "journey", one.journey_id)
    refused = client.post(
        reverse("journey_act", args=[one.journey_id, "approve"]), {"revision": one.draft.revision}
    )
    assert refused.status_code == 403
