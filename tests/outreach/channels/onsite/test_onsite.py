"""What a page shows to whoever comes: to its customer alone, within consent and caps, until it was enough."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import services as privacy
from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.outreach.channels.onsite import queries, services, signing
from keepwell.outreach.channels.onsite.account import origin_of
from keepwell.outreach.channels.onsite.contracts import (
    Event,
    NoSuchSiteError,
    OnsiteError,
    RefusedError,
    Visitor,
)
from keepwell.outreach.channels.onsite.models import Showing
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.core.notices import compile_notice, read_notice
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import working
from tests.outreach.channels.onsite.conftest import NOW, ORIGIN, SECRET

HALF_HOUR = timedelta(minutes=31)


def statuses(customer_id):
    return [fact.data["status"] for fact in history.timeline(customer_id, tables=["contacts"])]


def test_it_waits_until_its_customer_comes_even_at_night(site, written, wait, look):
    written(
        title="Hello {{ customer.name | default: 'you' }}",
        label="See",
        url="https://www.keepwell-tea.com/new",
    )
    name = wait("C1")
    assert working.work(now=lambda: NOW).sent == 0
    assert sending.message(name).status is Status.WAITING
    assert look("C2") is None
    seen = look("C1")
    assert (seen.form, seen.title, seen.label, seen.url) == (
        "banner",
        "Hello Mei <Chen>",
        "See",
        "https://www.keepwell-tea.com/new",
    )
    assert sending.message(name).status is Status.SENT
    assert statuses("C1") == ["sent"]


def test_what_was_seen_and_pressed_is_told_once_for_each_visit(site, written, wait, look):
    written()
    name = wait("C1")
    token = look("C1").token
    for event in (Event.VIEW, Event.VIEW, Event.CLICK):
        assert services.note(token=token, event=event, now=NOW)
    assert sending.became([name])[name] == {"sent", "delivered", "opened", "clicked"}
    assert sending.message(name).standing == "clicked"
    assert statuses("C1")[0] == "clicked"
    assert Message.objects.get().receipts.count() == 3
    assert look("C1", now=NOW + HALF_HOUR) is None  # pressed: it has said what it had to say
    assert queries.shown("web") == {"shown": 1, "clicked": 1, "closed": 0}


def test_what_was_closed_stays_closed_and_the_next_one_comes(site, written, wait, look):
    written("first")
    written("second", purpose="service")
    wait("C1", "first", priority=60)
    wait("C1", "second", purpose="service", priority=40)
    first = look("C1")
    assert look("C1").token == first.token  # the same page again
    services.note(token=first.token, event=Event.CLOSE, now=NOW)
    assert Showing.objects.get().closed_at == NOW
    assert sending.message(Message.objects.get(content="first").message_id).standing == "sent"
    second = look("C1")
    assert second.token != first.token
    services.note(token=second.token, event=Event.CLOSE, now=NOW)
    assert look("C1") is None


def test_a_banner_comes_on_so_many_visits_and_no_more(site, written, wait, look):
    written()
    wait("C1")
    at = NOW
    for visit in (1, 2):
        assert signing.read(look("C1", now=at).token).visit == visit
        assert look("C1", now=at + timedelta(minutes=20)) is not None
        at += timedelta(minutes=20) + HALF_HOUR
    assert look("C1", now=at) is None


def test_a_popup_comes_once_on_a_visit(site, written, wait, look):
    written(kind="popup")
    wait("C1")
    assert look("C1").form == "popup"
    assert look("C1", now=NOW + timedelta(minutes=1)) is None
    assert look("C1", now=NOW + HALF_HOUR).form == "popup"


def test_nobody_sees_what_they_did_not_agree_to(site, written, wait, look):
    written()
    name = wait("C1")
    privacy.set_consent(
        customer_id="C1", channel="web", purpose="marketing", given=False, source="till", actor="ada"
    )
    assert look("C1") is None
    assert (sending.message(name).status, sending.message(name).reason) == (Status.WITHHELD, "withdrawn")
    assert statuses("C1") == ["withheld"]


def test_what_was_shown_goes_over_with_its_customer_and_comes_back(site, written, wait, look):
    written()
    wait("C2")
    look("C2")
    merge = identity.merge(kept_id="C1", merged_id="C2", actor="ada")
    assert Showing.objects.get().customer_id == "C1"
    identity.split(merge_id=merge.merge_id, actor="ada")
    assert Showing.objects.get().customer_id == "C2"


def test_a_no_ends_what_was_shown_before_and_the_fact_stays(site, written, wait, look):
    written()
    wait("C1")
    look("C1")
    privacy.set_consent(
        customer_id="C1", channel="web", purpose="marketing", given=False, source="till", actor="ada"
    )
    assert look("C1", now=clock.now()) is None
    assert statuses("C1") == ["sent"]


def test_the_caps_of_all_channels_bind_here_too_and_it_comes_another_day(site, written, wait, look):
    written("first")
    written("second")
    wait("C1", "first", priority=60)
    wait("C1", "second")
    shown = look("C1")
    services.note(token=shown.token, event=Event.CLOSE, now=NOW)
    assert look("C1") is None  # one piece of marketing a day
    row = Message.objects.get(content="second")
    assert (row.status, row.reason) == (Status.WAITING, "too_often")
    assert look("C1", now=NOW + timedelta(days=1, minutes=1)) is not None


def test_what_is_over_is_put_aside_by_the_worker(site, written, wait, look):
    written()
    name = wait("C1", not_after=NOW + timedelta(days=3))
    assert not working.is_due(now=NOW)
    late = NOW + timedelta(days=3, minutes=1)
    assert working.is_due(now=late)
    assert working.work(now=lambda: late).withheld == 1
    assert (sending.message(name).status, sending.message(name).reason) == (Status.WITHHELD, "expired")
    assert not working.is_due(now=late)
    assert look("C1", now=late) is None


def test_the_app_asks_by_the_consent_of_the_website(app, written, wait, look):
    written(kind="popup")
    wait("C1", channel="app")
    assert look("C1", account=app, origin="").form == "popup"
    privacy.set_consent(
        customer_id="C2", channel="web", purpose="marketing", given=False, source="till", actor="ada"
    )
    wait("C2", channel="app")
    assert look("C2", account=app, origin="") is None


def test_only_pages_of_the_shop_and_customers_that_it_signed(site, look):
    with pytest.raises(RefusedError, match="origin"):
        look(origin="https://elsewhere.example")
    issued = int(NOW.timestamp())
    good = signing.sign(SECRET, "C1", issued)
    old = issued - 25 * 3600
    for visitor in (
        Visitor("C1", issued, "0" * 64),
        Visitor("C2", issued, good),
        Visitor("C1", issued + 1, good),
        Visitor("C1", old, signing.sign(SECRET, "C1", old)),
        Visitor("C1", issued + 3600, signing.sign(SECRET, "C1", issued + 3600)),
        Visitor("C1", issued, "é"),
    ):
        with pytest.raises(RefusedError, match="signature"):
            services.ask(key=site.token, origin=ORIGIN, visitor=visitor, now=NOW)
    with pytest.raises(NoSuchSiteError):
        services.ask(key="nobody", origin=ORIGIN, visitor=Visitor(), now=NOW)


def test_whoever_is_not_known_is_shown_what_is_for_everybody(site, written, look):
    written("hello", title="Welcome")
    written("named", title="Hello {{ customer.name | default: 'you' }}")
    period = {"starts_at": NOW - timedelta(days=1), "ends_at": NOW + timedelta(days=1)}
    who = {"channel": "web", "actor": "ada", "now": NOW}
    services.add_notice(template_code="hello", priority=50, **period, **who)
    first = look()
    assert first.title == "Welcome"
    assert look("C1") is None  # a customer sees what is meant for them
    for event in Event:
        services.note(token=first.token, event=event, now=NOW)
    (row,) = queries.notices("web")
    assert (row.views, row.clicks, row.closings) == (1, 1, 1)
    assert look(closed=[first.token]) is None
    assert look(now=NOW + timedelta(days=2)) is None
    services.stop_notice(notice_id=row.notice_id, stopped=True, actor="ada", now=NOW)
    assert look() is None
    services.add_notice(template_code="named", priority=10, **period, **who)
    assert look().title == "Hello you"


def test_what_cannot_be_for_everybody_is_said(site, written):
    written("hello")
    who = {"channel": "web", "template_code": "hello", "actor": "ada", "now": NOW}
    span = {"starts_at": NOW, "ends_at": NOW + timedelta(days=1)}
    for code, change in (
        ("template", {"template_code": "win_back_email"}),
        ("period", {"ends_at": NOW}),
        ("priority", {"priority": 101}),
    ):
        with pytest.raises(OnsiteError, match=code):
            services.add_notice(**{"priority": 1, **who, **span, **change})


def test_a_token_cannot_be_made_up(site, written, wait, look):
    written()
    wait("C1")
    token = look("C1").token
    other = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert signing.read(token) is not None
    assert not services.note(token=other, event=Event.VIEW, now=NOW)
    assert not services.note(token=token.replace("-1-", "-2-"), event=Event.VIEW, now=NOW)


def test_a_banner_is_one_block_and_an_email_has_none_of_it(db, home, written):
    from keepwell.outreach.content import queries as content
    from keepwell.outreach.content import services as texts

    written("banner-1")
    texts.begin_draft(code="banner-1", actor="ada", now=NOW)
    text = content.draft("banner-1").texts[0]
    for document in ([{"type": "text", "text": "x"}], [], [{"type": "notice"}, {"type": "notice"}]):
        with pytest.raises(ContentError, match="no_such_block"):
            texts.save_text(
                code="banner-1",
                text_id=text.text_id,
                revision=text.revision,
                document=document,
                actor="ada",
                now=NOW,
            )
    with pytest.raises(ContentError, match="has_errors"):
        written("broken", label="Only a button")


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example:443/", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("http://shop.example", ""),
        ("https://shop.example/path", ""),
        ("https://user@shop.example", ""),
        ("shop.example", ""),
        ("*", ""),
        ("null", ""),
        ("https://shop.example:x", ""),
    ],
)
def test_origins_are_named_as_browsers_name_them(typed, origin):
    assert origin_of(typed) == origin


@given(st.dictionaries(st.sampled_from(["title", "text", "label", "alt"]), st.text(max_size=40)))
def test_whatever_is_written_comes_out_as_plain_text(fields):
    """No words of anybody become mark-up, and none get lost; line ends and outer spaces aside."""
    clean = {name: "".join(one for one in value if one.isprintable()) for name, value in fields.items()}
    clean = {name: value.replace("{", "").replace("}", "").strip() for name, value in clean.items()}
    block = {
        "type": "notice",
        "url": "https://a.example/?a=1&b=2",
        "image": "https://a.example/i.png",
        **clean,
    }
    found = read_notice(compile_notice(block).html)
    assert {name: getattr(found, name) for name in clean} == clean
    assert (found.url, found.image) == ("https://a.example/?a=1&b=2", "https://a.example/i.png")


def test_a_value_leads_nobody_elsewhere():
    made = '<img src="http://a.example/i.png" alt="x" /><h2>t</h2><a href="javascript:alert(1)">go</a>'
    assert (read_notice(made).image, read_notice(made).url) == ("", "")
