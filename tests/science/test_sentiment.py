"""How customers feel by what they write: the lexicon, what is learnt beside it, and both on real reviews."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from keepwell.science.metrics import auc
from keepwell.science.sentiment import SentimentModel
from keepwell.science.text import SentimentModel as Public
from tests.science.sentences import CHINESE, ENGLISH

LEXICON = SentimentModel.load()


def rightly(sentences):
    """The share of sentences whose feeling is told; one of which nothing is known is not told."""
    return np.mean([LEXICON.read(text).polarity * (2 * label - 1) > 0 for text, label in sentences])


def test_most_english_sentences_are_told_by_the_lexicon_alone():
    assert rightly(ENGLISH) >= 0.85


def test_most_chinese_sentences_are_told_in_both_scripts():
    assert rightly(CHINESE) >= 0.9


def test_the_words_that_say_so_are_named():
    assert LEXICON.read("送得很快，可是客服不太热情").words == ("不太热情",)
    assert LEXICON.read("Delivery was late and nobody answers").words == ("late", "nobody answers")


@pytest.mark.parametrize("text", ["", "什么时候发货？", "When does my order arrive?", "12345", "\x00 😀"])
def test_what_says_nothing_is_neither_good_nor_bad(text):
    found = LEXICON.read(text)
    assert (found.polarity, found.confidence, found.words) == (0.0, 0.5, ())


@pytest.mark.parametrize(
    ("plain", "turned"), [("满意", "不满意"), ("good", "not good"), ("推荐", "不是很推荐")]
)
def test_a_negation_turns_a_word_round_and_is_milder_than_its_opposite(plain, turned):
    assert LEXICON.read(plain).polarity > 0 > LEXICON.read(turned).polarity


def test_a_negation_of_something_bad_is_good():
    assert LEXICON.read("一点都不差").polarity > 0
    assert LEXICON.read("never disappointed").polarity > 0


def test_what_follows_but_counts_for_more():
    assert (
        LEXICON.read("tasty but cold and stale").polarity < LEXICON.read("cold and stale but tasty").polarity
    )


def test_simplified_and_traditional_and_full_width_words_say_the_same():
    same = ["服务很差，东西坏了", "服務很差，東西壞了"]
    assert LEXICON.read(same[0]).polarity == LEXICON.read(same[1]).polarity
    assert LEXICON.read("ＧＯＯＤ").polarity == LEXICON.read("good").polarity


def test_the_name_that_notebooks_use_is_the_same_model():
    chances = Public.load().predict_proba([text for text, _label in CHINESE])
    assert chances.shape == (len(CHINESE),)
    assert np.all((chances > 0) & (chances < 1))


def known():
    """Words of a trade of its own, which no list knows."""
    good = [f"plork delivery number{place} zimba" for place in range(30)]
    bad = [f"grunf delivery number{place} tossel" for place in range(30)]
    return good + bad, [1] * 30 + [0] * 30


def test_what_is_learnt_tells_words_that_the_lexicon_does_not_know():
    texts, content = known()
    model = SentimentModel().fit(texts, content)
    assert LEXICON.read("plork zimba").polarity == 0
    assert model.read("plork zimba").polarity > 0.2
    assert model.read("grunf tossel").polarity < -0.2
    assert "zimba" in model.read("plork zimba").words
    # What the lexicon knows stays known.
    assert model.read("这个太差了，再也不买").polarity < -0.5


def test_a_learnt_model_comes_back_from_its_bytes():
    texts, content = known()
    model = SentimentModel().fit(texts, content)
    again = SentimentModel.load(model.dump())
    np.testing.assert_allclose(again.predict_proba(texts), model.predict_proba(texts), atol=0.01)


@pytest.mark.parametrize(("good", "bad"), [(200, 25), (25, 200)])
def test_what_says_nothing_stays_in_the_middle_whatever_was_marked_more_often(good, bad):
    texts = [f"the parcel came, plork number{place}" for place in range(good)]
    texts += [f"the parcel came, grunf number{place}" for place in range(bad)]
    model = SentimentModel().fit(texts, [1] * good + [0] * bad)
    assert model.read("请问几点开门").polarity == 0
    assert abs(model.read("the parcel came").polarity) < 0.25
    assert model.read("plork").polarity > 0 > model.read("grunf").polarity


def test_the_hotline_of_complaints_is_heard_among_chinese_words():
    assert LEXICON.read("我要打12315").polarity < -0.5
    assert LEXICON.read("订单号是315").polarity == 0


def test_the_same_texts_teach_the_same():
    texts, content = known()
    assert SentimentModel().fit(texts, content).dump() == SentimentModel().fit(texts, content).dump()


def test_what_cannot_be_learnt_from_is_refused():
    texts, content = known()
    with pytest.raises(ValueError, match="one length"):
        SentimentModel().fit(texts, content[1:])
    with pytest.raises(ValueError, match="0 or 1"):
        SentimentModel().fit(texts, [2] * 60)
    with pytest.raises(ValueError, match="at least"):
        SentimentModel().fit(texts[:35], content[:35])
    with pytest.raises(ValueError, match="not a model"):
        SentimentModel.load(b"words")
    with pytest.raises(ValueError, match="fit"):
        SentimentModel().dump()


@pytest.mark.parametrize(("name", "least"), [("online_shopping_10_cats.csv", 0.93), ("waimai_10k.csv", 0.9)])
def test_real_reviews_are_told_apart_by_the_lexicon_alone(test_data, name, least):
    with open(test_data / "zh_reviews" / name, encoding="utf-8-sig", newline="") as file:
        rows = list({row["review"].strip(): int(row["label"]) for row in csv.DictReader(file)}.items())
    rows = [row for row in rows if row[0]][::10]
    chances = LEXICON.predict_proba([text for text, _label in rows])
    assert auc([label for _text, label in rows], chances) > least
