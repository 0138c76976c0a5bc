"""Codes: readable, and wrong ones are noticed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.coupons import core
from keepwell.outreach.coupons.contracts import Kind, Terms

BODY = st.text(core.ALPHABET, min_size=core.RANDOM_LENGTH, max_size=core.RANDOM_LENGTH)


@given(BODY, st.integers(0, core.LENGTH - 1), st.sampled_from(core.ALPHABET))
def test_one_wrong_character_is_always_noticed(body, place, other):
    code = body + core.check_character(body)
    assert core.is_whole(code)
    wrong = code[:place] + other + code[place + 1 :]
    assert core.is_whole(wrong) is (wrong == code)


@given(BODY, st.integers(0, core.LENGTH - 1), st.integers(0, core.LENGTH - 1))
def test_two_that_changed_places_are_always_noticed(body, one, two):
    code = list(body + core.check_character(body))
    swapped = code.copy()
    swapped[one], swapped[two] = swapped[two], swapped[one]
    assert core.is_whole("".join(swapped)) is (swapped == code)


def test_a_code_has_no_character_that_is_mistaken_for_another():
    assert not set("01OIL") & set(core.ALPHABET)
    found = {core.new_code() for _place in range(200)}
    assert len(found) == 200
    assert all(core.is_whole(core.read(one)) and len(one) == 14 for one in found)


@given(BODY, st.sampled_from(["{}", " {} ", "{}\n"]), st.booleans())
def test_a_code_is_found_however_it_is_typed(body, frame, small):
    code = core.grouped(body + core.check_character(body))
    typed = frame.format(code.replace("-", " ")) if small else frame.format(code)
    assert core.read(typed.lower() if small else typed) == code.replace("-", "")


@pytest.mark.parametrize(
    ("terms", "order", "away"),
    [
        (Terms(Kind.PERCENT, Decimal("0.15")), Decimal(200), Decimal(30)),
        (Terms(Kind.PERCENT, Decimal("0.15")), None, None),
        (Terms(Kind.AMOUNT, Decimal(20), "CNY"), Decimal(200), Decimal(20)),
        (Terms(Kind.AMOUNT, Decimal(20), "CNY"), Decimal(12), Decimal(12)),
        (Terms(Kind.GIFT, Decimal(8), "CNY", "a cup"), Decimal(200), Decimal(8)),
    ],
)
def test_what_a_coupon_gives_away(terms, order, away):
    assert core.given_away(terms, order) == away


def test_a_coupon_holds_to_the_end_of_the_day_that_its_text_names():
    now = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # the 23rd in Shanghai
    ends = core.until(Terms(Kind.PERCENT, Decimal("0.1"), days=7), now=now, zone=ZoneInfo("Asia/Shanghai"))
    assert ends == datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "de", "fr", "es", "ja", "pt-br"])
def test_an_offer_is_told_in_the_readers_language(language):
    share = core.values(
        Terms(Kind.PERCENT, Decimal("0.15"), "CNY", minimum_order=Decimal(100)),
        code="X", ends=date(2026, 12, 6), language=language,
    )  # fmt: skip
    assert "15" in str(share["offer.words"])
    assert share["offer.minimum"] == "¥100"
    assert "offer.amount" not in share
    gift = core.values(
        Terms(Kind.GIFT, Decimal(8), "CNY", "Tasse"), code="X", ends=date(2026, 12, 6), language=language
    )
    assert "Tasse" in str(gift["offer.words"])
    assert "offer.percent" not in gift
