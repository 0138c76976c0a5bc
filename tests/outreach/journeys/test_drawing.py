"""Changes kept as drafts: taken back, made again, one after the other, by one person at a time."""

from __future__ import annotations

import pytest

from keepwell.outreach.journeys import queries, services
from keepwell.outreach.journeys.contracts import JourneyError
from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.editing import Way
from keepwell.outreach.journeys.core.graph import Tag, Wait
from keepwell.outreach.journeys.drafts import KEPT
from keepwell.outreach.journeys.models import Draft
from tests.outreach.journeys.conftest import DAY, NOW, cart_fact, plan

pytestmark = pytest.mark.django_db
BY = {"actor": "kai", "now": NOW}


@pytest.fixture
def journey(home, db):
    return services.begin(name="Drawn", **BY).journey_id


def wait(minutes):
    return lambda definition: editing.insert(definition, Way(""), Wait(minutes, ""))[0]


def draft(journey_id):
    return queries.journey(journey_id).draft


def edit(journey_id, change, what="insert"):
    return services.edit(
        journey_id=journey_id, revision=draft(journey_id).revision, change=change, what=what, **BY
    )


def back(step, journey_id):
    return step(journey_id=journey_id, revision=draft(journey_id).revision, **BY).definition


def test_every_change_is_taken_back_and_made_again(journey):
    said = [draft(journey).definition]
    said += [edit(journey, wait(minutes)).definition for minutes in (1, 2, 3)]
    assert [back(services.undo, journey) for _ in range(3)] == said[2::-1]
    with pytest.raises(JourneyError, match="nothing_to_undo"):
        back(services.undo, journey)
    assert [back(services.redo, journey) for _ in range(3)] == said[1:]
    with pytest.raises(JourneyError, match="nothing_to_redo"):
        back(services.redo, journey)
    assert draft(journey).definition == said[3]


def test_what_was_taken_back_is_gone_once_something_else_is_done(journey):
    edit(journey, wait(1))
    back(services.undo, journey)
    edit(journey, wait(2), what="other")
    drawn = queries.drawn(draft(journey).version_id)
    assert (drawn.undo, drawn.redo) == ("other", None)


def test_what_changes_nothing_is_no_change(journey):
    before = draft(journey)
    edit(journey, lambda definition: definition)
    assert draft(journey) == before
    assert queries.drawn(before.version_id).undo is None


def test_changes_on_an_older_drawing_are_refused_and_nothing_is_kept(journey):
    first = draft(journey).revision
    edit(journey, wait(1))
    before = draft(journey)
    steps = (
        lambda: services.edit(journey_id=journey, revision=first, change=wait(2), what="x", **BY),
        lambda: services.undo(journey_id=journey, revision=first, **BY),
        lambda: services.redo(journey_id=journey, revision=first, **BY),
    )
    for step in steps:
        with pytest.raises(JourneyError, match="edited_meanwhile"):
            step()
    with pytest.raises(JourneyError, match="no_such_step"):
        edit(journey, lambda definition: editing.remove(definition, "nothing"))
    assert draft(journey) == before


def test_old_changes_are_forgotten(journey):
    for minutes in range(1, KEPT + 6):
        edit(journey, wait(minutes))
    assert Draft.objects.filter(version=draft(journey).version_id).count() == KEPT
    assert back(services.undo, journey)["steps"]


def test_a_copy_and_a_new_version_begin_where_the_other_stands(journey, people, switched_on):
    people(1)
    on = switched_on()
    copied = services.copy(journey_id=on, name="Mine", **BY)
    assert copied.draft.definition == queries.journey(on).on.definition
    written = services.new_version(journey_id=on, **BY)
    assert (written.number, written.definition) == (2, copied.draft.definition)
    assert services.new_version(journey_id=on, **BY) == written
    with pytest.raises(JourneyError, match="no_such_journey"):
        services.copy(journey_id=0, name="Mine", **BY)


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_is_walked_once_by_whoever_comes_first(people):
    from keepwell.history import services as history

    number = people(1)[0]
    history.record_many(
        facts=[("interactions", cart_fact("e1", number, NOW - 5 * DAY))], source="x", live=False
    )
    history.flush()
    one = services.create(code="cart", name="cart", definition=plan(), **BY)
    asked = services.ask_trial(journey_id=one.journey_id, days=30, **BY)
    assert services.ask_trial(journey_id=one.journey_id, days=30, **BY).trial_id == asked.trial_id
    assert queries.trials_wait(NOW)
    assert services.run_next_trial(now=NOW)
    assert not services.run_next_trial(now=NOW)
    done = queries.newest_trial(one.journey_id)
    assert (done.status, done.share, done.error) == ("done", 1, "")
    assert (done.found.entries, done.found.people) == (1, 1)
    assert done.found.ways["day"] == {"next": 1}
    assert done.found == services.dry_run(plan(), NOW - 30 * DAY, NOW, journey_id=one.journey_id)


def test_a_dry_run_that_a_worker_left_behind_is_walked_anew_and_given_up_in_the_end(journey, monkeypatch):
    from keepwell.outreach.journeys.models import Trial
    from keepwell.outreach.journeys.services import trials

    services.ask_trial(journey_id=journey, days=30, **BY)

    def died(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(trials, "dry_run", died)
    later = NOW
    for _attempt in range(trials.ATTEMPTS_MAX):
        with pytest.raises(KeyboardInterrupt):
            services.run_next_trial(now=later)
        assert not queries.trials_wait(later)
        later += 2 * trials.LEASE
    assert not services.run_next_trial(now=later)
    assert Trial.objects.get().status == "failed"


def test_a_step_that_is_not_there_yet_is_told_by_the_checks_not_by_the_reader(journey):
    from keepwell.outreach.journeys.contracts import Severity

    edit(journey, lambda definition: editing.insert(definition, Way(""), Tag("nobody has this", ""))[0])
    found = services.check(draft(journey).definition)
    assert "no_such_tag" in {one.code for one in found if one.severity is Severity.ERROR}
