"""Approved templates: which of the provider's stands for ours, filled when the message goes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.privacy import queries as privacy_queries
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.foundation import clock
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.channels.contracts import Inbound
from keepwell.outreach.content import queries as content_queries
from keepwell.outreach.content import services as content
from keepwell.outreach.policy.services import set_holdout, set_rules
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.approved import labels, services
from keepwell.outreach.sending.approved import queries as approved
from keepwell.outreach.sending.approved.contracts import ApprovedError, Category, State
from keepwell.outreach.sending.contracts import Draft, Recipe, Status
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import accounts, queueing, receiving, working
from tests.outreach.channels.sms import peers
from tests.outreach.channels.webhook.test_webhook import SECRET, System
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
BODY = "{{ customer.name | default: '您' }}，春茶到了，{{ company.name }}恭候。拒收请回复R"
NAME = "{{ customer.name | default: '您' }}"


@pytest.fixture
def aliyun():
    with peers.Aliyun() as peer:
        yield peer


@pytest.fixture
def spring(home, db):
    """A text message in use: the spring tea, for marketing in Chinese."""
    brand = {"company_name": "莲花茶舍", "legal_address": "杭州西湖路1号"}
    content.set_brand(values=brand, based_on=0, actor="ada", now=NOW)
    make(code="spring", purpose="marketing")
    return "spring"


def make(*, code, purpose, kind="sms", body=BODY):
    given = {"content_type": "offer", "language": "zh-hans", "actor": "ada", "now": NOW}
    content.create_template(code=code, name=code, kind=kind, purpose=purpose, **given)
    (text,) = content_queries.draft(code).texts
    content.save_text(
        code=code, text_id=text.text_id, revision=text.revision, body=body, actor="ada", now=NOW
    )
    done = content.approve(code=code, revision=content_queries.draft(code).revision, actor="ada", now=NOW)
    content.publish(code=code, revision=done.revision, actor="ada", now=NOW)


@pytest.fixture
def account(db, home, aliyun):
    values = {
        "access_key_id": aliyun.KEY,
        "access_key_secret": aliyun.SECRET,
        "sign_name": aliyun.SIGN,
        "endpoint": aliyun.url,
    }
    return accounts.set_account(provider="sms.aliyun", values=values, actor="ada", now=NOW).account_id


def put(account, **changes):
    usual = {
        "content": "spring",
        "language": "zh-hans",
        "category": "promotion",
        "provider_code": "SMS_2001",
        "values": {"name": NAME},
        "actor": "ada",
        "now": NOW,
    }
    return services.set_approved(account_id=account, **{**usual, **changes})


def refused(account, **changes):
    with pytest.raises(ApprovedError) as error:
        put(account, **changes)
    assert approved.approved_of(account) == ()
    return {name: labels.problem(error.value, name) for name in error.value.problems}


def test_one_is_kept_replaced_and_forgotten_on_the_record(account, spring):
    one = put(account)
    assert approved.approved_for(account, "spring", "zh-hans", purpose="marketing") == one
    two = put(account, provider_code="SMS_2009")
    assert (two.approved_id, two.provider_code) == (one.approved_id, "SMS_2009")
    assert services.remove_approved(approved_id=one.approved_id, actor="ada", now=NOW)
    assert not services.remove_approved(approved_id=one.approved_id, actor="ada", now=NOW)
    assert approved.approved_for(account, "spring", "zh-hans") is None
    actions = AuditEntry.objects.filter(action__startswith="channel.template").values_list(
        "action", flat=True
    )
    assert [name.rpartition(".")[2] for name in actions.order_by("pk")] == ["add", "change", "remove"]


def test_each_purpose_and_each_part_of_the_world_takes_its_own(account, spring):
    make(code="delivery", purpose="service")
    notice = put(account, content="delivery", category="notice", provider_code="SMS_1")
    promotion = put(account)
    world = put(account, category="international", provider_code="SMS_3001")

    def of(content="spring", **asked):
        return approved.approved_for(account, content, "zh-hans", **asked)

    assert of(purpose="marketing") == promotion
    assert of(purpose="marketing", abroad=True) == world
    assert of("delivery", purpose="service") == notice
    assert of("delivery", purpose="marketing") is None
    assert of("delivery", purpose="service", abroad=True) is None
    assert approved.approved_for(account, "spring", "en", purpose="marketing") is None


@pytest.mark.parametrize("state", [State.REFUSED, State.UNKNOWN])
def test_what_the_provider_has_not_approved_is_not_used(account, spring, state):
    put(account, state=state)
    assert approved.approved_for(account, "spring", "zh-hans", purpose="marketing") is None


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"content": "winter"}, "content", "no such template"),
        ({"language": "en"}, "language", "no text in this language"),
        ({"category": "notice"}, "category", "must have approved it as promotion"),
        ({"category": "gift"}, "category", "Choose one"),
        ({"state": "maybe"}, "state", "Choose one"),
        ({"provider_code": "has spaces"}, "provider_code", "provider's number"),
        ({"values": {"1name": NAME}}, "values", "“1name” cannot be the name"),
        (
            {"values": {"name": "{{ customer.nickname }}"}},
            "values",
            "Nobody knows the value customer.nickname",
        ),
        ({"values": {"name": "{{ customer.name }}"}}, "values", "customer.name may be missing"),
        ({"values": {"name": "{{ customer.city | default: 'x' }}"}}, "values", "does not say customer.city"),
        ({"values": {"name": "{{ customer.name"}}, "values", "name cannot be read"),
        ({"values": {"name": "茶" * 36}}, "values", "name is too long: the provider takes 35"),
        ({"values": {"name": "{% if customer.name %}{% endif %}"}}, "values", "name may not be empty"),
        ({"values": {"name": "http://a.example"}}, "values", "name has a link"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(account, spring, changes, field, words):
    found = refused(account, **changes)
    assert list(found) == [field]
    assert words in found[field]


def test_other_things_that_cannot_be(account, spring, aliyun):
    make(code="winter", purpose="marketing")
    make(code="chat", purpose="marketing", kind="chat")
    assert "not a text message" in refused(account, content="chat")["content"]
    put(account)
    with pytest.raises(ApprovedError, match="code_taken"):
        put(account, content="winter")
    values = {"account_sid": "AC1", "auth_token": "t", "sender": "+14155550100"}
    twilio = accounts.set_account(provider="sms.twilio", values=values, actor="ada", now=NOW)
    assert "takes any text" in refused(twilio.account_id)["provider_code"]
    values = {"secret_id": "a", "secret_key": "b", "sdk_app_id": "1", "sign_name": "c"}
    tencent = accounts.set_account(provider="sms.tencent", values=values, actor="ada", now=NOW).account_id
    assert "numbers its variables" in refused(tencent)["values"]
    assert "6 characters" in refused(tencent, values={"1": "七个字的名字呀"})["values"]
    assert put(tencent, provider_code="210", values={"1": "茶"}).values == {"1": "茶"}
    with pytest.raises(LookupError):
        put(0)


@pytest.fixture
def people(spring):
    set_holdout(share=0, reason="test", actor="ada", now=NOW - timedelta(days=100))

    def add(customer_id, phone, name="王梅"):
        rows = [CustomerRow(customer_id, name=name, country="CN", phone=phone, language="zh-hans")]
        customers.upsert_many(rows=rows, source="crm", at=NOW - timedelta(days=90), actor="ada")
        at = NOW - timedelta(days=60)
        said = [ConsentRow(customer_id, "sms", "marketing", True, at, "counter", "marketing/1")]
        privacy.record_consents(rows=said, actor="ada", live=False)
        return customer_id

    return add


def queue(customer_id, *, content="spring", name="王梅"):
    (text,) = content_queries.published("spring").texts
    given = {"customer.name": name, "company.name": "莲花茶舍"} if name else {"company.name": "莲花茶舍"}
    draft = Draft(
        key=f"spring/{customer_id}",
        customer_id=customer_id,
        channel="sms",
        purpose="marketing",
        recipe=Recipe(text.text_id, content_queries.brand().version, given),
        language="zh-hans",
        content=content,
    )
    queueing.queue(drafts=[draft], actor="ada", now=NOW)


def status(customer_id):
    (found,) = queries.of_customer(customer_id)
    return found.status, found.reason


def test_from_the_queue_to_the_provider_and_back(people, account, aliyun):
    put(account)
    put(account, category=Category.INTERNATIONAL, provider_code="SMS_3001")
    for one, phone, name in (
        ("C1", "138 0013 8000", "王梅"),
        ("C2", "+852 6123 4567", "Chan"),
        ("C3", "13900139000", ""),
    ):
        people(one, phone, name)
        queue(one, name=name)
    done = working.work(now=lambda: NOW)
    assert (done.sent, done.failed, done.unknown) == (3, 0, 0)
    got = {one["number"]: (one["template"], json.loads(one["params"])) for one in aliyun.taken}
    assert got == {
        "13800138000": ("SMS_2001", {"name": "王梅"}),
        "85261234567": ("SMS_3001", {"name": "Chan"}),
        "13900139000": ("SMS_2001", {"name": "您"}),
    }
    assert {one["out_id"] for one in aliyun.taken} == {
        queueing.message_id(f"spring/{one}") for one in ("C1", "C2", "C3")
    }


def test_without_an_approved_template_nothing_is_sent_and_it_says_so(people, account, aliyun):
    put(account, category=Category.INTERNATIONAL, provider_code="SMS_3001")
    people("C1", "13800138000")
    queue("C1")
    assert working.work(now=lambda: NOW).failed == 1
    assert (status("C1"), aliyun.calls) == ((Status.FAILED, "no_template"), [])


def test_money_that_ran_out_stops_the_account_and_loses_nothing(people, account, aliyun):
    put(account)
    people("C1", "13800138000")
    queue("C1")
    aliyun.plan.append("isv.OUT_OF_SERVICE")
    working.work(now=lambda: NOW)
    assert status("C1")[0] is Status.WAITING
    assert queries.account(account).stopped_at == NOW
    accounts.set_account(
        account_id=account,
        provider="sms.aliyun",
        values=queries.account(account).values,
        actor="ada",
        now=NOW,
    )
    assert working.work(now=lambda: NOW + timedelta(minutes=5)).sent == 1
    assert len(aliyun.taken) == 1


def agreed(customer_id):
    return privacy_queries.may_contact(customer_id, "sms", "marketing", now=NOW).allowed


def told(account, *items):
    body = json.dumps(list(items)).encode()
    inbound = Inbound("POST", "https://shop.example/hooks/x", {}, {}, body)
    token = queries.account(account).token
    return receiving.receive(token=token, inbound=inbound, now=NOW + timedelta(minutes=5))


def up(phone, words, key="1"):
    return {"phone_number": phone, "content": words, "send_time": "2026-11-23 12:04:00", "sequence_id": key}


def test_a_stop_ends_messages_to_whoever_has_the_number(people, account, aliyun):
    put(account)
    for one, phone in (("C1", "138 0013 8000"), ("C2", "+86 13800138000"), ("C3", "13900139000")):
        people(one, phone)
    queue("C1")
    assert working.work(now=lambda: NOW).sent == 1
    told(account, up("13800138000", "TD"))
    assert [agreed(one) for one in ("C1", "C2", "C3")] == [False, False, True]
    assert queries.of_customer("C1")[0].standing == "unsubscribed"
    # Who never got one of ours may end them too.
    told(account, up("13900139000", "退订", "2"))
    assert not agreed("C3")
    # A number that nobody has is nobody's.
    told(account, up("13700137000", "TD", "3"))


def test_a_stop_told_again_does_not_undo_a_later_yes(people, account, aliyun):
    put(account)
    people("C1", "138 0013 8000")
    queue("C1")
    working.work(now=lambda: NOW)
    told(account, up("13800138000", "TD"))
    at = clock.now()
    privacy.record_consents(
        rows=[ConsentRow("C1", "sms", "marketing", True, at, "counter", "marketing/1")], actor="ada"
    )
    told(account, up("13800138000", "TD"))
    assert [one.given for one in privacy_queries.consents("C1")] == [True]


def test_an_answer_is_the_newest_messages(people, account, aliyun):
    put(account)
    people("C1", "138 0013 8000")
    queue("C1")
    working.work(now=lambda: NOW)
    told(account, up("13800138000", "要一盒"))
    assert (queries.of_customer("C1")[0].standing, agreed("C1")) == ("answered", True)


def test_a_lost_answer_is_settled_by_asking_and_nothing_goes_twice(people, account, aliyun):
    put(account)
    for one, phone in (("C1", "13800138000"), ("C2", "13900139000")):
        people(one, phone)
        queue(one)
    aliyun.plan.extend([peers.CUT, peers.DROP])
    now = clock.now()
    Message.objects.update(due_at=now)
    set_rules(values={"quiet_from": NOW.time(), "quiet_until": NOW.time()}, actor="ada", now=NOW)
    assert working.work(now=lambda: now).unknown == 2
    working.find_out(now=now + timedelta(minutes=1))
    assert [status(one)[0] for one in ("C1", "C2")] == [Status.SENT, Status.UNKNOWN]
    # After an hour its silence says that the other one was never taken.
    working.find_out(now=now + timedelta(minutes=61))
    assert status("C2")[0] is Status.WAITING
    assert working.work(now=lambda: now + timedelta(minutes=62)).sent == 1
    assert sorted(one["number"] for one in aliyun.taken) == ["13800138000", "13900139000"]


def test_trying_out_asks_the_provider(account, aliyun):
    assert accounts.try_out(account_id=account) == ""
    aliyun.__exit__()
    assert accounts.try_out(account_id=account) != ""


def test_whose_number_changed_meanwhile_is_not_written_to_again_unasked(people, account, aliyun):
    put(account)
    people("C1", "13800138000")
    queue("C1")
    aliyun.plan.append(peers.CUT)
    now = clock.now()
    Message.objects.update(due_at=now)
    set_rules(values={"quiet_from": NOW.time(), "quiet_until": NOW.time()}, actor="ada", now=NOW)
    working.work(now=lambda: now)
    later = now + timedelta(minutes=10)
    rows = [CustomerRow("C1", phone="13600136000")]
    customers.upsert_many(rows=rows, source="crm", at=later, actor="ada")
    working.find_out(now=now + timedelta(minutes=61))
    # Aliyun knows nothing of the new number; that says nothing about the old one.
    assert status("C1")[0] is Status.UNKNOWN
    working.work(now=lambda: now + timedelta(minutes=62))
    assert [one["number"] for one in aliyun.taken] == ["13800138000"]


def test_where_an_attempt_may_be_repeated_the_same_message_goes_again(people, settings):
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True
    people("C1", "13800138000")
    with System() as system:
        values = {"url": system.url, "secret": SECRET}
        accounts.set_account(provider="sms.webhook", values=values, actor="ada", now=NOW)
        queue("C1")
        system.answers.append((0, b""))
        assert working.work(now=lambda: NOW).unknown == 1
        working.find_out(now=NOW + timedelta(minutes=1))
        assert working.work(now=lambda: NOW + timedelta(minutes=2)).sent == 1
        (first, one), (second, two) = system.events
    assert (first, one["data"]) == (second, two["data"])
    assert one["data"]["text"] == "王梅，春茶到了，莲花茶舍恭候。拒收请回复R"


def test_a_mailing_is_not_confirmed_before_its_text_is_approved(account, spring):
    from keepwell.outreach.mailings.models import Mailing
    from keepwell.outreach.mailings.services.going import problems

    mailing = Mailing.objects.create(
        name="Spring",
        segment_id=1,
        template_code="spring",
        channel="sms",
        purpose="marketing",
        priority=30,
        keep_trying_days=3,
        created_at=NOW,
        created_by="ada",
    )
    assert approved.unapproved(account, "spring", purpose="marketing") == ("zh-hans",)
    assert problems(mailing, now=NOW) == {"channel": "no_provider_template"}
    put(account, state=State.REFUSED)
    assert problems(mailing, now=NOW) == {"channel": "no_provider_template"}
    put(account)
    assert problems(mailing, now=NOW) == {}
    values = {"account_sid": "AC1", "auth_token": "t", "sender": "+14155550100"}
    twilio = accounts.set_account(provider="sms.twilio", values=values, actor="ada", now=NOW)
    assert approved.unapproved(twilio.account_id, "spring", purpose="marketing") == ()
