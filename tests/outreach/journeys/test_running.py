"""Journeys are switched on, paused, closed and stopped while people are inside."""

from __future__ import annotations

import pytest

from keepwell.outreach.journeys import queries, services
from keepwell.outreach.journeys.models import Traveller
from tests.outreach.journeys.conftest import (
    DAY,
    END,
    MESSAGE,
    MINUTE,
    NOW,
    cart_fact,
    messages,
    plan,
    tell,
)

pytestmark = pytest.mark.django_db(transaction=True)


def inside():
    return Traveller.objects.filter(ended_at=None)


def test_who_is_inside_finishes_on_their_version(people, switched_on, at):
    one, other = people(2)
    journey = switched_on()
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.tick(now=NOW)
    later = plan()
    later["steps"] = {**later["steps"], "say": {**MESSAGE, "contents": {"sms": "member_day_sms"}}}
    saved = services.save_draft(journey_id=journey, definition=later, revision=0, actor="kai", now=NOW)
    approved = services.approve(journey_id=journey, revision=saved.revision, actor="ada", now=NOW)
    services.switch_on(journey_id=journey, revision=approved.revision, actor="ada", now=NOW)
    tell(("interactions", cart_fact("e2", other, NOW)))
    assert services.tidy(now=NOW) == 0
    services.tick(now=NOW)
    services.tick(now=NOW + DAY)
    assert messages() == [(one, "win_back_sms"), (other, "member_day_sms")]
    assert services.tidy(now=NOW) == 1
    assert [one.status for one in queries.versions(journey)] == ["on", "retired"]


def test_pause_resume_close_and_stop(people, switched_on, at):
    one, other, third = people(3)
    journey = switched_on()
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.tick(now=NOW)
    services.pause(journey_id=journey, actor="ada", now=NOW)
    tell(("interactions", cart_fact("e2", other, NOW)))
    services.tick(now=NOW + DAY)
    assert (messages(), inside().count()) == ([], 1)
    services.resume(journey_id=journey, actor="ada", now=NOW)
    services.tick(now=NOW + DAY)
    assert messages() == [(one, "win_back_sms")]
    tell(("interactions", cart_fact("e3", third, NOW)))
    services.close(journey_id=journey, actor="ada", now=NOW)
    tell(("interactions", cart_fact("e4", other, NOW)))
    assert [row.customer_id for row in inside()] == [third]
    services.tidy(now=NOW)
    assert queries.journey(journey).status == "closing"
    services.stop(journey_id=journey, actor="ada", now=NOW)
    assert queries.journey(journey).status == "off"
    (counts,) = queries.statistics(journey)
    assert (counts.entered, counts.inside, counts.outcomes) == (2, 0, {"end": 1, "stopped": 1})
    services.tick(now=NOW + 5 * DAY)
    assert len(messages()) == 1


def test_a_journey_that_cannot_go_on_says_why_and_the_others_go_on(people, switched_on, at, monkeypatch):
    from keepwell.outreach.journeys.services import living

    one = people()[0]
    broken = switched_on(code="broken")
    lot = {
        "kind": "split",
        "arms": [{"code": "a", "share": 0.5, "next": "end"}, {"code": "b", "share": 0.5, "next": "end"}],
    }
    fine = switched_on(plan({"lot": lot, "end": END}, first="lot"), code="fine")
    tell(("interactions", cart_fact("e1", one, NOW)))

    def fail(*_given, **_more):
        raise RuntimeError("no words")

    monkeypatch.setattr(living.tailored, "words", fail)
    services.tick(now=NOW)
    done = services.tick(now=NOW + DAY)
    assert done.failed == 1
    assert "no words" in queries.journey(broken).error
    assert queries.journey(fine).error == ""
    assert Traveller.objects.get(journey=fine).outcome == "end"
    monkeypatch.undo()
    assert services.tick(now=NOW + DAY).moved == 0  # rests for a minute
    services.tick(now=NOW + DAY + 2 * MINUTE)
    assert messages() == [(one, "win_back_sms")]


def test_a_closing_journey_is_off_once_everybody_is_through(people, switched_on, at):
    (one,) = people()
    journey = switched_on()
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.close(journey_id=journey, actor="ada", now=NOW)
    services.tick(now=NOW)
    services.tick(now=NOW + DAY)
    assert messages() == [(one, "win_back_sms")]
    services.tidy(now=NOW + DAY)
    assert queries.journey(journey).status == "off"


def test_one_that_is_paused_in_the_midst_of_a_tick_moves_nobody(people, switched_on, at, monkeypatch):
    from keepwell.outreach.journeys.services import ticking

    one, other = people(2)
    first, second = switched_on(code="first"), switched_on(code="second")
    tell(("interactions", cart_fact("e1", one, NOW)), ("interactions", cart_fact("e2", other, NOW)))
    services.tick(now=NOW)
    walk = ticking.walk

    def pausing(*given):
        if queries.journey(second).status == "on":
            services.pause(journey_id=second, actor="ada", now=NOW + DAY)
        return walk(*given)

    monkeypatch.setattr(ticking, "walk", pausing)
    services.tick(now=NOW + DAY)
    assert messages() == [(one, "win_back_sms"), (other, "win_back_sms")]  # of the first alone
    assert [row.journey_id for row in inside()] == [second, second]
    services.resume(journey_id=second, actor="ada", now=NOW + DAY)
    services.tick(now=NOW + DAY)
    assert len(messages()) == 4
    assert first != second
