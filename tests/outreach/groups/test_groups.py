"""Groups of colleagues are told once, in their language, through the services' documented formats."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from keepwell.foundation.audit import queries as audit
from keepwell.outreach.contracts import Notice
from keepwell.outreach.groups import queries, reaching, services
from keepwell.outreach.groups.contracts import GroupError
from keepwell.outreach.groups.models import GroupNotice, NoticeGroup
from keepwell.outreach.services import notices
from tests.outreach.channels.loopback import CUT, Loopback

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SLACK = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
BOT = "/bot123456789:abcdefg_hijklmnop/sendMessage"
TOKEN, SECRET = "a" * 64, "SECabc123"


class Services(Loopback):
    """DingTalk, Slack, Telegram and a system of one's own, as their documents say."""

    def answer(self, method, path, query, headers, said):
        if path == "/robot/send":
            return 200, self.dingtalk(query, said)
        if path.startswith("/services/"):
            return (200, b"ok") if said.get("text") or said.get("attachments") else (400, b"no_text")
        if path.startswith("/bot"):
            return (200, {"ok": True, "result": {}}) if said.get("chat_id") else (400, {"ok": False})
        return (204, b"") if said.get("message") else (400, b"")

    def dingtalk(self, query, said):
        wanted = hmac.digest(SECRET.encode(), f"{query.get('timestamp')}\n{SECRET}".encode(), "sha256")
        if query.get("access_token") != TOKEN:
            return {"errcode": 300001, "errmsg": "token is not exist"}
        if query.get("sign") != base64.b64encode(wanted).decode():
            return {"errcode": 310000, "errmsg": "sign not match"}
        ok = said.get("msgtype") == "text" and said["text"]["content"]
        return {"errcode": 0, "errmsg": "ok"} if ok else {"errcode": 400101, "errmsg": "empty"}


@pytest.fixture
def peer(home, settings, monkeypatch):
    from apprise.plugins.dingtalk import NotifyDingTalk
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.telegram import NotifyTelegram

    found = Services()
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True
    monkeypatch.setattr(NotifyDingTalk, "notify_url", found.address + "/robot/send")
    monkeypatch.setattr(NotifySlack, "webhook_url", found.address + "/services")
    monkeypatch.setattr(NotifySlack, "request_rate_per_sec", 0)
    monkeypatch.setattr(NotifyTelegram, "notify_url", found.address + "/bot")
    yield found
    found.close()


@pytest.fixture
def own(peer):
    """The address of a system of one's own, and how groups are set up."""
    where = f"json://127.0.0.1:{urlsplit(peer.address).port}/in"

    def make(name="Team", *, address=where, kinds=("cycle_done", "newly_at_risk"), language="en", **more):
        return services.set_group(
            name=name,
            address=address,
            language=language,
            kinds=kinds,
            active=True,
            actor="ada",
            now=NOW,
            **more,
        )

    return make


@pytest.fixture
def lin(db, home):
    from keepwell.accounts.models import User

    return User.objects.create_user("lin", password="correct horse", roles=["account_manager"])


@pytest.mark.parametrize(
    ("address", "service"),
    [
        (f"dingtalk://{SECRET}@{TOKEN}/", "dingtalk"),
        (f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}", "dingtalk"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "slack"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack"),
        ("tgram://123456789:abcdefg_hijklmnop/-100123/", "tgram"),
        ("workflows://prod-1.westus.logic.azure.com:443/643e69f83c8944/signature/", "workflows"),
        ("jsons://hooks.tea-house.com/in", "jsons"),
    ],
)
def test_the_services_that_may_be_told(home, address, service):
    assert reaching.service_of(address) == service


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "not_an_address"),
        ("nonsense", "not_an_address"),
        ("mailto://user:pass@gmail.com", "no_such_service"),
        ("syslog://", "no_such_service"),
        ("json://hooks.tea-house.com/in", "no_such_service"),
        ("xmls://hooks.tea-house.com/in", "no_such_service"),
        ("jsons://127.0.0.1/in", "not_public"),
        ("jsons://localhost/in", "not_public"),
        ("jsons://[::1]/in", "not_public"),
        ("jsons://169.254.169.254/latest", "not_public"),
        ("jsons://intranet.local/in", "not_public"),
        ("workflows://evil.example:443/643e69f83c8944/signature/", "no_such_service"),
        ("jsons://a.example/\n", "not_an_address"),
    ],
)
def test_nothing_else_is_called(home, address, code):
    with pytest.raises(ValueError, match=f"^{code}$"):
        reaching.service_of(address)


def test_a_name_that_leads_inside_is_not_called(home, monkeypatch):
    monkeypatch.setattr(
        reaching.addresses.socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", ("10.0.0.7", 443))]
    )
    assert reaching.send("jsons://hooks.tea-house.com/in", title="t", body="b") == "not_public"


def test_the_call_goes_to_the_address_that_was_looked_at(home, monkeypatch):
    """A name that changes its mind between two questions gains nothing."""
    monkeypatch.setattr(
        reaching.addresses.socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", ("93.184.215.14", 443))]
    )
    asked = {}

    def post(client, url, **said):
        asked.update(said, url=url, auth=client.auth)
        return httpx.Response(200)

    monkeypatch.setattr(httpx.Client, "post", post)
    assert reaching.send("jsons://ann:secret@hooks.tea-house.com/in/here?+X-Key=k", title="t", body="b") == ""
    assert asked["url"] == "https://93.184.215.14:443/in/here"
    assert asked["headers"]["Host"] == "hooks.tea-house.com"
    assert asked["headers"]["X-Key"] == "k"
    assert asked["extensions"] == {"sni_hostname": "hooks.tea-house.com"}
    assert isinstance(asked["auth"], httpx.BasicAuth)
    assert asked["json"]["message"] == "b"


def test_a_redirect_is_not_followed(peer, own):
    group = own()
    peer.next_answers["/in"] = [(302, b"")]
    assert services.try_out(group_id=group.group_id, actor="ada", now=NOW) == "unreachable"
    assert len(peer.calls) == 1


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (f"dingtalk://{SECRET}@{TOKEN}/", "/robot/send"),
        (f"slack://{SLACK}/", f"/services/{SLACK}"),
        ("tgram://123456789:abcdefg_hijklmnop/-100123/?image=no", BOT),
    ],
)  # fmt: skip
def test_each_service_is_told_in_its_own_form(peer, own, address, path):
    group = own(address=address)
    assert services.try_out(group_id=group.group_id, actor="ada", now=NOW) == ""
    ((where, said),) = peer.calls
    assert where == path
    assert "This group is told here what happens in Keepwell." in str(said)


def test_dingtalk_says_no_with_status_200(peer, own):
    group = own(address=f"dingtalk://SECwrong@{TOKEN}/")
    assert services.try_out(group_id=group.group_id, actor="ada", now=NOW) == "refused"
    assert queries.group(group.group_id).last_error == "refused"


def test_a_group_hears_of_a_thing_once_also_where_nobody_wants_to(peer, own, lin):
    from keepwell.accounts.models import User

    mei = User.objects.create_user("mei", password="correct horse", roles=["account_manager"])
    own(language="zh-hans")
    for user in (lin, mei):  # both have muted it, as everybody has at first
        notices.tell(user_id=user.pk, kind=Notice.CYCLE_DONE, key="c1", data={"cycle": "c1"}, now=NOW)
        data = {"customers": 2, "expected_loss": "10", "currency": "CNY"}
        notices.tell(user_id=user.pk, kind=Notice.NEWLY_AT_RISK, key="c1", data=data, now=NOW)
    assert queries.is_due(now=NOW)
    assert services.send_due(now=NOW) == {"sent": 3, "failed": 0}
    assert services.send_due(now=NOW) == {"sent": 0, "failed": 0}
    words = [said["message"] for said in peer.to("/in")]
    assert sum("c1" in one for one in words) == 1
    assert sum("lin" in one for one in words) == sum("mei" in one for one in words) == 1


def test_what_the_service_did_not_take_is_tried_again_and_then_given_up(peer, own):
    own()
    peer.next_answers["/in"] = [(500, b""), CUT]
    services.tell(kind="cycle_done", key="c1", data={"cycle": "c1"}, user_id=None, now=NOW)
    assert services.send_due(now=NOW)["failed"] == 1
    assert services.send_due(now=NOW)["failed"] == 0
    assert services.send_due(now=NOW + timedelta(minutes=1))["failed"] == 1
    assert services.send_due(now=NOW + timedelta(minutes=6))["sent"] == 1
    assert GroupNotice.objects.get().outcome == "sent"
    peer.next_answers["/in"] = [(500, b"")] * 9
    services.tell(kind="cycle_done", key="c2", data={"cycle": "c2"}, user_id=None, now=NOW)
    for days in range(9):
        services.send_due(now=NOW + timedelta(days=days))
    assert GroupNotice.objects.get(key="c2").outcome == "failed"
    services.send_due(now=NOW + timedelta(days=60))
    assert not GroupNotice.objects.exists()


def test_a_line_that_cannot_be_written_holds_up_no_other(peer, own):
    own(kinds=("cycle_done", "newly_at_risk"))
    services.tell(kind="newly_at_risk", key="c0", data={"customers": "many"}, user_id=None, now=NOW)
    later = NOW + timedelta(seconds=1)
    services.tell(kind="cycle_done", key="c1", data={"cycle": "c1"}, user_id=None, now=later)
    assert services.send_due(now=later) == {"sent": 1, "failed": 1}
    for days in range(1, 9):
        services.send_due(now=NOW + timedelta(days=days))
    assert GroupNotice.objects.get(key__startswith="c0").outcome == "failed"


@pytest.mark.parametrize(
    ("language", "customers", "count", "line"),
    [
        ("en", ["C1"], 1, "100 % at risk (1 customer: C1)"),
        ("en", ["C1", "C2"], 9, "100 % at risk (9 customers: C1, C2 …)"),
        ("zh-hant", ["C1"], 1, "快去看"),
    ],
)
def test_a_line_of_a_journey_goes_to_one_group_once(peer, own, language, customers, count, line):
    own(language=language)
    own("Others")
    words = {"en": "100 % at risk", "zh-hant": "快去看"}
    data = {"words": words, "count": count, "customers": customers}
    for _again in range(2):
        assert services.tell_group(name="Team", key="journey/1", data=data, now=NOW)
    assert not services.tell_group(name="Nobody", key="journey/1", data=data, now=NOW)
    assert services.send_due(now=NOW) == {"sent": 1, "failed": 0}
    assert services.send_due(now=NOW) == {"sent": 0, "failed": 0}
    ((_where, said),) = peer.calls
    assert line in str(said)


def test_a_group_at_rest_is_told_nothing(peer, own):
    group = own()
    services.set_group(
        name="Team", address="", language="en", kinds=["cycle_done"], active=False, actor="ada", now=NOW,
        group_id=group.group_id,
    )  # fmt: skip
    assert services.tell(kind="cycle_done", key="c1", data={"cycle": "c1"}, user_id=None, now=NOW) == 0


def test_the_address_is_sealed_kept_and_never_in_the_audit_log(peer, own, django_assert_num_queries):
    from django.db import connection

    group = own(address="tgram://123456789:abcdefg_hijklmnop/-100123/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM groups_noticegroup")
        assert "abcdefg" not in cursor.fetchone()[0]
    changed = own("Team 2", address="", group_id=group.group_id)
    assert (changed.name, changed.service) == ("Team 2", "tgram")
    assert "abcdefg" in NoticeGroup.objects.get().address
    entries = audit.entries(limit=10) if hasattr(audit, "entries") else []
    assert "abcdefg" not in str(entries)
    services.remove(group_id=group.group_id, actor="ada", now=NOW)
    assert queries.groups() == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": " "}, "name", "no_name"),
        ({"address": ""}, "address", "missing"),
        ({"address": "syslog://"}, "address", "no_such_service"),
        ({"kinds": ["weather"]}, "kinds", "no_kind"),
        ({"language": "xx"}, "language", "no_language"),
    ],
)
def test_what_cannot_be_is_said_by_field(peer, own, change, field, code):
    with pytest.raises(GroupError) as error:
        own(**change)
    assert error.value.problems == {field: code}
    assert queries.groups() == []


def test_two_groups_of_one_name(peer, own):
    own()
    with pytest.raises(GroupError) as error:
        own()
    assert error.value.problems == {"name": "name_taken"}


def test_the_pages(peer, own, client):
    from django.urls import reverse

    from keepwell.accounts.models import User

    client.force_login(User.objects.create_user("ada", password="correct horse", roles=["administrator"]))
    assert b"No group is told anything yet" in client.get(reverse("notice_groups")).content
    typed = {"name": "Team", "address": "syslog://", "language": "en", "kind": ["cycle_done"], "active": "1"}
    assert client.post(reverse("notice_group_new"), typed).status_code == 422
    where = f"json://127.0.0.1:{urlsplit(peer.address).port}/in"
    assert client.post(reverse("notice_group_new"), {**typed, "address": where}).status_code == 302
    (group,) = queries.groups()
    page = client.get(reverse("notice_group", args=[group.group_id])).content.decode()
    assert where not in page
    assert client.post(reverse("notice_group_act", args=[group.group_id, "try"])).status_code == 302
    assert len(peer.calls) == 1
    assert b"Team" in client.get(reverse("notice_groups")).content
    client.post(reverse("notice_group_act", args=[group.group_id, "remove"]))
    assert queries.groups() == []
