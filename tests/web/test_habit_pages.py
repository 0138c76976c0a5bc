"""The pages of habits: how texts are read, hours of the week, groups, proposals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import Receipt, ReceiptKind
from keepwell.outreach.content.seeding import seed
from keepwell.outreach.habits.contracts import Share, TextRead
from keepwell.outreach.habits.core import share
from keepwell.outreach.habits.models import Proposal
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import receiving
from keepwell.web.views.text_reads import rate, sentence

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def signed_in(role):
    from keepwell.accounts.models import User

    client = Client()
    client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
    return client


@pytest.fixture
def client(home, db):
    return signed_in("administrator")


@pytest.fixture
def sent(home, db):
    """Puts messages of a text into the journal of what went, the first `opened` of them opened by people."""

    def make(content, count, opened, told=True, channel="email", opened_after=DAY / 12):
        at = clock.now() - 3 * DAY
        for number in range(count):
            row = Message.objects.create(
                message_id=f"{content}-{number}", customer_id=f"C{number}", channel=channel, body="x",
                purpose="marketing", content=content, priority=50, status="sent", due_at=at, created_at=at,
                created_by="ada", finished_at=at, opens_told=told, clicks_told=told,
                standing="opened" if number < opened else "sent",
            )  # fmt: skip
            if number < opened:
                then = at + opened_after
                look = Receipt(ReceiptKind.OPENED, then, message_id=row.message_id, key="o")
                receiving.note(receipts=[look], account_id=None, now=then)

    return make


def text(name="x", opened=(0, 0)):
    none = Share(0, 0, 0.0, 1.0)
    return TextRead(
        "x", name, "email", "email", None, None, "", "", "", False, opened[1], opened[1], 0,
        share(*opened), none, none, none, none, 0, 0,
    )  # fmt: skip


def body(response):
    assert response.status_code == 200, response.status_code
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return response.content.decode()


def test_shares_of_too_few_are_not_told():
    assert rate(share(29, 29))["share"] == ""
    assert rate(share(15, 30))["share"] == "50%"
    assert "Too few" in sentence([text(opened=(10, 20))])
    assert "25%" in sentence([text(opened=(10, 40)), text(opened=(15, 60))])


def test_texts_are_listed_filtered_sorted_and_given_as_a_file(client, sent):
    assert "Nothing yet" in body(client.get(reverse("text_reads")))
    seed()
    sent("win_back_email", 40, 10)
    sent("birthday", 50, 40)
    sent("tiny", 5, 5)
    page = body(client.get(reverse("text_reads")))
    assert "25%" in page
    assert "10 of 40" in page
    assert "too few to tell (5 of 5)" in page
    by_opened = body(client.get(reverse("text_reads"), {"sort": "-opened"}))
    assert by_opened.index("40 of 50") < by_opened.index("10 of 40") < by_opened.index("5 of 5")
    filtered = body(client.get(reverse("text_reads"), {"q": "win_back"}))
    assert "10 of 40" in filtered
    assert "40 of 50" not in filtered
    assert "No text is like this" in body(client.get(reverse("text_reads"), {"q": "nothing of the kind"}))
    lines = body(client.get(reverse("text_reads_export", args=["csv"]), {"q": "win_back"})).splitlines()
    assert len(lines) == 2
    assert ",40,40,10,0,0,10,40,0.14" in lines[1]


def test_who_is_not_followed_is_said(client, sent):
    sent("spring", 40, 10)
    sent("quiet", 7, 0, told=False)
    sent("old", 3, 0, told=None)
    page = body(client.get(reverse("text_reads")))
    assert "7 messages of 50 that arrived count neither" in page
    assert "3 messages went before" in page


def test_the_page_of_a_text_shows_months_and_how_soon(client, sent):
    seed()
    address = reverse("text_read", args=["win_back_email"])
    assert "No message of this text" in body(client.get(address))
    sent("win_back_email", 60, 40)
    page = body(client.get(address))
    assert "Half of those who open it do so within 3 hours" in page
    assert "chart-text-months" in page
    assert "40 of 60" in page
    file = body(client.get(reverse("text_read_export", args=["win_back_email", "csv"])))
    assert file.splitlines()[1].startswith("win_back_email,")
    assert client.get(reverse("text_read", args=["no_such_text"])).status_code == 404
    assert address in body(client.get(reverse("content_template", args=["win_back_email"])))


def test_the_week_is_a_picture_a_table_and_a_file(client):
    from keepwell.history import services as history

    assert "Nothing yet" in body(client.get(reverse("customer_hours")))
    at = clock.now() - 2 * DAY
    fact = {"customer_id": "C1", "at": at, "channel": "web", "type": "visit"}
    facts = [
        ("interactions", {**fact, "interaction_id": f"i{number}", "at": at + timedelta(seconds=number)})
        for number in range(250)
    ]
    history.record_many(facts=facts, source="shop")
    history.flush()
    page = body(client.get(reverse("customer_hours")))
    assert "Most is done on" in page
    assert "heatmap" in page
    assert "Too little was done" in body(client.get(reverse("customer_hours"), {"what": "bought"}))
    file = body(client.get(reverse("customer_hours_export", args=["csv"]), {"channel": "web"}))
    assert sum(int(line.rsplit(",", 1)[1]) for line in file.splitlines()[1:]) == 250
    assert client.get(reverse("customer_hours"), {"segment": "99", "what": "x"}).status_code == 200


@pytest.mark.parametrize("by", ["life_stage", "communication_group", "segment", "nonsense"])
def test_groups_are_asked_for_by_what_they_are(client, by):
    assert "Nothing yet" in body(client.get(reverse("channel_groups"), {"by": by}))
    header = body(client.get(reverse("channel_groups_export", args=["csv"]), {"by": by})).splitlines()[0]
    assert header.lstrip("\ufeff").startswith("group,channel,customers,made")


@pytest.fixture
def order(home, db):
    figures = {"better": [60, 300], "worse": [10, 300], "difference": 0.17, "low": 0.1, "high": 0.24}
    evidence = {**figures, "compared": 2, "days": 90, "first": "email", "second": "phone"}
    return Proposal.objects.create(
        key="channels/decline/x", kind="channels", subject="decline", found_at=clock.now(),
        change={"channels": ["email", "phone", "wecom"]}, evidence={**evidence, "measure": [70, 600]},
    )  # fmt: skip


def test_a_proposal_is_carried_out_undone_and_dismissed_by_buttons(client, order):
    page = body(client.get(reverse("habit_proposals")))
    assert "20% (60 of 300)" in page
    before = pacing.strategy("decline").channels
    client.post(reverse("habit_proposal_act", args=[order.pk, "do"]))
    assert pacing.strategy("decline").channels == ("email", "phone", "wecom")
    assert "Undo" in body(client.get(reverse("habit_proposals")))
    client.post(reverse("habit_proposal_act", args=[order.pk, "undo"]))
    assert pacing.strategy("decline").channels == before
    Proposal.objects.update(state="open")
    told = client.post(reverse("habit_proposal_act", args=[order.pk, "dismiss"]), {"reason": ""}, follow=True)
    assert "Say in a few words" in body(told)
    client.post(reverse("habit_proposal_act", args=[order.pk, "dismiss"]), {"reason": "calls are wanted"})
    assert "calls are wanted" in body(client.get(reverse("habit_proposals")))
    assert client.post(reverse("habit_proposal_act", args=[order.pk, "explode"])).status_code == 404


def test_who_may_not_change_plans_sees_no_buttons(order):
    client = signed_in("analyst")
    assert "Change the strategy so" not in body(client.get(reverse("habit_proposals")))
    assert client.post(reverse("habit_proposal_act", args=[order.pk, "do"])).status_code == 403
    assert Proposal.objects.get().state == "open"


def test_two_texts_become_the_draft_of_a_play_in_which_the_lot_decides(client):
    from keepwell.insight.segments import queries as segments
    from keepwell.plays.experiments import queries as plays

    seed()
    codes = ["win_back_email", "birthday_email"]
    figures = {"better": [60, 300], "worse": [10, 300], "difference": 0.17, "low": 0.1, "high": 0.24}
    one = Proposal.objects.create(
        key="content/x", kind="content", subject="x/email", found_at=clock.now(),
        change={"texts": codes, "channel": "email"},
        evidence={**figures, "compared": 2, "days": 90, "first": codes[1], "second": codes[0],
                  "touchpoint": "x"},
    )  # fmt: skip
    address = reverse("habit_proposal_act", args=[one.pk, "draft"])
    assert "could not be drafted" in body(client.post(address, {"segment": ""}, follow=True))
    assert Proposal.objects.get().state == "open"
    segment = segments.every()[0]
    made = client.post(address, {"segment": segment.segment_id})
    row = Proposal.objects.get()
    assert (row.state, made.url) == ("done", reverse("play", args=[int(row.made)]))
    play = plays.play(int(row.made))
    assert (play.status, [arm.text_code for arm in play.treated]) == ("draft", codes)
    assert {arm.weight for arm in play.treated} == {1.0}
    assert "See the play" in body(client.get(reverse("habit_proposals")))
