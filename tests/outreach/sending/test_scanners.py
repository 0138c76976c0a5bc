"""People are told from machines by all that is known, whatever came first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.channels.contracts import ReceiptKind
from keepwell.outreach.sending.marks.scanners import Event, Reason, What, judge
from keepwell.outreach.sending.reached import RANK, STATUS, Told, reached
from tests.outreach.sending.conftest import NOW

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def click(seconds, link=1, agent=PHONE, prefetch=False):
    return Event(What.CLICK, at(seconds), agent, link, prefetch)


def look(seconds, agent=PHONE):
    return Event(What.OPEN, at(seconds), agent)


def page(seconds, agent=PHONE):
    return Event(What.PAGE, at(seconds), agent)


def said(*events, links=4):
    return judge(events, handed_at=NOW, links=links)


def test_a_person_opens_and_clicks():
    assert said(look(30), click(40), click(300, 2), look(900)) == [None] * 4


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (compatible; BarracudaCentral)",
        "Microsoft Office Existence Discovery",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "python-requests/2.32",
        "curl/8.5",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0",
        "Slackbot-LinkExpanding 1.0",
        "WhatsApp/2.23.20",
    ],
)
def test_programs_that_say_what_they_are(agent):
    assert said(look(600, agent), click(600, agent=agent)) == [Reason.AGENT] * 2


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        DESK,
        "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.42",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; ms-office; MSOffice 16)",
    ],
)
def test_telephones_and_mail_programs_are_people(agent):
    assert said(look(600, agent), click(640, agent=agent)) == [None, None]


def test_who_looks_in_advance_or_at_once_is_a_machine():
    assert said(click(600, prefetch=True)) == [Reason.PREFETCH]
    assert said(click(4.9), click(5)) == [Reason.TOO_SOON, None]
    assert said(look(1.9), look(2)) == [Reason.TOO_SOON, None]
    assert said(click(-3)) == [Reason.TOO_SOON]
    assert judge([click(600)], handed_at=None, links=4) == [Reason.TOO_SOON]


def test_a_link_that_no_person_sees_gives_its_neighbours_away():
    events = (
        click(100, 0),
        click(104, 1, DESK),
        click(150, 2),
        click(161, 3),
        click(170, 3, DESK),
        look(104, DESK),
    )
    assert said(*events) == [Reason.TRAP, Reason.TRAP, Reason.SAME_AGENT, None, None, None]


@pytest.mark.parametrize(
    ("events", "links", "machine"),
    [
        ([click(100, 1), click(101, 2), click(102, 3)], 9, True),
        ([click(100, 1, PHONE), click(101, 2, DESK), click(105, 3, "another")], 9, True),
        ([click(100, 1), click(101, 2)], 9, False),
        ([click(100, 1), click(101, 2)], 2, True),
        ([click(100, 1), click(101, 1)], 1, False),
        ([click(100, 1), click(104, 1), click(106, 2)], 2, True),
        ([click(100, 1), click(105.1, 2)], 2, False),
        ([click(100, 1), page(103)], 9, True),
        ([click(100, 1), page(106)], 9, False),
    ],
)
def test_so_many_at_once_no_hand_can_do(events, links, machine):
    reasons = said(*events, links=links)
    assert (Reason.BURST in reasons) is machine
    assert not machine or None not in reasons


def test_what_a_scanner_opens_or_clicks_within_a_minute_is_its_too():
    burst = [click(100, link, DESK) for link in (1, 2, 3)]
    more = [look(98, DESK), look(98), click(160, 4, DESK), click(163, 4, DESK)]
    assert said(*burst, *more)[3:] == [Reason.SAME_AGENT, None, Reason.SAME_AGENT, None]


def test_a_person_who_comes_after_a_scanner_by_name_is_a_person():
    assert said(click(30, 1, "Barracuda"), click(31, 2, "Barracuda"), click(32, 3), links=3)[2] is None


EVENTS = st.builds(
    Event,
    st.sampled_from(What),
    st.integers(-5, 200).map(at),
    st.sampled_from([PHONE, DESK, "curl/8"]),
    st.integers(0, 4),
    st.booleans(),
)


@given(events=st.lists(EVENTS, max_size=12), order=st.randoms(use_true_random=False), links=st.integers(0, 5))
def test_the_order_in_which_events_are_told_plays_no_part(events, order, links):
    before = list(zip(events, said(*events, links=links), strict=True))
    order.shuffle(events)
    after = list(zip(events, said(*events, links=links), strict=True))
    key = lambda pair: (pair[0].what, pair[0].at, pair[0].agent, pair[0].link, pair[0].prefetch)  # noqa: E731
    assert sorted(before, key=key) == sorted(after, key=key)


@given(events=st.lists(EVENTS, max_size=8), more=EVENTS, links=st.integers(0, 5))
def test_more_evidence_makes_no_machine_a_person(events, more, links):
    before, after = said(*events, links=links), said(*events, more, links=links)
    assert not [one for one, two in zip(before, after, strict=False) if one is not None and two is None]


TOLD = st.builds(
    Told, st.sampled_from(ReceiptKind), st.integers(1, 50).map(at), st.sampled_from(["", "5.1.1"])
)


@given(told=st.lists(TOLD, max_size=8), order=st.randoms(use_true_random=False))
def test_the_furthest_counts_in_whatever_order_it_is_told(told, order):
    before = reached(told, sent_at=NOW)
    order.shuffle(told)
    after = reached(told, sent_at=NOW)
    assert (before.status, before.at) == (after.status, after.at)
    assert (
        before.status == STATUS[max([one.kind for one in told], key=RANK.get, default=ReceiptKind.ACCEPTED)]
    )
    for place in range(len(told)):
        ranks = [
            list(STATUS.values()).index(reached(told[:n], sent_at=NOW).status) for n in (place, place + 1)
        ]
        assert ranks[0] <= ranks[1]
