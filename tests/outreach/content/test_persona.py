"""A text for a persona: whoever is in its segment gets it, and the preview says why."""

from __future__ import annotations

import pytest
from django.test import Client

from keepwell.foundation import clock
from keepwell.insight.segments import services as segments
from keepwell.insight.segments.models import SegmentMember
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.contracts import ContentError, Variant
from tests.outreach.conftest import NOW
from tests.outreach.conftest import publish as cycle_of  # noqa: F401 - of templates here, of cycles there

CITY = {"attribute": "city", "is": "in", "value": ["Oslo"]}


@pytest.fixture
def persona(own):
    """Makes a segment with these people in it; its number as a facet."""

    def make(name, *numbers):
        one = segments.save(name=name, definition=CITY, shared="all", author_id=None, actor="ada")
        SegmentMember.objects.bulk_create(
            SegmentMember(segment_id=one.segment_id, customer_id=number, entered_at=NOW) for number in numbers
        )
        return str(one.segment_id)

    return make


@pytest.fixture
def say(letter):
    """Adds a text for a variant to the draft."""

    def add(code, words, **facets):
        variant = Variant(**facets)
        text = services.add_text(code=code, language="en", variant=variant, copy_of=0, actor="ada", now=NOW)
        services.save_text(
            code=code, text_id=text.text_id, revision=text.revision, body=words, actor="ada", now=NOW
        )

    return add


def body(code, customer_id):
    return queries.text(queries.choose(code, customer_id).text_id).body


def test_who_is_in_the_segment_gets_its_text_and_everybody_else_the_usual_one(
    letter, say, publish, persona, own
):
    own("C-2", language="en")
    own("C-3", language="en")
    code = letter()
    say(code, "Hello, tea lover", persona=persona("Tea lovers", "C-2"))
    publish(code)
    assert body(code, "C-2") == "Hello, tea lover"
    assert body(code, "C-3").startswith("Hello {{")


def test_a_persona_goes_before_stage_and_of_two_the_older_segment_wins(
    letter,
    say,
    publish,
    persona,
    own,
    cycle_of,  # noqa: F811
):
    own("C-2", language="en")
    cycle_of({"C-2": "active"})  # in decline
    first, second = persona("Tea lovers", "C-2"), persona("Collectors", "C-2")
    code = letter()
    say(code, "To a collector", persona=second)
    say(code, "To a tea lover", persona=first)
    say(code, "In decline", stage="decline")
    publish(code)
    assert body(code, "C-2") == "To a tea lover"


def test_a_persona_is_a_segment_that_there_is(letter, say):
    code = letter()
    for wrong in ("999999", "tea", "-1"):
        with pytest.raises(ContentError):
            say(code, "Hello", persona=wrong)


def test_the_choice_is_explained_in_words(letter, say, persona, own):
    own("C-2", language="en")
    own("C-3", language="en")
    tea, cups = persona("Tea lovers", "C-2"), persona("Cups")
    code = letter()
    say(code, "Hello, tea lover", persona=tea)
    say(code, "Hello, cup lover", persona=cups)
    texts = queries.draft(code).texts
    mine, usual = (queries.explain(texts, one) for one in ("C-2", "C-3"))
    assert labels.why(mine) == [
        "It is for them: Persona: a segment: Tea lovers.",
        "For somebody else by “Persona: a segment”: 1.",
        "Would do as well, but say less of them: 1.",
    ]
    assert labels.why(usual) == ["It is for everybody.", "For somebody else by “Persona: a segment”: 2."]
    assert queries.explain(texts, "nobody") is None


def test_the_page_offers_segments_and_the_preview_says_who_gets_what(
    letter, persona, own, people, monkeypatch, settings
):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOW)
    own("C-2", language="en")
    tea = persona("Tea lovers", "C-2")
    code = letter()
    ada = Client()
    ada.force_login(people.ada)
    assert "Tea lovers" in ada.get(f"/content/t/{code}/").content.decode()
    made = ada.post(f"/content/t/{code}/texts/", {"language": "en", "persona": tea})
    assert made.status_code == 302
    shown = ada.get(made["Location"], {"customer": "C-2"}).content.decode()
    assert "This customer gets the text:" in shown
    assert "Tea lovers" in shown


def test_nobody_writes_for_a_private_segment_of_somebody_else_or_one_in_the_archive(letter, own, people):
    code = letter()
    hidden = segments.save(name="Secret", definition=CITY, author_id=people.kai.pk, actor="kai").segment_id
    old = segments.save(name="Old", definition=CITY, shared="all", author_id=None, actor="ada").segment_id
    segments.archive(segment_id=old, actor="ada")
    ada = Client()
    ada.force_login(people.ada)
    page = ada.get(f"/content/t/{code}/").content.decode()
    assert ("Secret" in page, ">Old<" in page) == (False, False)
    for number in (hidden, old):
        assert ada.post(f"/content/t/{code}/texts/", {"language": "en", "persona": number}).status_code == 422
