"""What customers write finds the answer that it asks for, in scripts with and without blanks."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach import quoting
from keepwell.outreach.firstreply import core, matching, texts
from keepwell.outreach.firstreply.matching import Matcher, Phrases

CODES = list(texts.SEEDS)
THRESHOLD = 0.55


@pytest.fixture(scope="module")
def matcher():
    return Matcher(
        [
            Phrases(place, tuple(word for words in seed.words.values() for word in words))
            for place, seed in enumerate(texts.SEEDS.values())
        ]
    )


ASKED = [
    ("你们几点开门？", "opening_hours"),
    ("请问周末营业吗", "opening_hours"),
    ("您好，我的快递到哪里了", "delivery_status"),
    ("怎么还没发货啊，都三天了", "delivery_status"),
    ("包裹什麼時候到貨？", "delivery_status"),
    ("买的鞋子想换个尺码", "return"),
    ("可以退货吗", "return"),
    ("我要退換貨", "return"),
    ("麻烦给我开一下电子发票", "invoice"),
    ("發票可以打統編嗎", "invoice"),
    ("我的积分什么时候过期", "points"),
    ("點數怎麼兌換", "points"),
    ("Hi, where is my order??", "delivery_status"),
    ("My parcel has not arrived yet", "delivery_status"),
    ("WHEN DO YOU OPEN tomorrow", "opening_hours"),
    ("how do i return an item I bought", "return"),
    ("I need an invoice please", "invoice"),
    ("How many points do I have", "points"),
    ("wheres the trcking number", "delivery_status"),
]
OTHERS = [
    "这款茶壶还有蓝色的吗",
    "你们招聘吗",
    "想和你们谈合作",
    "推荐一款送长辈的茶",
    "這款有優惠嗎",
    "Do you have this teapot in blue?",
    "Which tea would you recommend for my mother",
    "The lid was broken and I cut my finger on it",
    "我在店里丢了一把雨伞",
    "12345",
    "",
]


@pytest.mark.parametrize(("message", "code"), ASKED)
def test_a_message_finds_its_answer(matcher, message, code):
    found = matcher.best(message)
    assert found is not None
    assert CODES[found.key] == code
    assert found.score >= THRESHOLD


@pytest.mark.parametrize("message", OTHERS)
def test_what_no_answer_speaks_of_finds_none(matcher, message):
    found = matcher.best(message)
    assert found is None or found.score < THRESHOLD


def test_a_long_story_beside_a_word_counts_for_less(matcher):
    short = matcher.best("开发票")
    long = matcher.best(
        "开发票" + "那天店员态度非常差让我等了很久后来经理出来道歉但是没有任何解释我觉得很难过" * 3
    )
    assert long is None or long.score < short.score / 2


@given(st.text(max_size=200))
def test_any_text_at_all_gives_a_score_between_0_and_1(text):
    found = Matcher([Phrases(1, ("发票", "invoice")), Phrases(2, ("退货", "return"))]).best(text)
    assert found is None or 0 < found.score <= 1


def test_without_answers_nothing_is_found():
    assert Matcher([]).best("发票") is None
    assert Matcher([Phrases(1, ()), Phrases(2, ("的",))]).best("的") is None


def test_words_of_too_few_customers_are_not_told():
    said = [
        ("A", "有蓝色茶壶吗"),
        ("B", "蓝色茶壶多少钱"),
        ("C", "想要蓝色茶壶"),
        ("A", "我叫王小明"),
        ("A", "王小明"),
    ]
    found = matching.frequent(said, least=3, most=10)
    assert found == [("蓝色茶壶", 3, 3)]


def test_numbers_are_never_candidates():
    assert matching.frequent([(one, "order 4711 13800138000") for one in "ABC"], least=3, most=5) == [
        ("order", 3, 3)
    ]


def test_the_examples_in_the_code_are_true():
    for module in (core, matching, quoting):
        assert doctest.testmod(module).failed == 0
