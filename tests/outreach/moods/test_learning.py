"""After a cycle the past is read, and the model learns from corrections and marks, or says that it cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.history import services as history
from keepwell.outreach.models import Task
from keepwell.outreach.moods import services
from keepwell.outreach.moods.models import LearntModel, Reading, Round
from keepwell.outreach.moods.queries import models, readings
from keepwell.outreach.moods.services import reading, working
from keepwell.outreach.questions.contracts import Inbound
from tests.outreach.conftest import NOW

GOOD, BAD = "the plork was zimba, number {}", "the grunf was tossel, number {}"


@pytest.fixture(autouse=True)
def forget_models():
    """Numbers of fits begin anew in each test."""
    models._opened.cache_clear()


@pytest.fixture
def marked(ann):
    """Sixty answers in words that no list knows, each with a mark; `wrong`: marks that say nothing."""

    def make(wrong=False):
        said = []
        for place in range(60):
            is_good = place % 2 == 0
            mark = 5 if (is_good if not wrong else place % 4 < 2) else 1
            text = (GOOD if is_good else BAD).format(place)
            said.append(Inbound(f"survey-{place}", "survey", ann, NOW, "", "", text, mark))
        reading.read(inbound=said, now=NOW, live=False)

    return make


def test_what_marks_teach_reads_what_comes_in_next(marked, hear):
    marked()
    assert working.learn(now=NOW) == 60
    found = models.learnt()
    assert (found.is_used, found.texts, found.corrections) == (True, 60, 0)
    assert found.auc_learnt > 0.95 > 0.6 > found.auc_lexicon
    hear("grunf! tossel!")
    (line, *_rest) = [one for one in readings.of_customer("C-1", limit=99) if one.origin == "message"]
    assert (line.feeling.value, line.model) == ("negative", "learnt-1")
    # What was read before keeps its reading and the version that read it.
    assert set(Reading.objects.filter(origin="survey").values_list("model", flat=True)) == {"lexicon-1"}


def test_a_fit_that_is_no_better_than_the_list_of_words_reads_nothing(marked):
    marked(wrong=True)
    assert working.learn(now=NOW) == 60
    assert not models.learnt().is_used
    assert models.in_use()[0] == "lexicon-1"


def test_corrections_are_learnt_from(marked, hear):
    for place in range(60):
        feeling = "positive" if place % 2 else "negative"
        hear((GOOD if place % 2 else BAD).format(place), key=str(place))
        services.correct(reading_id=Reading.objects.latest("pk").pk, feeling=feeling, actor="lin", now=NOW)
    assert working.learn(now=NOW) == 60
    assert (models.learnt().corrections, models.learnt().is_used) == (60, True)


def test_too_few_texts_teach_nothing(hear):
    hear("grunf", key="1")
    services.correct(reading_id=Reading.objects.get().pk, feeling="negative", actor="lin", now=NOW)
    assert working.learn(now=NOW) == 0
    assert not LearntModel.objects.exists()


def test_the_past_is_read_once_for_each_cycle_and_sets_nothing_going(hear, publish, monkeypatch):
    hear("terrible service", at=NOW - timedelta(days=30))
    Reading.objects.all().delete()  # as if it came before Keepwell read feelings
    assert services.work(now=NOW).read == 0  # there was no cycle
    publish({"C-1": "active"})
    assert services.work(now=NOW).read == 1
    assert services.work(now=NOW).read == 0
    assert Round.objects.count() == 1
    history.flush()
    assert not Task.objects.exists()
    assert Reading.objects.get().feeling == "negative"


def test_many_good_marks_do_not_make_every_question_a_happy_one(ann, hear):
    said = []
    for place in range(232):
        text = (GOOD if place < 200 else BAD).format(place)
        said.append(Inbound(f"survey-{place}", "survey", ann, NOW, "", "", text, 5 if place < 200 else 1))
    reading.read(inbound=said, now=NOW, live=False)
    working.learn(now=NOW)
    assert models.learnt().is_used
    hear("请问几点开门")
    assert Reading.objects.get(origin="message").feeling == "neutral"


def test_weights_of_old_fits_are_not_kept_for_ever(marked):
    marked()
    for _time in range(5):
        working.learn(now=NOW)
    kept = [bool(row.weights) for row in LearntModel.objects.order_by("version")]
    assert kept == [False, False, True, True, True]
    assert models.in_use()[0] == "learnt-5"
