"""What the checks find, and what they leave alone."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.content.contracts import ContentType, Kind, Severity
from keepwell.outreach.content.core import blocks, checks, days, links

TODAY = date(2026, 11, 22)  # a Sunday


def about(kind=Kind.EMAIL, purpose="marketing", language="en"):
    return checks.Subject(kind, purpose, ContentType.CARE, language, TODAY)


def found(source, **which):
    return {one.code: one.figures for one in checks.check_text(source, "body", about(**which))}


def body(source, **which):
    return {one.code: one.figures for one in checks.check_body(source, about(**which))}


@pytest.mark.parametrize(
    ("text", "language", "word", "plain"),
    [
        ("Please reply ASAP.", "en", "ASAP", "as soon as possible; better: by which day"),
        ("Let us touch base on Monday", "en", "touch base", "talk briefly"),
        ("We keep this w/o cost", "en", "w/o", "without"),
        ("这款茶真是yyds", "zh-hans", "yyds", "非常出色"),
        ("亲，您的礼物到了", "zh-hans", "亲，", "您好，"),
        ("請於 EOD 前回覆", "zh-hant", "EOD", "by the end of the day, with the hour and time zone"),
    ],
)
def test_slang_and_abbreviations_come_with_plain_words(text, language, word, plain):
    assert found(text, language=language)["jargon"] == {"word": word, "plain": plain}


@pytest.mark.parametrize(
    "text",
    [
        "Neptune",
        "the Greek letter eta",
        "Your order is on its way",
        "He pinged steel",
        "亲戚来访",
        "mother-in-law",
    ],
)
def test_words_that_only_look_like_slang_are_left_alone(text):
    assert "jargon" not in found(text, language="zh-hans" if "亲" in text else "en")


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://keepwell-tea.com", "link_not_https"),
        ("https://example.com/a", "link_placeholder"),
        ("https://shop.example/a", "link_placeholder"),
        ("https://www.your-shop.com", "link_placeholder"),
        ("https://localhost:8000/", "link_placeholder"),
        ("https://bit.ly/3x", "link_shortened"),
        ("https://10.0.0.1/a", "link_number"),
        ("https://", "link_malformed"),
        ("https://-bad-.com", "link_malformed"),
        ("https://tea.com:99999/", "link_malformed"),
        ("https://{{ customer.city | default: 'x' }}.com/", "link_variable_host"),
        ("javascript:alert(1)", "link_not_https"),
    ],
)
def test_links_that_are_wrong(link, code):
    assert code in found(f"See {link} now")


@pytest.mark.parametrize(
    "link",
    [
        "https://keepwell-tea.com/a?b=1&c=2#d",
        "https://茶.中国/春",
        "https://keepwell-tea.com/?c={{ today | date: 'year' }}",
        "{{ company.website }}",
        "https://www.tea.co.uk.",
    ],
)
def test_links_that_are_right(link):
    assert not [code for code in found(f"See {link} now") if code.startswith("link")]


@given(st.text(max_size=80))
def test_any_link_is_judged_without_breaking(text):
    for start in ("https://", "http://", ""):
        list(links.check(start + text, "body"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("until 21 November 2026", "date_past"),
        ("2025年10月1日", "date_past"),
        ("on Monday, 22 November 2026", "weekday_wrong"),
        ("on 22 November 2026 (Monday)", "weekday_wrong"),
        ("2026年11月22日（星期一）", "weekday_wrong"),
        ("周一2026-11-22", "weekday_wrong"),
        ("30 February 2027", "date_impossible"),
        ("2027年2月30日", "date_impossible"),
        ("from 5 December 2026 to 1 December 2026", "period_reversed"),
        ("2026年12月5日至2026年12月1日", "period_reversed"),
    ],
)
def test_days_that_are_wrong(text, code):
    assert code in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sunday, 22 November 2026",
        "on 22 November 2026 (Sunday)",
        "2026年11月22日（星期日）",
        "2026年11月22日（周日）",
        "Nov 22, 2026",
        "from 1 December 2026 to 5 December 2026",
        "2026-12-01至2026-12-05",
        "call 2026-1100-22",
    ],
)
def test_days_that_are_right(text):
    assert not set(found(text)) & {"date_past", "weekday_wrong", "date_impossible", "period_reversed"}


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)), st.sampled_from(["en", "zh-hans"]))
def test_a_day_with_its_own_weekday_is_never_wrong(day, language):
    from keepwell.outreach.content.core.dates import written

    text = f"{written(day, 'long', language)} ({written(day, 'weekday', language)})"
    named = days.named(text)
    assert [(one.on, one.weekday) for one in named] == [(day, day.weekday())]
    assert not list(days.check(text, "body", day))


def test_impossible_discounts():
    assert found("120% off")["discount_impossible"] == {"discount": "120% off"}
    assert "discount_impossible" in found("全场12.5折", language="zh-hans")
    for fine in ("30% off", "8折", "95折", "8.8折", "打折", "满300减50"):
        assert "discount_impossible" not in found(fine, language="zh-hans")


def test_a_service_message_does_not_advertise():
    assert found("Your parcel comes. 20% off now", purpose="service")["promotion_in_service"] == {
        "word": "20% off"
    }
    assert "promotion_in_service" not in found("20% off now")


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("", "subject_missing"),
        ("LAST CHANCE TODAY", "subject_capitals"),
        ("Come now!!!", "subject_marks"),
        ("Act now and come", "subject_spam"),
        ("x" * 61, "subject_long"),
        ("限时抢购", "subject_spam"),
    ],
)
def test_subjects_that_look_unwanted(subject, code):
    assert code in [one.code for one in checks.check_subject(subject, about())]


def test_a_plain_subject_is_fine():
    assert not list(checks.check_subject("Happy birthday from {{ company.name }}", about()))


def test_one_clear_point_in_a_text_message():
    several = "Buy now! Call us. Visit the shop. https://tea.com/a https://tea.com/b Reply STOP to end"
    assert {"several_links", "several_calls"} <= set(body(several, kind=Kind.SMS))
    one = "Your tea is ready: order at https://tea.com/a Reply STOP to end"
    assert not {"several_links", "several_calls"} & set(body(one, kind=Kind.SMS))
    assert "several_calls" in body("点击领取。扫码关注。拒收请回复R", kind=Kind.SMS, language="zh-hans")


def test_length_and_end_of_a_text_message():
    assert body("短" * 71 + "拒收请回复R", kind=Kind.SMS, language="zh-hans")["sms_segments"] == {
        "segments": 2
    }
    assert "sms_too_long" in body("长" * 501, kind=Kind.SMS, language="zh-hans")
    assert "sms_no_opt_out" in body("Hello", kind=Kind.SMS)
    assert "sms_no_opt_out" not in body("Hello", kind=Kind.SMS, purpose="service")
    assert body("It’s here", kind=Kind.SMS, purpose="service")["sms_odd_characters"] == {"characters": "’"}


def test_templates_that_would_fail_for_somebody():
    assert found("{{ customer.nmae }}")["unknown_variable"] == {"variable": "customer.nmae"}
    assert found("{{ customer.name }}")["no_fallback"] == {"variable": "customer.name"}
    assert "no_fallback" not in found("{{ customer.name | default: 'you' }}")
    hidden = "{% if customer.orders > 99 %}{{ customer.nmae }}{% endif %}"
    assert "unknown_variable" in found(hidden)


def email(*given, purpose="marketing", has_address=True):
    document = blocks.clean(list(given))
    judged = blocks.check(document, about(purpose=purpose), cases=frozenset({"tea"}), has_address=has_address)
    return {(one.code, one.where) for one in judged if one.severity is not Severity.INFO}


TEXT = {"type": "text", "text": "Hello"}
FOOTER = {"type": "footer"}


def test_an_email_needs_words_footer_and_descriptions():
    assert email(TEXT, FOOTER) == set()
    assert ("footer_missing", "blocks") in email(TEXT)
    assert email(TEXT, purpose="service") == set()
    assert ("address_missing", "brand") in email(TEXT, FOOTER, has_address=False)
    assert ("footer_not_last", "blocks") in email(FOOTER, TEXT)
    picture = {"type": "image", "url": "https://tea.com/a.png", "alt": ""}
    assert {("alt_missing", "blocks.0.alt"), ("only_pictures", "blocks")} <= email(picture, FOOTER)
    assert ("empty", "blocks") in email(FOOTER)
    assert ("no_such_case", "blocks.1.code") in email(TEXT, {"type": "case", "code": "none"}, FOOTER)
    assert ("field_missing", "blocks.1.url") in email(TEXT, {"type": "button", "label": "Go"}, FOOTER)
