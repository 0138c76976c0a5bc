"""A message in the name of who looks after the customer: the house's address, answers to the colleague."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core.exceptions import ValidationError

from keepwell.accounts import queries as accounts
from keepwell.accounts import services as account_services
from keepwell.accounts.contracts import CardView
from keepwell.accounts.models import ContactCard, User
from keepwell.customers import services as customers
from keepwell.outreach.channels.contracts import Heard, HeardKind
from keepwell.outreach.channels.registry import contract_of
from keepwell.outreach.content import services as texts
from keepwell.outreach.mailings import queries, services
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.managers import senders
from keepwell.outreach.models import Task
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import working
from keepwell.outreach.sending.services.hearing import hear
from tests.outreach.mailings.conftest import account, letter, oslo  # noqa: F401
from tests.outreach.mailings.test_ways import agree, phones, publish_sms  # noqa: F401
from tests.outreach.sending.conftest import NOW, inbox, people  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
NOON = NOW + timedelta(hours=4)
TODAY = NOON.date()
WEI = "李伟"


def colleague(name, **card):
    user = User.objects.create_user(name, password="x", roles=["account_manager"])
    if card:
        account_services.save_card(card=CardView(user.pk, **card), actor="ada", now=NOW)
    return user


@pytest.fixture
def wei(home, db):
    return colleague(
        "wei", display_name=WEI, email="li.wei@tea.example", phone="+86 571 0001",
        signature="Yours, Wei", positions={"en": "Adviser", "zh-hans": "客户经理"},
    )  # fmt: skip


def own(user, *numbers):
    customers.assign_owner(customer_ids=numbers, owner_id=user.pk, actor="ada", at=NOW)


def send(segment, code, members, **more):
    one = services.create(
        plan=Plan("Spring", segment, code, from_manager=True, control_share=0, **more), actor="ada", now=NOW
    )
    services.confirm(mailing_id=one.mailing_id, revision=one.revision, typed=members, actor="ada", now=NOON)
    while services.prepare_next(now=NOON) is not None:
        pass
    return one


def test_the_header_has_the_manager_s_name_at_the_house_s_address(oslo, letter, account, inbox, wei):  # noqa: F811
    segment = oslo(2)
    own(wei, "C00000")
    words = "I am {{ manager.name | default: 'x' }}, {{ manager.position | default: 'your team' }}."
    send(segment, letter(words=words), 2)
    working.work(now=lambda: NOON)
    mails = dict(inbox.messages)
    mine = email.message_from_bytes(mails["c00000@customer.example"], policy=email.policy.default)
    sender = mine["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (f"{WEI}, Tea & Co", "care@tea.example")
    assert len(mine["From"].addresses) == 1
    assert [one.addr_spec for one in mine["Reply-To"].addresses] == ["li.wei@tea.example"]
    # An older parser reads one address too: the comma in the name is quoted or encoded.
    raw = email.message_from_bytes(mails["c00000@customer.example"], policy=email.policy.compat32)
    assert parseaddr(str(raw["From"]))[1] == "care@tea.example"
    assert f"I am {WEI}, Adviser." in mine.get_body(("plain",)).get_content()
    other = email.message_from_bytes(mails["c00001@customer.example"], policy=email.policy.default)
    assert other["Reply-To"] is None
    assert other["From"].addresses[0].display_name == "Tea"
    assert "I am Tea & Co, your team." in other.get_body(("plain",)).get_content()


def test_a_plain_name_is_quoted_for_every_program(oslo, letter, account, inbox):  # noqa: F811
    segment = oslo(1)
    own(colleague("li", display_name="Li Wei", email="li@tea.example"), "C00000")
    send(segment, letter(), 1)
    working.work(now=lambda: NOON)
    raw = inbox.messages[0][1]
    assert b'From: "Li Wei, Tea & Co" <care@tea.example>\r\n' in raw
    assert inbox.parsed()["Message-ID"].endswith("@tea.example>")


def test_the_page_says_in_whose_name_before_it_goes(oslo, letter, account, wei, client):  # noqa: F811
    segment = oslo(3)
    own(wei, "C00000", "C00001")
    plan = Plan("Spring", segment, letter(), from_manager=True, control_share=0)
    one = services.create(plan=plan, actor="ada", now=NOW)
    found = queries.audience(one, now=NOON).senders
    assert found == {(f"{WEI}, Tea & Co", "li.wei@tea.example"): 2, ("", ""): 1}
    client.force_login(User.objects.create_user("mia", password="x", roles=["retention_manager"]))
    said = client.get(f"/mailings/{one.mailing_id}/audience/").content.decode()
    assert "answers to li.wei@tea.example" in said


def test_a_short_message_is_signed_with_name_and_phone(oslo, letter, account, phones, wei):  # noqa: F811
    segment = oslo(2)
    agree(["C00000", "C00001"])
    own(wei, "C00000")
    publish_sms()
    send(segment, "spring_sms", 2)
    made = {row.customer_id: Maker()(row).draft.text for row in Message.objects.all()}
    assert "Spring is here." in made["C00000"]
    assert f"{WEI}, +86 571 0001" in made["C00000"]
    assert WEI not in made["C00001"]


def test_while_somebody_is_away_their_substitute_writes(oslo, wei):  # noqa: F811
    oslo(1)
    own(wei, "C00000")
    ann = colleague("ann", display_name="Ann", email="ann@tea.example")
    away = replace(
        accounts.card(wei.pk), away_from=TODAY, away_until=TODAY + timedelta(days=3), substitute_id=ann.pk
    )
    account_services.save_card(card=away, actor="wei", now=NOW)
    named = senders(["C00000"], channel="email", now=NOON)["C00000"]
    assert (named.user_id, named.reply_to) == (ann.pk, "ann@tea.example")
    later = NOON + timedelta(days=4)
    assert senders(["C00000"], channel="email", now=later)["C00000"].user_id == wei.pk
    account_services.save_card(card=replace(away, substitute_id=None), actor="wei", now=NOW)
    assert senders(["C00000"], channel="email", now=NOON) == {}


def test_two_who_stand_in_for_each_other_and_are_both_away_leave_it_to_the_house(oslo, wei):  # noqa: F811
    oslo(1)
    own(wei, "C00000")
    ann = colleague("ann", display_name="Ann", email="ann@tea.example")
    for one, other in ((wei, ann), (ann, wei)):
        card = replace(accounts.card(one.pk), away_until=TODAY, substitute_id=other.pk)
        account_services.save_card(card=card, actor="ada", now=NOW)
    assert senders(["C00000"], channel="email", now=NOON) == {}


def test_who_left_or_has_no_address_writes_no_e_mails_in_their_name(oslo, wei):  # noqa: F811
    oslo(1)
    own(wei, "C00000")
    account_services.save_card(card=replace(accounts.card(wei.pk), email=""), actor="wei", now=NOW)
    assert senders(["C00000"], channel="email", now=NOON) == {}
    assert senders(["C00000"], channel="sms", now=NOON)["C00000"].signed == f"{WEI}, +86 571 0001"
    User.objects.filter(pk=wei.pk).update(is_active=False)
    assert senders(["C00000"], channel="sms", now=NOON) == {}


def test_an_answer_is_a_task_of_the_manager_once(oslo, letter, account, phones, wei):  # noqa: F811
    segment = oslo(1)
    from keepwell.customers.contracts import CustomerRow

    customers.upsert_many(rows=[CustomerRow("C00000", phone="+4740000000")], source="crm", at=NOW, actor="a")
    agree(["C00000"])
    own(wei, "C00000")
    publish_sms()
    send(segment, "spring_sms", 1)
    Message.objects.update(status=Status.SENT, finished_at=NOON)
    at = NOON + timedelta(hours=1)
    heard = [Heard(HeardKind.MESSAGE, "+4740000000", at, "m1", "Which tea?")]
    for _again in range(2):
        hear(heard=heard, contract=contract_of("sms"), now=at)
    task = Task.objects.get()
    assert (task.assignee_id, task.customer_id, task.channel) == (wei.pk, "C00000", "sms")


def test_an_answer_to_the_house_is_nobody_s_task(oslo, letter, account, phones, wei):  # noqa: F811
    segment = oslo(1)
    from keepwell.customers.contracts import CustomerRow

    customers.upsert_many(rows=[CustomerRow("C00000", phone="+4740000000")], source="crm", at=NOW, actor="a")
    agree(["C00000"])
    publish_sms()
    send(segment, "spring_sms", 1)
    Message.objects.update(status=Status.SENT, finished_at=NOON)
    heard = [Heard(HeardKind.MESSAGE, "+4740000000", NOON + timedelta(hours=1), "m1", "Thanks")]
    hear(heard=heard, contract=contract_of("sms"), now=NOON + timedelta(hours=1))
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("display_name", "Li\r\nBcc: all@tea.example"),
        ("display_name", "Li <boss@tea.example>"),
        ("display_name", "x" * 61),
        ("email", "not an address"),
        ("phone", "call me"),
        ("signature", "x" * 301),
    ],
)
def test_what_no_header_may_hold_is_refused(wei, name, value):
    with pytest.raises(ValidationError) as refused:
        account_services.save_card(card=replace(accounts.card(wei.pk), **{name: value}), actor="wei", now=NOW)
    assert list(refused.value.message_dict) == [name]
    assert accounts.card(wei.pk).display_name == WEI


def test_cards_are_sealed_and_audited_without_their_values(wei):
    from django.db import connection

    from keepwell.foundation.audit.models import AuditEntry

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {ContactCard._meta.db_table}")
        kept = str(cursor.fetchall())
    assert "li.wei" not in kept
    assert WEI not in kept
    entry = AuditEntry.objects.get(action="user.card")
    assert "li.wei" not in str(entry.details)
    assert "email" in entry.details["fields"]


def test_everybody_keeps_their_own_card_and_administrators_anybody_s(client, wei):
    client.force_login(wei)
    page = client.get("/account/card/").content.decode()
    assert f'value="{WEI}"' in page
    typed = {"display_name": "Wei", "email": "wei@tea.example", "position_en": "Adviser", "phone": ""}
    assert client.post("/account/card/", typed).status_code == 302
    assert accounts.card(wei.pk).display_name == "Wei"
    assert client.post("/account/card/", {**typed, "away_from": "tomorrow"}).status_code == 422
    ann = colleague("ann")
    assert client.get(f"/settings/people/{ann.pk}/card/").status_code == 403
    client.force_login(User.objects.create_user("root", password="x", roles=["administrator"]))
    assert (
        client.post(f"/settings/people/{ann.pk}/card/", {**typed, "display_name": "Ann"}).status_code == 302
    )
    assert accounts.card(ann.pk).display_name == "Ann"


def test_a_text_that_names_the_manager_falls_back_to_the_shop(oslo, letter, wei):  # noqa: F811
    oslo(2)
    own(wei, "C00000")
    letter()
    names = frozenset({"manager.name", "manager.email"})
    found = texts.values_of({"C00000": "zh-hans", "C00001": "en"}, wanted=names, now=NOON)
    assert found["C00000"]["manager.position"] == "客户经理"
    assert found["C00001"]["manager.name"] == "Tea & Co"
    assert found["C00001"]["manager.email"] == "hello@keepwell-tea.com"
