"""From the queue to the customer and back, through accounts, the worker's round and the providers' calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keepwell.customers.privacy import queries as consents
from keepwell.history import queries as history
from keepwell.outreach.channels import registry, weixin
from keepwell.outreach.channels.contracts import Inbound
from keepwell.outreach.channels.whatsapp import sending
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.contracts import Draft, Status
from keepwell.outreach.sending.models import ChannelAccount, Message
from keepwell.outreach.sending.opening import opened
from keepwell.outreach.sending.services import accounts, delivering, queueing, receiving, reconciling
from tests.outreach.channels.loopback import CUT
from tests.outreach.channels.wecom.peers import CORP, SECRET, Wecom
from tests.outreach.channels.whatsapp.peers import NUMBER, TOKEN, Whatsapp, signed
from tests.outreach.channels.whatsapp.peers import SECRET as APP_SECRET

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # noon in Shanghai
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mei(home, db):
    """A customer on WeCom and WhatsApp whom Lin looks after."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.outreach.policy.services import set_holdout

    set_holdout(share=0, reason="test", actor="ada", now=NOW - timedelta(days=100))
    at = NOW - timedelta(days=60)
    rows = [CustomerRow("C1", country="CN", phone="+8613800138000")]
    customers.upsert_many(rows=rows, source="crm", at=at, actor="ada")
    customers.save_contact_point(customer_id="C1", kind="wecom", value="wmMEI", actor="ada", source="crm")
    said = [
        ConsentRow("C1", channel, "marketing", True, at, "counter", "marketing/1")
        for channel in ("wecom", "whatsapp")
    ]
    privacy.record_consents(rows=said, actor="ada", live=False)
    return "C1"


@pytest.fixture
def lin(mei):
    from django.contrib.auth import get_user_model

    from keepwell.customers import services as customers

    user = get_user_model().objects.create_user("lin", password="x")
    customers.assign_owner(customer_ids=[mei], owner_id=user.pk, actor="ada", reason="test", at=NOW)
    return user


@pytest.fixture
def wecom(monkeypatch):
    monkeypatch.setattr(weixin, "TOKENS", weixin.Tokens())
    found = Wecom()
    found.friends = {"wmMEI": ["LiLei", "LinHai"]}
    found.created_at = int(NOW.timestamp())
    yield found
    found.close()


@pytest.fixture
def account(wecom, mei):
    values = {"corp_id": CORP, "secret": SECRET, "members": "lin = LinHai", "base_url": wecom.base_url}
    return accounts.set_account(provider="wecom.wecom", values=values, actor="ada", now=NOW)


@pytest.fixture
def whatsapp(monkeypatch):
    monkeypatch.setattr(sending, "LET_IN", {})
    found = Whatsapp()
    yield found
    found.close()


@pytest.fixture
def number(whatsapp, mei):
    values = {
        "phone_number_id": NUMBER,
        "access_token": TOKEN,
        "app_secret": APP_SECRET,
        "verify_token": "lotus",
        "base_url": whatsapp.base_url,
    }
    return accounts.set_account(provider="whatsapp.cloud", values=values, actor="ada", now=NOW)


def queue(channel, key="a", now=NOW, **more):
    draft = Draft(key=key, customer_id="C1", channel=channel, purpose="marketing", text="春天到了", **more)
    queueing.queue(drafts=[draft], actor="ada", now=now)
    return queueing.message_id(key)


def deliver(account, now=NOW):
    provider = registry.provider(account.provider)
    settings = opened(ChannelAccount.objects.get(pk=account.account_id))
    return delivering.deliver(
        contract=provider.contract,
        connect=lambda: provider.open(settings),
        now=now,
        account_id=account.account_id,
    )


def stands(customer_id="C1"):
    told = history.timeline(customer_id, tables=["contacts"])
    return [(fact.data["channel"], fact.data["status"]) for fact in told]


def test_what_a_colleague_has_is_sent_only_when_they_have_sent_it(mei, lin, account, wecom):
    name = queue("wecom")
    deliver(account)
    assert queries.message(name).status is Status.HANDED
    assert wecom.tasks["msg1"]["dealt"] == {"LinHai": ["wmMEI"]}  # the one who looks after her
    assert ("wecom", "sent") not in stands()
    assert reconciling.pull(account_id=account.account_id, now=NOW + MINUTE) == 0
    wecom.confirm("msg1")
    assert reconciling.pull(account_id=account.account_id, now=NOW + MINUTE) == 1
    assert queries.message(name).status is Status.SENT
    assert ("wecom", "sent") in stands()


def test_a_colleague_may_take_days(mei, account, wecom):
    name = queue("wecom")
    deliver(account)
    wecom.confirm("msg1")
    assert reconciling.pull(account_id=account.account_id, now=NOW + timedelta(days=12)) == 1
    assert queries.message(name).status is Status.SENT


def test_who_is_no_friend_any_more_is_not_asked_for_again(mei, account, wecom):
    queue("wecom")
    deliver(account)
    wecom.friends["wmMEI"] = []
    wecom.confirm("msg1")
    reconciling.pull(account_id=account.account_id, now=NOW + MINUTE)
    later = NOW + timedelta(days=2)
    name = queue("wecom", key="b", now=later)
    deliver(account, now=later)
    assert (queries.message(name).reason, len(wecom.tasks)) == ("dead_address", 1)


@pytest.mark.parametrize("taken", [True, False])
def test_a_lost_answer_is_looked_up_and_never_makes_a_second_task(mei, account, wecom, taken):
    name = queue("wecom")
    path = "/cgi-bin/externalcontact/add_msg_template"

    def lose(_query, said):
        if taken:
            wecom.add_msg_template(said)
        return CUT

    wecom.next_answers[path] = [lose]
    assert deliver(account).unknown == 1
    soon = NOW + 5 * MINUTE
    assert reconciling.reconcile(account_id=account.account_id, now=soon) == 0  # too early to tell
    assert queries.message(name).status is Status.UNKNOWN
    later = NOW + 11 * MINUTE
    assert reconciling.reconcile(account_id=account.account_id, now=later) == 1
    assert queries.message(name).status is (Status.HANDED if taken else Status.WAITING)
    deliver(account, now=later)
    assert queries.message(name).status is Status.HANDED
    assert (len(wecom.tasks), Message.objects.get().provider_ref) == (1, "msg1")


def call(account, value):
    body, headers = signed(value)
    inbound = Inbound("POST", "https://shop.example/hooks/x", {}, headers, body)
    return receiving.receive(token=account.token, inbound=inbound, now=NOW)


def said(words, key="1", at=NOW, **more):
    text = {"type": "text", "text": {"body": words}}
    stamp = str(int(at.timestamp()))
    return {
        "messages": [{"from": "8613800138000", "id": f"wamid.in{key}", "timestamp": stamp, **text, **more}]
    }


def test_on_whatsapp_the_customers_word_opens_the_way(mei, number, whatsapp):
    closed = queue("whatsapp")
    deliver(number)
    assert (queries.message(closed).reason, whatsapp.to("messages")) == ("window_closed", [])
    call(number, said("你好"))
    whatsapp.windows.add("8613800138000")
    name = queue("whatsapp", key="b")
    assert deliver(number).sent == 1
    status = {"id": "wamid.1", "recipient_id": "8613800138000", "timestamp": str(int(NOW.timestamp()))}
    call(number, {"statuses": [{**status, "status": "delivered", "biz_opaque_callback_data": name}]})
    call(number, said("谢谢", key="2", context={"id": "wamid.1"}))
    assert ("whatsapp", "answered") in stands()


@pytest.fixture
def spring(number):
    """The provider's template that stands for our text, in the words of the provider's page."""
    from keepwell.outreach.sending.approved.models import ApprovedTemplate

    return ApprovedTemplate.objects.create(
        account_id=number.account_id,
        content="spring",
        language="zh-hans",
        category="promotion",
        provider_code="spring",
        values={"1": "Mei", "2": "20 %"},
        state="approved",
        updated_at=NOW,
        updated_by="ada",
    )


def test_outside_the_window_the_approved_template_stands_in(mei, number, whatsapp, spring):
    name = queue("whatsapp", content="spring", language="zh-hans")
    assert deliver(number).sent == 1
    (taken,) = whatsapp.taken
    assert (taken["type"], taken["template"]["name"], taken["template"]["language"]) == (
        "template",
        "spring",
        {"code": "zh_CN"},
    )
    assert queries.message(name).status is Status.SENT


def test_in_the_window_our_own_words_go(mei, number, whatsapp, spring):
    call(number, said("你好"))
    whatsapp.windows.add("8613800138000")
    queue("whatsapp", content="spring", language="zh-hans")
    deliver(number)
    assert [one["type"] for one in whatsapp.taken] == ["text"]


@pytest.mark.parametrize("change", [{"state": "refused"}, {"category": "notice"}, {"language": "en"}])
def test_a_template_for_something_else_does_not_stand_in(mei, number, whatsapp, spring, change):
    type(spring).objects.update(**change)
    name = queue("whatsapp", content="spring", language="zh-hans")
    deliver(number)
    assert (queries.message(name).reason, whatsapp.taken) == ("window_closed", [])


def test_which_template_stands_for_which_text_is_said_on_the_accounts_page(mei, number, account):
    from keepwell.outreach.content.contracts import Kind
    from keepwell.outreach.sending.approved import queries as approved

    line = approved.account_line(number.account_id)
    assert (line.templates_only, line.kind, line.numbered_values) == (True, Kind.CHAT, True)
    assert approved.account_line(account.account_id).templates_only is False  # WeCom takes our words


def test_a_lost_answer_of_whatsapp_is_settled_by_what_is_told_of_our_own_name(mei, number, whatsapp):
    call(number, said("你好"))
    whatsapp.windows.add("8613800138000")
    name = queue("whatsapp")

    def lose(_query, asked):
        whatsapp.messages(asked)
        return CUT

    whatsapp.next_answers[f"/v23.0/{NUMBER}/messages"] = [lose]
    assert deliver(number).unknown == 1
    assert reconciling.reconcile(account_id=number.account_id, now=NOW + 60 * MINUTE) == 0
    assert queries.message(name).status is Status.UNKNOWN  # silence proves nothing
    stamp = str(int(NOW.timestamp()))
    told = {"id": "wamid.1", "status": "sent", "timestamp": stamp, "recipient_id": "8613800138000"}
    call(number, {"statuses": [told | {"biz_opaque_callback_data": name}]})
    assert queries.message(name).status is Status.SENT
    assert Message.objects.get().provider_ref == "wamid.1"
    assert len(whatsapp.taken) == 1


def test_two_a_day_are_one_too_many_for_wecom(mei, account, wecom):
    from keepwell.outreach.policy.services import set_rules

    set_rules(values={"caps": (), "repeat_days": 0}, actor="ada", now=NOW - timedelta(days=100))
    queue("wecom")
    second = queue("wecom", key="b")
    done = deliver(account)
    assert (done.sent, done.later) == (1, 1)
    assert Message.objects.get(message_id=second).due_at == NOW + timedelta(days=1)
    assert len(wecom.tasks) == 1


def test_a_telephone_that_is_not_on_whatsapp_is_not_tried_again_there(mei, number, whatsapp):
    call(number, said("你好"))
    whatsapp.nobody.add("8613800138000")
    for key in "ab":
        name = queue("whatsapp", key=key)
        deliver(number)
    assert (queries.message(name).reason, len(whatsapp.to("messages"))) == ("dead_address", 1)


def test_trying_an_account_out_says_what_the_provider_says(mei, number, account, whatsapp, wecom):
    for one in (number, account):
        assert accounts.try_out(account_id=one.account_id) == ""
    values = {"access_token": "old"}
    accounts.set_account(
        provider="whatsapp.cloud", values=values, actor="ada", now=NOW, account_id=number.account_id
    )
    assert accounts.try_out(account_id=number.account_id).startswith("190")


def test_who_writes_stop_is_heeded(mei, number, whatsapp):
    call(number, said("退订"))
    assert {c.channel: c.given for c in consents.consents(mei)} == {"wecom": True, "whatsapp": False}
    name = queue("whatsapp")
    deliver(number)
    assert queries.message(name).reason == "withdrawn"


def test_a_call_that_is_not_metas_changes_nothing(mei, number):
    from keepwell.outreach.channels.contracts import SignatureError
    from keepwell.outreach.sending.models import HeardRow

    body, headers = signed(said("你好"), secret="another")
    with pytest.raises(SignatureError):
        receiving.receive(
            token=number.token, inbound=Inbound("POST", "https://x/", {}, headers, body), now=NOW
        )
    assert HeardRow.objects.count() == 0
