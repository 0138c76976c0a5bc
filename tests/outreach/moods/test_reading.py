"""What customers write is read once, kept sealed, told as figures, and corrected by colleagues."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.db import connection

from keepwell.customers.identity import queries as identity
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history import services as history
from keepwell.insight.segments import queries as segments
from keepwell.outreach.moods import following, services
from keepwell.outreach.moods.contracts import Feeling, MoodError, NoReadingError
from keepwell.outreach.moods.models import LearntModel, Reading
from keepwell.outreach.moods.queries import readings
from keepwell.outreach.moods.services import reading
from keepwell.outreach.questions import services as questions
from keepwell.outreach.questions.contracts import Inbound
from tests.outreach.conftest import NOW

ANGRY = "Still no parcel, this is ridiculous and your service is terrible"


def facts(customer_id="C-1"):
    """What the history holds of feelings."""
    history.flush()
    lines = identity.timeline(customer_id, limit=50, tables=["interactions"])
    return [one.data for one in lines if one.data["type"] == "mood"]


def test_a_message_is_read_once_whether_rules_are_on_or_not(hear):
    hear(ANGRY)
    hear(ANGRY)  # the provider tells it again
    (found,) = readings.of_customer("C-1")
    assert (found.feeling, found.model, found.origin) == (Feeling.NEGATIVE, "lexicon-1", "message")
    assert "terrible" in found.words
    (told,) = facts()
    assert (told["subject"], told["value"], told.get("channel")) == ("negative", found.polarity, None)


def test_neither_the_text_nor_its_words_lie_open(hear):
    hear(ANGRY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, words FROM moods_reading")
        kept = str(cursor.fetchone())
    assert "terrible" not in kept
    assert "parcel" not in kept
    said = orjson.dumps(facts(), default=str).decode()
    assert "terrible" not in said
    assert "parcel" not in said


def test_a_changed_answer_is_read_anew_and_loses_its_correction(ann):
    def answer(text):
        one = Inbound("survey-1", "survey", ann, NOW, "email", "", text, 2.0)
        questions.receive(inbound=[one], now=NOW)
        return Reading.objects.get()

    row = answer("It was good")
    services.correct(reading_id=row.pk, feeling="negative", actor="lin", now=NOW)
    again = answer("It was terrible, never again")
    assert (again.pk, again.feeling, again.corrected, again.score) == (row.pk, "negative", "", 2.0)
    assert [one["subject"] for one in facts()] == ["negative"]


@pytest.mark.parametrize("text", ["", "5", "  ", "!!!"])
def test_what_has_no_words_is_passed_over(ann, text):
    questions.receive(inbound=[Inbound("a", "survey", ann, NOW, "", "", text)], now=NOW)
    questions.receive(inbound=[Inbound("b", "survey", "nobody", NOW, "", "", "good")], now=NOW)
    assert not Reading.objects.exists()


def test_a_feeling_that_another_system_told_is_kept_and_its_answer_stays_as_it_was(ann):
    fact = {"answer_id": "A1", "customer_id": ann, "at": NOW, "metric": "other", "sentiment": -0.8}
    history.record(table="answers", fact=fact, source="crm")
    history.flush()
    (found,) = readings.of_customer(ann)
    assert (found.feeling, found.model, found.polarity, found.text) == (Feeling.NEGATIVE, "given", -0.8, "")
    (answer,) = identity.timeline(ann, limit=9, tables=["answers"])
    assert answer.data["sentiment"] == -0.8
    assert [one["subject"] for one in facts()] == ["negative"]


def test_a_correction_stands_beside_what_was_read_and_can_be_taken_back(hear):
    hear("Great, broken again")
    row = Reading.objects.get()
    services.correct(reading_id=row.pk, feeling="negative", actor="lin", now=NOW)
    found = readings.get(row.pk)
    assert (found.feeling, found.corrected_by) == (Feeling.NEGATIVE, "lin")
    assert found.read_as == row.feeling != "negative"
    assert [one["subject"] for one in facts()] == ["negative"]
    assert AuditEntry.objects.filter(action="mood.correct", actor="lin").count() == 1
    services.correct(reading_id=row.pk, feeling=row.feeling, actor="lin", now=NOW)
    assert readings.get(row.pk).corrected_by == ""
    assert [one["subject"] for one in facts()] == [row.feeling]


def test_a_correction_that_says_nothing_is_refused(hear):
    hear(ANGRY)
    with pytest.raises(MoodError):
        services.correct(reading_id=Reading.objects.get().pk, feeling="hungry", actor="lin", now=NOW)
    with pytest.raises(NoReadingError):
        services.correct(reading_id=99, feeling="negative", actor="lin", now=NOW)
    assert Reading.objects.get().corrected == ""


def test_segments_ask_for_the_feeling_in_the_newest_words(hear, own):
    own("C-2")
    hear("Thank you, lovely", key="1", at=NOW - timedelta(days=1))
    hear(ANGRY, key="2")
    unhappy = {"attribute": "last_feeling", "is": "in", "value": ["negative"]}
    assert segments.holding(unhappy, {"C-1", "C-2"}) == {"C-1"}
    happy = {"attribute": "last_feeling", "is": "in", "value": ["positive"]}
    assert segments.holding(happy, {"C-1", "C-2"}) == set()


def test_whoever_is_erased_leaves_no_feeling_and_no_weights_learnt_from_their_words(hear):
    hear(ANGRY)
    LearntModel.objects.create(
        version=1, fitted_at=NOW, weights=b"x", texts=60, corrections=1, loss_lexicon=1, loss_learnt=0.5,
        auc_lexicon=0.5, auc_learnt=0.9, is_used=False,
    )  # fmt: skip
    Reading.objects.update(corrected="neutral")
    subject = Subject(Right.ERASE, ("C-1",), "gone-1", {}, None)
    assert following.forget(subject) == {"feelings": 1}
    assert following.forget(subject) == {"feelings": 0}
    assert bytes(LearntModel.objects.get().weights) == b""


def test_readings_go_with_merged_customers_and_come_back(hear, own):
    own("C-2")
    hear(ANGRY)
    memo = following.merge("C-2", "C-1", NOW)
    assert Reading.objects.get().customer_id == "C-2"
    following.split("C-2", "C-1", memo, NOW)
    assert Reading.objects.get().customer_id == "C-1"


REPEATED = """Re: Your damaged parcel
Thank you, all is well now.

On Mon, 23 Nov 2026 at 09:00, Shop wrote:
> We are sorry that it was terrible, broken and damaged.
"""


def test_what_a_letter_repeats_of_ours_is_no_feeling_of_the_customer(ann):
    reading.read(inbound=[Inbound("mail-1", "email", ann, NOW, "email", "", REPEATED)], now=NOW, live=False)
    row = Reading.objects.get()
    assert (row.feeling, row.text) == ("positive", "Thank you, all is well now.")


def test_what_answers_a_colleagues_own_message_is_read_too(hear, people, monkeypatch):
    from keepwell.outreach.questions.services import incoming

    monkeypatch.setattr(incoming.sending, "answered_sender", lambda *_who, **_when: people.lin.pk)
    hear("terrible service, never again")
    assert Reading.objects.get().feeling == "negative"
