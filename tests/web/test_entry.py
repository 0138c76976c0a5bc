"""First run, signing in, languages, who may see and who may change."""

from __future__ import annotations

import pytest

from keepwell.accounts.models import User
from keepwell.foundation.audit.models import AuditEntry
from tests.permissions.addresses import ARGUMENTS, every_address
from tests.web.conftest import PASSWORD

# What one reaches without an account: signing in itself.
OPEN = {"/welcome/", "/sign-in/", "/language/", "/admin/login/", "/sign-in/passkey/", "/sign-in/second/"}
OPEN |= {"/sign-in/with/sso/", "/sign-in/with/sso/callback/", "/sign-in/link/no-such-link/"}
TOKEN = ARGUMENTS["token"]
# What customers open who got a message: a link that was cut says so.
OPEN |= {f"/u/{TOKEN}", f"/u/{TOKEN}/preferences", f"/c/{TOKEN}", f"/o/{TOKEN}.gif", f"/q/{TOKEN}"}
OPEN |= {f"/at/{ARGUMENTS['code']}", f"/g/{TOKEN}", f"/g/{TOKEN}/calendar.ics"}
# What the shop's own website asks.
OPEN |= {"/site/keepwell.js", "/site/ask", "/site/event"}
ADDRESSES = [one.path for one in every_address() if one.is_page]


def test_there_are_addresses_to_walk():
    assert {"/", "/at-risk/", "/plan/", "/customers/C000001/", "/settings/definitions/"} <= set(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_an_account_every_page_leads_to_the_welcome_page(client, db, address):
    if address in ("/welcome/", "/language/"):
        return
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, "/welcome/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_readable_without_signing_in(client, administrator, address):
    for method in (client.get, client.post):
        response = method(address)
        if address in OPEN:
            assert response.status_code in (200, 302, 400, 404, 405)
        elif address == "/sign-out/" and response.status_code == 405:
            continue  # signing out is for POST alone and shows nothing
        else:
            assert response.status_code == 302, (address, response.status_code)
            assert response["Location"].startswith(("/sign-in/?next=", "/admin/login/?next=", "/sign-in/"))


def test_the_first_account_is_made_and_signed_in(client, db):
    page = client.get("/welcome/", HTTP_ACCEPT_LANGUAGE="zh-TW,zh;q=0.9")
    assert page["Content-Language"] == "zh-hant"
    answer = client.post(
        "/welcome/",
        {"username": "ada", "password": PASSWORD, "again": PASSWORD},
        HTTP_ACCEPT_LANGUAGE="zh-TW,zh;q=0.9",
    )
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.username, user.is_staff, user.is_superuser, user.language) == ("ada", True, True, "zh-hant")
    assert AuditEntry.objects.filter(action="user.create").count() == 1
    assert client.get("/").status_code == 200


def test_after_that_the_welcome_page_is_gone(ada):
    assert ada.get("/welcome/")["Location"] == "/"
    answer = ada.post("/welcome/", {"username": "eve", "password": PASSWORD, "again": PASSWORD})
    assert answer["Location"] == "/"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"password": PASSWORD, "again": PASSWORD + "x"}, "again"),
        ({"password": "short", "again": "short"}, "password"),
        ({"username": "a b!", "password": PASSWORD, "again": PASSWORD}, "username"),
        ({"username": "", "password": PASSWORD, "again": PASSWORD}, "username"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(client, db, given, field):
    page = client.post("/welcome/", {"username": "ada", **given})
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {field}
    assert page.context["form"]["password"].value() == given["password"]
    assert not User.objects.exists()


def test_signing_in_leads_to_where_one_wanted(client, administrator):
    page = client.get("/plan/")
    assert page["Location"] == "/sign-in/?next=/plan/"
    answer = client.post(page["Location"], {"username": "ada", "password": PASSWORD, "next": "/plan/"})
    assert answer["Location"] == "/plan/"


def test_a_wrong_password_does_not_sign_in(client, administrator):
    page = client.post("/sign-in/", {"username": "ada", "password": "wrong"})
    assert page.status_code == 200
    assert page.context["form"].non_field_errors()
    assert "_auth_user_id" not in client.session


def test_signing_in_does_not_lead_elsewhere(client, administrator):
    answer = client.post("/sign-in/?next=https://evil.example/", {"username": "ada", "password": PASSWORD})
    assert answer["Location"] == "/"


def test_the_language_is_remembered_with_the_account_and_by_cookie(ada, administrator):
    answer = ada.post("/language/", {"language": "zh-hans", "next": "/plan/"})
    assert (answer.status_code, answer["Location"]) == (302, "/plan/")
    assert answer.cookies["django_language"].value == "zh-hans"
    administrator.refresh_from_db()
    assert administrator.language == "zh-hans"
    ada.cookies.pop("django_language")
    assert 'lang="zh-hans"' in ada.get("/").content.decode()


def test_the_language_can_be_chosen_before_signing_in(client, administrator):
    client.post("/language/", {"language": "zh-hant", "next": "/sign-in/"})
    assert 'lang="zh-hant"' in client.get("/sign-in/").content.decode()
    client.post("/sign-in/", {"username": "ada", "password": PASSWORD})
    administrator.refresh_from_db()
    assert administrator.language == "zh-hant"


@pytest.mark.parametrize(
    "given",
    [{"language": "xx", "next": "/"}, {"language": "zh-hans", "next": "https://evil.example/"}],
)
def test_only_languages_that_are_offered_and_only_pages_of_ours(ada, given):
    answer = ada.post("/language/", given)
    assert answer["Location"] == "/"


def test_a_viewer_sees_but_does_not_change(wen, shop):
    for address in ("/", "/at-risk/", "/plan/", "/settings/thresholds/", "/settings/treatments/"):
        page = wen.get(address)
        assert page.status_code == 200
        assert "/settings/definitions/" in page.content.decode()  # the sidebar is theirs, too
        assert "/settings/people/" not in page.content.decode()
    for address, data in (
        ("/plan/", {"budget": "100", "save": "1"}),
        ("/settings/thresholds/", {"high_risk": "80"}),
        ("/settings/treatments/call_back/", {"unit_cost": "9"}),
        ("/settings/limits/high/", {"max_cost": "9", "max_value_share": "10"}),
        ("/settings/assumptions/call_back/", {}),
    ):
        before = AuditEntry.objects.count()
        assert wen.post(address, data).status_code == 403, address
        assert AuditEntry.objects.count() == before


def test_a_blocked_account_sees_nothing(wen, viewer):
    viewer.is_active = False
    viewer.save()
    assert wen.get("/")["Location"].startswith("/sign-in/")


def test_signing_out(ada):
    assert ada.post("/sign-out/")["Location"] == "/sign-in/"
    assert ada.get("/")["Location"].startswith("/sign-in/")
