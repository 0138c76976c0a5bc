"""The block Coupon and the values of an offer: what they show, and where they may not stand."""

from __future__ import annotations

from datetime import date

import pytest

from keepwell.outreach.content.contracts import ContentError, ContentType, Kind
from keepwell.outreach.content.core import blocks, checks
from keepwell.outreach.content.core.email import compile_email
from keepwell.outreach.content.core.variables import examples, nested
from keepwell.outreach.content.services import Prepared

DOCUMENT = blocks.clean([{"type": "coupon", "text": "**For you**"}, {"type": "footer"}])
TODAY = date(2026, 11, 23)


def about(purpose="marketing", content_type=ContentType.OFFER, kind=Kind.EMAIL):
    return checks.Subject(kind, purpose, content_type, "en", TODAY)


def found(document, subject):
    return {one.code for one in blocks.check(document, subject, cases=frozenset(), has_address=True)}


@pytest.mark.parametrize(
    ("language", "ends", "least"),
    [
        ("en", "valid until 6 December 2026", "orders from ¥100"),
        ("zh-hans", "有效期至 2026年12月6日", "满 ¥100 可用"),
        ("zh-hant", "有效期至 2026年12月6日", "滿 ¥100 可用"),
        ("de", "gültig bis", "¥100"),
    ],
)
def test_it_shows_code_end_and_least_order_in_both_parts(language, ends, least):
    made = compile_email(DOCUMENT, brand={}, language=language, title="x")
    values = {**examples(complete=True), "company.website": "https://www.keepwell-tea.com"}
    filled = Prepared(language, "x", made.html, made.text).fill(values)
    for part in (filled.html, filled.text):
        for words in ("15% off", "K7QM-X4RT-9PWC", ends, least):
            assert words in part
    without = {name: value for name, value in values.items() if name != "offer.minimum"}
    assert "¥100" not in Prepared(language, "x", made.html, made.text).fill(without).html


def test_without_a_code_there_are_no_words():
    made = compile_email(DOCUMENT, brand={}, language="en", title="x")
    values = {name: value for name, value in examples(complete=True).items() if name != "coupon.code"}
    with pytest.raises(ContentError, match="missing_value"):
        Prepared("en", "x", made.html, made.text).fill(values)
    assert nested(values)["coupon"] == {}


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (about(), None),
        (about("service", ContentType.SERVICE_NOTICE), "coupon_in_service"),
        (about(content_type=ContentType.CARE), "promotion_in_care"),
    ],
)
def test_service_and_care_carry_no_coupon(subject, code):
    wrong = {"coupon_in_service", "promotion_in_care"}
    assert found(DOCUMENT, subject) & wrong == ({code} if code else set())
    said = checks.check_text("Take {{ coupon.code }} until {{ offer.until }}", "body", subject)
    assert {one.code for one in said} & wrong == ({code} if code else set())
