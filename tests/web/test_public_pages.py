"""What customers meet who follow a link of a message: no account, no cookie, and no GET changes anything."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from keepwell.accounts.models import User
from keepwell.customers import queries as customers
from keepwell.customers import services as records
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy import services as consents
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.foundation import clock, limits
from keepwell.foundation.audit.models import AuditEntry
from keepwell.foundation.limits import Buckets
from keepwell.history import queries as history
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.services import set_brand
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Intent
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.sending.models import Message, ReceiptRow
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.vip import services as vip_services
from keepwell.outreach.vip.contracts import VipRules
from keepwell.web.public import pages

NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Mobile/15E148"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
BASE = "https://tea.example"
BRAND = {
    "company_name": "Tea House",
    "legal_address": "1 West Lake Road",
    "email": "hello@tea.example",
    "website": "https://www.keepwell-tea.com",
    "accent": "#b45309",
}
HTML = '<a href="https://shop.example/tea?a=1&amp;b=2">tea</a><a href="https://shop.example/cups">cups</a>'


@pytest.fixture
def shop(home, db, settings, monkeypatch):
    """A shop with a name and an address; nobody has asked it anything yet."""
    settings.KEEPWELL_URL = BASE
    monkeypatch.setattr(pages, "BUCKETS", Buckets())
    User.objects.create_user("ada", password="correct horse")
    set_brand(values=BRAND, based_on=0, actor="ada", now=NOW)


@pytest.fixture
def message(shop):
    """Makes a message that has gone to somebody who agreed; its name."""

    def make(customer_id="C-1", *, purpose="marketing", channel="email", **fields):
        row = CustomerRow(customer_id, **{"email": "mei@chen.example", "phone": "+8613812345678", **fields})
        records.upsert_many(rows=[row], source="crm", at=NOW, actor="ada")
        agreed = [
            ConsentRow(customer_id, channel, one, True, NOW, "counter", f"{one}/1")
            for one in ("marketing", "survey", "service")
        ]
        consents.record_consents(rows=agreed, actor="ada", live=False)
        draft = Draft(f"spring/{customer_id}", customer_id, channel, purpose, "Hi", "Hi", HTML)
        queueing.queue(drafts=[draft], actor="ada", now=NOW)
        Message.objects.filter(customer_id=customer_id).update(status="sent", finished_at=NOW)
        return queueing.message_id(draft.key)

    return make


@pytest.fixture
def anybody():
    """A browser that would be stopped by a check of forms."""
    return Client(enforce_csrf_checks=True, HTTP_USER_AGENT=PHONE)


def path(address):
    return address.removeprefix(BASE)


def wishes_path(name):
    return path(addresses.unsubscribe_url(name))


def given_consents(customer_id="C-1"):
    return {(one.channel, one.purpose): one.given for one in privacy.consents(customer_id)}


def test_the_page_asks_and_says_who_and_to_whom(message, anybody):
    answer = anybody.get(wishes_path(message()))
    text = answer.content.decode()
    assert answer.status_code == 200
    for part in ("No more offers and news by e-mail?", "m***@chen.example", "Tea House", "1 West Lake Road"):
        assert part in text
    assert "mei@chen.example" not in text
    assert "C-1" not in text
    assert given_consents()["email", "marketing"] is True


def test_nobody_is_followed_listed_or_remembered(message, anybody):
    name = message()
    for address in (
        wishes_path(name),
        f"{wishes_path(name)}/preferences",
        path(addresses.click_url(name, 1)),
    ):
        answer = anybody.get(address)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Cache-Control"] == "private, no-store"
        assert not answer.cookies
    policy_said = anybody.get(wishes_path(name))["Content-Security-Policy"]
    assert policy_said.startswith("default-src 'none'; style-src 'self' 'sha256-")
    assert "unsafe" not in policy_said
    assert "script" not in anybody.get(f"{wishes_path(name)}/preferences").content.decode()


def test_a_mail_program_unsubscribes_with_one_post(message, anybody):
    name = message()
    answer = anybody.post(wishes_path(name), ONE_CLICK)
    assert (answer.status_code, answer["Content-Language"]) == (200, "en")
    assert "You are unsubscribed" in answer.content.decode()
    assert given_consents() == {
        ("email", "marketing"): False,
        ("email", "survey"): True,
        ("email", "service"): True,
    }
    change = privacy.consent_history("C-1")[0]
    assert (change.action, change.source, change.wording, change.actor) == (
        "withdrawn",
        "one-click",
        "marketing/1",
        "customer",
    )
    entry = AuditEntry.objects.get(action="consent.withdrawn")
    assert (entry.actor, entry.object_id) == ("customer", "C-1")
    (fact,) = history.timeline("C-1", tables=["contacts"])
    assert fact.data["status"] == "unsubscribed"


def test_it_may_be_sent_as_a_form_with_parts_and_twice(message, anybody):
    name = message()
    for _again in range(2):
        answer = anybody.generic(
            "POST",
            wishes_path(name),
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            content_type="multipart/form-data; boundary=b",
        )
        assert answer.status_code == 200
    assert given_consents()["email", "marketing"] is False
    assert [one.action for one in privacy.consent_history("C-1")].count("withdrawn") == 1
    assert ReceiptRow.objects.filter(kind="unsubscribed").count() == 1


def test_the_button_does_the_same_and_there_is_a_way_back(message, anybody):
    name = message()
    answer = anybody.post(wishes_path(name), {**ONE_CLICK, "page": "1"})
    assert "I did not mean it" in answer.content.decode()
    assert "never sold" in answer.content.decode()  # what one would agree to again
    assert privacy.consent_history("C-1")[0].source == "unsubscribe page"
    assert "You are unsubscribed" in anybody.get(wishes_path(name)).content.decode()
    back = anybody.post(wishes_path(name), {"again": "1"})
    assert "Good to have you back" in back.content.decode()
    change = privacy.consent_history("C-1")[0]
    assert (change.action, change.source, change.wording) == ("given", "unsubscribe page", "marketing/1")
    assert given_consents()["email", "marketing"] is True
    anybody.post(wishes_path(name), {"again": "1"})
    assert len(privacy.consent_history("C-1")) == 3 + 2


def test_a_survey_is_ended_for_surveys_and_a_notice_for_marketing(message, anybody):
    anybody.post(wishes_path(message(purpose="survey")), ONE_CLICK)
    assert given_consents() == {
        ("email", "marketing"): True,
        ("email", "survey"): False,
        ("email", "service"): True,
    }
    anybody.post(wishes_path(message("C-2", purpose="service")), ONE_CLICK)
    assert given_consents("C-2") == {
        ("email", "marketing"): False,
        ("email", "survey"): True,
        ("email", "service"): True,
    }


def test_an_import_that_ran_ahead_of_the_clock_does_not_win(message, anybody):
    name = message()
    ahead = clock.now() + timedelta(hours=20)
    consents.record_consents(
        rows=[ConsentRow("C-1", "email", "marketing", True, ahead, "crm", "marketing/1")], actor="ada"
    )
    anybody.post(wishes_path(name), ONE_CLICK)
    assert given_consents()["email", "marketing"] is False


def test_a_post_that_says_nothing_changes_nothing(message, anybody):
    name = message()
    for form in ({}, {"List-Unsubscribe": "no"}, {"page": "1"}):
        assert anybody.post(wishes_path(name), form).status_code == 400
    assert anybody.post(f"{wishes_path(name)}/preferences", {}).status_code == 400
    assert given_consents()["email", "marketing"] is True


def test_what_is_queued_is_withheld_from_that_moment_on(message, anybody):
    name = message()
    intent = Intent("later", "C-1", "email", "marketing")
    assert policy.ask_many([intent], now=clock.now())["later"].cause != "withdrawn"
    anybody.post(wishes_path(name), ONE_CLICK)
    assert policy.ask_many([intent], now=clock.now())["later"].cause == "withdrawn"


@pytest.mark.parametrize("address", ["/u/{}", "/u/{}/preferences", "/c/{}", "/o/{}.gif"])
def test_a_link_that_was_cut_or_made_up_says_what_to_do(shop, anybody, address):
    for token in ("abc", "x" * 44, "%00", "é", "a" * 3000):
        answer = anybody.get(address.format(token))
        assert answer.status_code == 404
        assert "hello@tea.example" in answer.content.decode()
        assert not answer.cookies
    answer = anybody.post("/u/nonsense", ONE_CLICK)
    assert answer.status_code == 404


def test_tokens_are_for_one_thing_each(message, anybody):
    name = message()
    click = path(addresses.click_url(name, 1)).removeprefix("/c/")
    assert anybody.post(f"/u/{click}", ONE_CLICK).status_code == 404
    assert given_consents()["email", "marketing"] is True


def test_of_erased_people_nothing_is_told(message, anybody):
    name = message()
    Message.objects.all().delete()
    page, cut = anybody.get(wishes_path(name)), anybody.get(f"{wishes_path(name)}/preferences")
    assert {page.status_code, cut.status_code} == {410}
    assert "We no longer keep anything" in page.content.decode()
    assert "@chen" not in page.content.decode()
    # A mail program is told that all is well: nothing will come.
    assert anybody.post(wishes_path(name), ONE_CLICK).status_code == 200
    assert anybody.get(path(addresses.click_url(name, 1)))["Location"] == BRAND["website"]


def test_whose_records_were_merged_is_one_person(message, anybody):
    first, second = message("C-1"), message("C-2")
    identity.merge(kept_id="C-1", merged_id="C-2", actor="ada")
    anybody.post(wishes_path(second), ONE_CLICK)
    assert given_consents("C-1")["email", "marketing"] is False
    assert "You are unsubscribed" in anybody.get(wishes_path(first)).content.decode()


def test_preferences_show_what_reaches_the_customer(message, anybody):
    text = anybody.get(f"{wishes_path(message())}/preferences").content.decode()
    for part in ("m***@chen.example", "E-mail", "Text message", "Telephone", "+86****78"):
        assert part in text
    for part in ("13812345678", "WhatsApp"):
        assert part not in text
    assert 'value="email/marketing" checked' in text
    assert 'value="sms/marketing">' in text


def test_customers_are_told_how_soon_each_channel_answers(message, anybody):
    from keepwell.outreach.replying.services import set_standard

    address = f"{wishes_path(message())}/preferences"
    assert "How soon we answer" not in anybody.get(address).content.decode()
    said = {"actor": "ada", "now": datetime(2026, 11, 23, tzinfo=UTC)}
    set_standard(channel="email", minutes=240, is_public=True, **said)
    set_standard(channel="phone", minutes=3, is_public=False, **said)
    text = anybody.get(address).content.decode()
    assert "within 4 hours" in text
    assert "3 minutes" not in text


def test_older_people_are_shown_large_pages_that_say_what_to_do(message, anybody):
    """PER-09: by the need that is noted of them; with the number to ring where the shop tells one."""
    set_brand(values={**BRAND, "phone": "0571 8888"}, based_on=content.brand().version, actor="ada", now=NOW)
    usual, older = message(), message("C-2", email="wang@chen.example")
    records.save_trait(
        customer_id="C-2", kind="special_need", code="older", actor="ada", source="talk", at=NOW
    )
    for address in (
        wishes_path(older),
        path(addresses.preferences_url(older)),
        path(addresses.questions_url(older, 2)),
    ):
        page = anybody.get(address).content.decode()
        assert 'class="kp-guided"' in page
        assert 'Ring <a href="tel:0571 8888">' in page
    assert "kp-guided" not in anybody.get(wishes_path(usual)).content.decode()


def test_pages_are_large_from_the_age_that_the_shop_says_and_do_not_say_why(message, anybody, monkeypatch):
    """PER-09: whoever else holds the link learns nothing of the person."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    usual = message(name="Mei Chen", birth_on=date(1961, 1, 6))
    older = message("C-2", email="w@chen.example", phone="", name="Wang Li", birth_on=date(1961, 1, 5))
    assert "kp-guided" not in anybody.get(wishes_path(usual)).content.decode()
    for address in (wishes_path(older), f"{wishes_path(older)}/preferences"):
        text = anybody.get(address).content.decode()
        assert 'class="kp-guided"' in text
        for word in ("Wang", "1961", "65", "older", "years", "birthday"):
            assert word not in text
    assert "older" not in Path(finders.find("keepwell/public.css")).read_text().lower()
    vip_services.set_rules(rules=VipRules(guided_age=None), actor="ada", now=NOW)
    assert "kp-guided" not in anybody.get(wishes_path(older)).content.decode()


def test_who_is_guided_chooses_one_thing_at_a_time_and_the_rest_stays(message, anybody):
    name = message()
    address = f"{wishes_path(name)}/preferences"
    form = {"save": "1", "agreed": ["email/marketing"], "profiling": "1"}
    anybody.post(address, {**form, "language": "zh-hant", "preferred_channel": "email"})
    records.save_trait(
        customer_id="C-1", kind="special_need", code="older", actor="ada", source="talk", at=NOW
    )
    text = anybody.get(address).content.decode()
    assert "<select" not in text
    shown = {"save": "1", **dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', text))}
    before = given_consents(), customers.get("C-1").language
    anybody.post(address, {**shown, "agreed": ["email/marketing"]})
    assert (given_consents(), customers.get("C-1").language) == before
    assert shown["profiling"] == "1"
    assert customers.portrait("C-1").values["preferred_channel"] == "email"
    assert "<select" in anybody.get(f"{address}?all=1").content.decode()


def test_guidance_speaks_of_a_button_only_where_there_is_one(message, anybody):
    name = message()
    records.save_trait(
        customer_id="C-1", kind="special_need", code="older", actor="ada", source="talk", at=NOW
    )
    assert "coloured button" in anybody.get(wishes_path(name)).content.decode()
    done = anybody.post(wishes_path(name), ONE_CLICK).content.decode()
    assert "coloured button" not in done
    assert "You are done and may close this page." in done


def test_preferences_are_kept_with_their_evidence(message, anybody):
    name = message()
    address = f"{wishes_path(name)}/preferences"
    form = {
        "agreed": ["email/survey", "sms/marketing"],
        "language": "zh-hans",
        "preferred_channel": "sms",
        "save": "1",
    }
    answer = anybody.post(address, form)
    assert (answer.status_code, answer["Location"]) == (303, f"{address}?saved=1")
    said = given_consents()
    assert said == {
        ("email", "marketing"): False,
        ("email", "survey"): True,
        ("email", "service"): True,
        ("sms", "marketing"): True,
        **{(one, "profiling"): False for one in ("email", "sms", "phone")},
    }
    assert {(one.source, one.actor) for one in privacy.consent_history("C-1")[:5]} == {
        ("preference page", "customer")
    }
    assert customers.get("C-1").language == "zh-hans"
    assert customers.portrait("C-1").values["preferred_channel"] == "sms"
    again = anybody.get(f"{address}?saved=1")
    assert again["Content-Language"] == "zh-hans"
    (fact,) = history.timeline("C-1", tables=["contacts"])
    assert fact.data["status"] == "unsubscribed"
    before = len(privacy.consent_history("C-1"))
    anybody.post(address, form)
    assert len(privacy.consent_history("C-1")) == before


def test_a_page_saved_as_it_stands_changes_nothing(message, anybody):
    address = f"{wishes_path(message())}/preferences"
    before = len(privacy.consent_history("C-1"))
    form = {"agreed": ["email/marketing", "email/survey"], "profiling": "1", "language": "en", "save": "1"}
    assert anybody.post(address, form).status_code == 303
    assert len(privacy.consent_history("C-1")) == before
    assert customers.get("C-1").language == ""


def test_everything_off_leaves_service_alone(message, anybody):
    address = f"{wishes_path(message())}/preferences"
    anybody.post(address, {"nothing": "1", "agreed": ["email/marketing"]})
    said = given_consents()
    assert said.pop(("email", "service")) is True
    assert set(said.values()) == {False}
    assert {purpose for _channel, purpose in said} == {"marketing", "survey", "profiling"}


def test_who_asked_for_no_contact_at_all_is_told_that_it_counts(message, anybody):
    address = f"{wishes_path(message())}/preferences"
    assert "not to contact you at all" not in anybody.get(address).content.decode()
    consents.place_hold(customer_id="C-1", kind="stop", actor="ada", now=NOW)
    assert "not to contact you at all" in anybody.get(address).content.decode()


@pytest.mark.parametrize("form", [{"language": "xx"}, {"preferred_channel": "drum"}])
def test_what_the_page_does_not_offer_is_refused_whole(message, anybody, form):
    address = f"{wishes_path(message())}/preferences"
    assert anybody.post(address, {"save": "1", "agreed": ["sms/marketing"], **form}).status_code == 400
    assert ("sms", "marketing") not in given_consents()


def test_channels_and_purposes_that_are_not_shown_are_not_set(message, anybody):
    address = f"{wishes_path(message())}/preferences"
    anybody.post(
        address, {"save": "1", "agreed": ["whatsapp/marketing", "email/profiling", "x", "email/service"]}
    )
    assert not {("whatsapp", "marketing"), ("x", "")} & set(given_consents())


@pytest.mark.parametrize(
    ("fields", "header", "spoken"),
    [
        ({"language": "zh-hant"}, "en", "zh-hant"),
        ({"language": "zh-TW"}, "", "zh-hant"),
        ({"language": "fr"}, "zh-CN,zh;q=0.9", "zh-hans"),
        ({}, "zh-HK", "zh-hant"),
        ({"country": "CN"}, "", "zh-hans"),
        ({"country": "CN"}, "en-GB", "en"),
        ({}, "", "en"),
    ],
)
def test_the_page_speaks_the_customers_language(message, anybody, fields, header, spoken):
    name = message(**fields)
    more = {"HTTP_ACCEPT_LANGUAGE": header} if header else {}
    assert anybody.get(wishes_path(name), **more)["Content-Language"] == spoken


def test_a_click_leads_to_the_link_of_the_message_and_nowhere_else(message, anybody):
    name = message()
    answer = anybody.get(path(addresses.click_url(name, 1)) + "?next=https://evil.example")
    assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/tea?a=1&b=2")
    for link in (0, 4, 40000):
        assert anybody.get(path(addresses.click_url(name, link)))["Location"] == BRAND["website"]
    assert anybody.post(path(addresses.click_url(name, 1))).status_code == 405


def test_an_opening_is_one_point_that_nobody_keeps(message, anybody):
    answer = anybody.get(path(addresses.open_url(message())))
    assert (answer.status_code, answer["Content-Type"], len(answer.content)) == (200, "image/gif", 42)
    assert answer.content.startswith(b"GIF89a")
    assert answer["Cache-Control"] == "private, no-store"
    (fact,) = history.timeline("C-1", tables=["contacts"])
    assert fact.data["status"] == "opened"


@pytest.mark.parametrize("more", [{"HTTP_PURPOSE": "prefetch"}, {"HTTP_SEC_PURPOSE": "prefetch;prerender"}])
def test_who_looks_in_advance_is_told_apart(message, anybody, more):
    name = message()
    assert anybody.get(path(addresses.click_url(name, 1)), **more).status_code == 302
    assert anybody.head(path(addresses.click_url(name, 2))).status_code == 302
    assert set(ReceiptRow.objects.values_list("by_machine", flat=True)) == {True}


def test_who_guesses_waits_and_who_brings_good_tokens_does_not(message, anybody, monkeypatch):
    # On a slow machine the bucket would fill up again while it is being emptied.
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1_000.0, time=time.time))
    good = wishes_path(message())
    answers = [anybody.get(f"/u/guess{number}").status_code for number in range(40)]
    assert answers.count(404) == 30
    answer = anybody.get("/u/guess")
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert anybody.get(good).status_code == 200
    answers = [anybody.get(good).status_code for _again in range(70)]
    assert 429 in answers


GETS = st.lists(
    st.tuples(
        st.sampled_from(["u", "p", "c0", "c1", "c9", "o", "cut"]),
        st.sampled_from(["get", "head", "options"]),
        st.sampled_from(["", "?List-Unsubscribe=One-Click", "?again=1", "?nothing=1&save=1"]),
    ),
    max_size=8,
)


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=GETS)
def test_no_sequence_of_gets_ever_changes_a_consent(message, anybody, monkeypatch, asked):
    name = message()
    monkeypatch.setattr(pages, "BUCKETS", Buckets())
    before = (given_consents(), len(privacy.consent_history("C-1")), customers.get("C-1"))
    places = {
        "u": wishes_path(name),
        "p": f"{wishes_path(name)}/preferences",
        "c0": path(addresses.click_url(name, 0)),
        "c1": path(addresses.click_url(name, 1)),
        "c9": path(addresses.click_url(name, 9)),
        "o": path(addresses.open_url(name)),
        "cut": wishes_path(name)[:-1],
    }
    for place, method, query in asked:
        assert getattr(anybody, method)(places[place] + query).status_code < 500
    assert (given_consents(), len(privacy.consent_history("C-1")), customers.get("C-1")) == before
