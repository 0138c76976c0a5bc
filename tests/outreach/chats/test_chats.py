"""Groups of customers: read from WeCom, asked about, written to through their owners, never twice."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from keepwell.cli.work_jobs import jobs
from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.foundation import clock
from keepwell.history import services as history
from keepwell.history.queries import scan
from keepwell.outreach.channels import weixin
from keepwell.outreach.chats import queries, services
from keepwell.outreach.chats.contracts import ChatError, State
from keepwell.outreach.content import queries as content
from keepwell.outreach.content import services as texts
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.services import set_holdout
from keepwell.outreach.sending.services import accounts
from tests.outreach.channels.loopback import CUT
from tests.outreach.channels.wecom.peers import CORP, SECRET
from tests.outreach.chats.peers import WecomGroups

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday noon in Shanghai
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TASK = "/cgi-bin/externalcontact/add_msg_template"
RESULTS = "/cgi-bin/externalcontact/get_groupmsg_send_result"
LIST = "/cgi-bin/externalcontact/groupchat/list"


@pytest.fixture
def wecom(monkeypatch):
    monkeypatch.setattr(weixin, "TOKENS", weixin.Tokens())
    found = WecomGroups()
    found.created_at = int(NOW.timestamp())
    yield found
    found.close()


@pytest.fixture
def shop(wecom, home, db):
    """Two customers on WeCom who agreed, an account, and a text for groups."""
    set_holdout(share=0, reason="test", actor="ada", now=NOW - 100 * DAY)
    rows = [CustomerRow(number, country="CN") for number in ("C1", "C2", "C3")]
    customers.upsert_many(rows=rows, source="crm", at=NOW - 90 * DAY, actor="ada")
    for number in ("C1", "C2", "C3"):
        where = {"kind": "wecom", "value": f"wm{number}", "actor": "ada", "source": "crm"}
        customers.save_contact_point(customer_id=number, **where)
    agree("C1", "C2")
    values = {"corp_id": CORP, "secret": SECRET, "members": "lin = LinHai", "base_url": wecom.base_url}
    accounts.set_account(provider="wecom.wecom", values=values, actor="ada", now=NOW)
    wecom.group("wrTea", "LinHai", ["wmC1", "wmC2", "wmStranger"])
    wecom.group("wrCup", "LinHai", ["wmC3"], name="Cups")
    wecom.group("wrOld", "LiLei", [], name="Old")
    chat("news", "Spring tea is here. {{ company.name }}")
    services.refresh(actor="ada", now=NOW)


def agree(*numbers, yes=True, at=NOW - 60 * DAY):
    said = [ConsentRow(one, "wecom", "marketing", yes, at, "counter", "marketing/1") for one in numbers]
    privacy.record_consents(rows=said, actor="ada", live=False)


def chat(code, words, purpose="marketing"):
    brand = {"company_name": "Tea & Co", "legal_address": "1 West Lake Road, Hangzhou"}
    texts.set_brand(values=brand, based_on=content.brand().version, actor="ada", now=NOW)
    texts.create_template(
        code=code, name=code, kind="chat", purpose=purpose, content_type="product_news", language="en",
        actor="ada", now=NOW,
    )  # fmt: skip
    one = content.draft(code).texts[0]
    texts.save_text(
        code=code, text_id=one.text_id, revision=one.revision, body=words, actor="ada", now=NOW
    )  # fmt: skip
    approved = texts.approve(code=code, revision=content.draft(code).revision, actor="kai", now=NOW)
    texts.publish(code=code, revision=approved.revision, actor="kai", now=NOW)


def number(name):
    return next(one.group_id for one in queries.groups() if one.name == name)


def say(*names, code="news", now=NOW):
    ids = [number(name) for name in names]
    return services.post(group_ids=ids, template_code=code, language="en", actor="ada", now=now)


def states(post_id):
    (post,) = (one for one in queries.posts() if one.post_id == post_id)
    return {one.group_name: (one.state, one.reason) for one in post.deliveries}


def test_groups_are_read_with_their_owner_and_the_customers_in_them(shop, wecom):
    tea = queries.group(number("Tea lovers"))
    assert (tea.owner, tea.members, tea.known, tea.strangers) == ("LinHai", 4, 2, 1)
    assert list(queries.members(tea.group_id)) == ["C1", "C2"]
    assert queries.of_customer("C1") == (tea.group_id,)
    assert len(wecom.to("get")) == 3  # over all pages of the list


def test_reading_anew_follows_who_came_who_left_and_what_is_gone(shop, wecom):
    wecom.group("wrTea", "LiLei", ["wmC2", "wmC3"])
    wecom.dissolved.add("wrCup")
    done = services.refresh(actor="ada", now=NOW + DAY)
    assert (done.groups, done.new, done.gone, done.known) == (2, 0, 1, 2)
    tea = queries.group(number("Tea lovers"))
    assert (tea.owner, list(queries.members(tea.group_id))) == ("LiLei", ["C2", "C3"])
    assert "Cups" not in {one.name for one in queries.groups()}


def test_where_wecom_finds_all_owners_at_once_too_many_they_are_asked_for_by_name(shop, wecom):
    wecom.too_many_owners = True
    assert services.refresh(actor="ada", now=NOW + DAY).groups == 2  # those of the colleagues who are listed


def test_a_text_is_a_task_for_the_owner_and_counts_once_they_have_confirmed(shop, wecom):
    post = say("Tea lovers")
    assert services.work(now=NOW).handed == 1
    (task,) = wecom.to("add_msg_template")
    assert task == {
        "chat_type": "group",
        "sender": "LinHai",
        "chat_id_list": ["wrTea"],
        "allow_select": False,
        "text": {"content": "Spring tea is here. Tea & Co"},
    }
    services.work(now=NOW + 31 * MINUTE)
    assert states(post) == {"Tea lovers": (State.HANDED, "")}
    assert policy.contacts("C1") == []
    wecom.confirm("msg1")
    assert services.work(now=NOW + 90 * MINUTE).settled == 1
    assert states(post) == {"Tea lovers": (State.SENT, "")}
    assert [(one.channel, one.content) for one in policy.contacts("C1")] == [("wecom", "news")]
    history.flush()
    facts = scan("contacts").to_pyarrow().to_pylist()
    assert sorted((one["customer_id"], one["status"]) for one in facts) == [("C1", "sent"), ("C2", "sent")]
    services.work(now=NOW + 3 * DAY)
    history.flush()
    assert scan("contacts").to_pyarrow().num_rows == 2


def test_one_task_holds_all_groups_of_an_owner(shop, wecom):
    say("Tea lovers", "Cups", "Old")
    assert services.work(now=NOW).handed == 3
    assert sorted(len(one["chat_id_list"]) for one in wecom.to("add_msg_template")) == [1, 2]


def test_a_member_who_is_left_alone_keeps_the_text_from_the_group(shop, wecom):
    privacy.place_hold(customer_id="C2", kind="complaint", actor="ada", now=NOW - DAY)
    agree("C3", yes=False)
    post = say("Tea lovers", "Cups", "Old")
    services.work(now=NOW)
    assert states(post) == {
        "Tea lovers": (State.WITHHELD, "member_left_alone"),
        "Cups": (State.WITHHELD, "member_left_alone"),
        "Old": (State.HANDED, ""),
    }
    (view,) = queries.posts()
    assert [one.figures["barred"] for one in view.deliveries] == [1, 1, 0]


def test_members_kept_aside_read_it_with_the_others_and_are_counted_and_noted(shop, wecom):
    set_holdout(share=0.5, reason="test", actor="ada", now=NOW - DAY)
    aside = policy.held_out(["C1", "C2"])
    assert aside
    say("Tea lovers")
    services.work(now=NOW)
    wecom.confirm("msg1")
    services.work(now=NOW + 31 * MINUTE)
    (view,) = queries.posts()
    assert view.deliveries[0].figures["held_out"] == len(aside)
    assert {str(policy.contacts(one)[0].decision) for one in aside} == {"outside"}


def test_quiet_hours_are_those_of_the_group(shop, wecom):
    evening = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # ten at night in Shanghai
    post = say("Tea lovers", now=evening)
    assert services.work(now=evening).later == 1
    assert states(post) == {"Tea lovers": (State.WAITING, "quiet_hours")}
    assert services.work(now=evening + 11 * 60 * MINUTE).handed == 1


def test_a_group_hears_one_text_a_day_and_the_same_one_not_again(shop, wecom):
    chat("cups", "New cups.")
    say("Tea lovers")
    services.work(now=NOW)
    other, again = say("Tea lovers", code="cups"), say("Tea lovers")
    services.work(now=NOW + MINUTE)
    assert states(other) == {"Tea lovers": (State.WAITING, "too_often")}
    assert states(again) == {"Tea lovers": (State.WITHHELD, "same_content")}
    assert services.work(now=NOW + DAY + MINUTE).handed == 1


def test_a_group_that_has_had_enough_says_so(shop, wecom):
    wecom.sent_today["wrTea"] = 1
    post = say("Tea lovers")
    services.work(now=NOW)
    wecom.confirm("msg1")
    services.work(now=NOW + 31 * MINUTE)
    assert states(post) == {"Tea lovers": (State.FAILED, "day_limit")}
    assert policy.contacts("C1") == []


def test_a_text_counts_though_its_group_has_another_owner_by_now(shop, wecom):
    post = say("Tea lovers")
    services.work(now=NOW)
    wecom.confirm("msg1")
    wecom.groups["wrTea"]["owner"] = "LiLei"
    services.refresh(actor="ada", now=NOW + 10 * MINUTE)
    services.work(now=NOW + 31 * MINUTE)
    assert states(post) == {"Tea lovers": (State.SENT, "")}
    assert [one.content for one in policy.contacts("C1")] == ["news"]


@pytest.mark.parametrize("code", [40003, 60111, 41063])
def test_what_wecom_will_not_say_of_one_text_holds_up_no_other(shop, wecom, code):
    chat("cups", "New cups.")
    first = say("Tea lovers")
    services.work(now=NOW)
    second = say("Cups", code="cups")
    wecom.next_answers[RESULTS] = [(200, {"errcode": code, "errmsg": "no such user"})]
    services.work(now=NOW + MINUTE)
    assert states(first) == {"Tea lovers": (State.HANDED, "")}
    assert states(second) == {"Cups": (State.HANDED, "")}


@pytest.mark.parametrize(("code", "stopped"), [(-1, False), (45009, False), (48002, True)])
def test_trouble_of_the_account_or_of_wecom_pauses_or_stops_it(shop, wecom, code, stopped):
    post = say("Tea lovers")
    services.work(now=NOW)
    wecom.next_answers[RESULTS] = [(200, {"errcode": code, "errmsg": "no"})]
    services.work(now=NOW + 31 * MINUTE)
    (account,) = (one for one in accounts.queries.accounts() if one.channel == "wecom")
    assert (account.stopped_at is not None, account.paused_until is not None) == (stopped, not stopped)
    assert states(post) == {"Tea lovers": (State.HANDED, "")}


def test_what_was_lost_more_than_a_month_ago_is_not_made_again(shop, wecom):
    def answer(_query, said):
        wecom.add_msg_template(said)
        return CUT

    wecom.next_answers[TASK] = [answer]
    post = say("Tea lovers")
    services.work(now=NOW)
    wecom.tasks.clear()  # WeCom keeps its list for a month
    services.work(now=NOW + 31 * DAY)
    services.work(now=NOW + 31 * DAY + 30 * MINUTE)
    assert states(post) == {"Tea lovers": (State.FAILED, "not_known")}
    assert wecom.tasks == {}


def test_a_round_that_takes_long_leaves_the_rest_to_the_next(shop, wecom, monkeypatch):
    from keepwell.outreach.chats.services import working

    say("Tea lovers", "Cups", "Old")
    with monkeypatch.context() as patched:
        patched.setattr(working, "monotonic", itertools.count(0, 50).__next__)
        assert services.work(now=NOW).handed == 1
    assert services.work(now=NOW + MINUTE).handed == 2
    assert len(wecom.to("add_msg_template")) == 3


def test_groups_that_somebody_else_reads_at_the_same_time_are_not_gone(shop, monkeypatch):
    from keepwell.outreach.chats.models import ChatGroup
    from keepwell.outreach.chats.services import reading

    store = reading._store

    def beside(one, numbers, now):
        made = store(one, numbers, now)
        ChatGroup.objects.filter(chat_id=one.chat_id).update(read_at=now + MINUTE)
        return made

    monkeypatch.setattr(reading, "_store", beside)
    assert services.refresh(actor="ada", now=NOW + DAY).gone == 0
    assert len(queries.groups()) == 3


def test_texts_go_on_where_groups_cannot_be_read(shop, wecom, monkeypatch):
    later = NOW + 7 * 60 * MINUTE  # seven in the evening: the last reading is old
    monkeypatch.setattr(clock, "now", lambda: later)
    post = say("Tea lovers", now=later)
    wecom.next_answers[LIST] = [(200, {"errcode": 60011, "errmsg": "no privilege"})] * 3
    mine = [job for job in jobs() if "customer_group" in job.name]
    for job in mine:
        job.attempt()
    assert sum(job.errors for job in mine) == 1
    assert states(post) == {"Tea lovers": (State.HANDED, "")}


def test_a_group_that_changed_hands_meanwhile_is_told_apart(shop, wecom):
    wecom.groups["wrCup"]["owner"] = "LiLei"
    post = say("Tea lovers", "Cups")
    services.work(now=NOW)
    assert states(post) == {"Tea lovers": (State.HANDED, ""), "Cups": (State.FAILED, "fail_list")}


@pytest.mark.parametrize("taken", [True, False])
def test_an_answer_that_is_lost_is_looked_up_and_nothing_is_made_twice(shop, wecom, taken):
    def answer(_query, said):
        if taken:
            wecom.add_msg_template(said)
        return CUT

    wecom.next_answers[TASK] = [answer]
    post = say("Tea lovers")
    services.work(now=NOW)
    assert states(post) == {"Tea lovers": (State.UNKNOWN, "lost")}
    services.work(now=NOW + 5 * MINUTE)
    assert states(post)["Tea lovers"][0] is State.UNKNOWN
    services.work(now=NOW + 11 * MINUTE)
    services.work(now=NOW + 30 * MINUTE)
    assert states(post) == {"Tea lovers": (State.HANDED, "")}
    assert len(wecom.tasks) == 1


def test_a_worker_that_died_while_handing_over_leaves_it_to_be_looked_up(shop, wecom, monkeypatch):
    from keepwell.outreach.chats.services import working

    def die(*_given):
        raise KeyboardInterrupt

    post = say("Tea lovers")
    with monkeypatch.context() as patched:
        patched.setattr(working, "_hand", die)
        with pytest.raises(KeyboardInterrupt):
            services.work(now=NOW)
    services.work(now=NOW + MINUTE)
    assert states(post) == {"Tea lovers": (State.HANDING, "")}
    services.work(now=NOW + 11 * MINUTE)
    services.work(now=NOW + 30 * MINUTE)
    assert states(post) == {"Tea lovers": (State.HANDED, "")}
    assert len(wecom.to("add_msg_template")) == 1


@pytest.mark.parametrize(
    ("code", "state", "reason"), [(60011, "failed", "60011"), (45009, "waiting", ""), (41048, "waiting", "")]
)
def test_each_code_is_what_it_is(shop, wecom, code, state, reason):
    wecom.next_answers[TASK] = [(200, {"errcode": code, "errmsg": "said so"})]
    post = say("Tea lovers")
    services.work(now=NOW)
    assert states(post) == {"Tea lovers": (state, reason)}


def test_a_secret_that_is_refused_stops_the_account_and_nothing_is_lost(shop, wecom):
    wecom.next_answers[TASK] = [(200, {"errcode": 48002, "errmsg": "api forbidden"})]
    post = say("Tea lovers")
    services.work(now=NOW)
    assert accounts.to_use("wecom", now=NOW) is None
    assert states(post) == {"Tea lovers": (State.WAITING, "")}


def test_an_owner_who_never_confirms_is_not_waited_for_for_ever(shop, wecom):
    post = say("Tea lovers")
    services.work(now=NOW)
    services.work(now=NOW + 31 * DAY)
    assert states(post) == {"Tea lovers": (State.FAILED, "not_confirmed")}


def test_what_is_stopped_does_not_go_out(shop, wecom):
    post = say("Tea lovers")
    assert services.stop(post_id=post, actor="ada", now=NOW) == 1
    services.work(now=NOW)
    assert wecom.to("add_msg_template") == []


def test_a_text_that_speaks_to_one_reader_is_not_for_a_group(shop):
    chat("named", "Dear {{ customer.name | default: 'you' }}")
    for code, problem in (("named", "names_reader"), ("nothing", "no_template")):
        with pytest.raises(ChatError) as raised:
            say("Tea lovers", code=code)
        assert raised.value.code == problem
    with pytest.raises(ChatError):
        services.post(group_ids=[], template_code="news", language="en", actor="ada", now=NOW)


def test_who_is_merged_split_or_erased_takes_their_places_along(shop):
    tea = number("Tea lovers")
    merge = identity.merge(kept_id="C1", merged_id="C3", actor="ada")
    assert set(queries.of_customer("C1")) == {tea, number("Cups")}
    identity.split(merge_id=getattr(merge, "merge_id", merge), actor="ada")
    assert queries.of_customer("C1") == (tea,)
    from keepwell.accounts.contracts import Role
    from keepwell.accounts.models import User

    root = User.objects.create_user("root", password="x", roles=[Role.ADMINISTRATOR])
    privacy.request_right(user=root, customer_id="C2", right="erase", confirmation="C2")
    privacy.run_requests()
    assert list(queries.members(tea)) == ["C1"]
