"""The pace changes the form: short texts are chosen, another channel goes first."""

from __future__ import annotations

import pytest

from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys.core.graph import Message
from keepwell.outreach.journeys.services.living import channels
from keepwell.outreach.pacing.models import PaceRow
from keepwell.outreach.policy.services import set_rules
from tests.outreach.journeys.conftest import NOW, people  # noqa: F401

pytestmark = pytest.mark.django_db
BEST = Message("best", (("email", "a"), ("sms", "b")), "marketing", "end")


def keep(customer_id, **values):
    PaceRow.objects.create(customer_id=customer_id, made_at=NOW, why="silence", **values)


def test_who_opens_and_does_nothing_gets_the_brief_text(people):  # noqa: F811
    ann, bo = people(2)
    keep(ann, level="normal", form="short")
    assert content.readers([ann])[ann].tones == ()
    set_rules(values={"adapt_pace": True}, actor="ada", now=NOW)
    found = content.readers([ann, bo])
    assert (found[ann].tones, found[bo].tones) == (("brief",), ())


def test_who_answers_elsewhere_is_written_to_there(people):  # noqa: F811
    ann, bo = people(2, agreed=("sms", "email"))
    keep(ann, level="slower", form="other", channel="sms")
    assert channels(BEST, [ann, bo], now=NOW) == {ann: "email", bo: "email"}
    set_rules(values={"adapt_pace": True}, actor="ada", now=NOW)
    assert channels(BEST, [ann, bo], now=NOW) == {ann: "sms", bo: "email"}
