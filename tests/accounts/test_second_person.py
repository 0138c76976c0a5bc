"""Who wrote it leaves the approval to somebody else, where the shop wants it so."""

from __future__ import annotations

import pytest
from django.urls import reverse

from keepwell.accounts import queries, services
from keepwell.accounts.contracts import Approvable, SecondPerson
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.content import services as content
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.queries import draft
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys import services as writing
from keepwell.outreach.journeys.contracts import JourneyError
from tests.accounts.conftest import NOW

TEXT = Approvable.TEXT


def test_alone_in_the_shop_one_approves_one_s_own_work(mei):
    assert not queries.needs_another(TEXT, actor="mei", writers={"mei"})


def test_where_somebody_else_may_the_writer_does_not(mei, rui):
    assert queries.needs_another(TEXT, actor="mei", writers={"mei", "keepwell"})
    assert not queries.needs_another(TEXT, actor="rui", writers={"mei"})


def test_a_colleague_who_may_not_approve_or_no_longer_signs_in_does_not_count(mei, bo, rui):
    rui.is_active = False
    rui.save()
    assert not queries.needs_another(TEXT, actor="mei", writers={"mei"})


def test_where_all_have_written_nobody_else_is_there(mei, rui):
    assert not queries.needs_another(TEXT, actor="mei", writers={"mei", "rui"})


@pytest.mark.parametrize(("rule", "needed"), [(SecondPerson.ALWAYS, True), (SecondPerson.NEVER, False)])
def test_the_shop_says_what_it_wants(mei, rule, needed):
    services.set_second_person(kind=TEXT, rule=rule, actor="mei")
    services.set_second_person(kind=TEXT, rule=rule, actor="mei")
    assert queries.needs_another(TEXT, actor="mei", writers={"mei"}) is needed
    assert AuditEntry.objects.filter(action="second_person.set").count() == 1


def test_texts_and_journeys_ask_it(mei, rui, home):
    code = content.create_template(
        code="hello",
        name="Hello",
        kind="sms",
        purpose="service",
        content_type="care",
        language="en",
        actor="mei",
        now=NOW,
    ).code
    with pytest.raises(ContentError, match="own_work"):
        content.approve(code=code, revision=draft(code).revision, actor="mei", now=NOW)
    one = journeys.by_code("churn_warning")
    seeded = journeys.versions(one.journey_id)[0]
    made = writing.save_draft(
        journey_id=one.journey_id,
        definition=seeded.definition,
        revision=seeded.revision,
        actor="mei",
        now=NOW,
    )
    with pytest.raises(JourneyError, match="own_work"):
        writing.approve(journey_id=one.journey_id, revision=made.revision, actor="mei", now=NOW)


def test_the_page_sets_it(client, mei, home):
    client.force_login(mei)
    answer = client.post(reverse("set_second_person"), {"mailing": "always", "text": "no such rule"})
    assert answer.status_code == 302
    table = queries.second_person_table()
    assert table[Approvable.MAILING] is SecondPerson.ALWAYS
    assert table[TEXT] is SecondPerson.WHERE_POSSIBLE
    assert b'name="mailing"' in client.get(reverse("roles")).content
