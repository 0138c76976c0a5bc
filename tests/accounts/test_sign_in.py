"""Signing in: password, throttling, authenticator app, passkey; sessions; what must be done first."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.test import Client

from keepwell.accounts import queries, services
from keepwell.foundation.audit.models import AuditEntry
from tests.accounts.conftest import PASSWORD
from tests.accounts.device import Device

HOST = {"HTTP_HOST": "localhost"}
WORKER = Path(__file__).with_name("guessing.py")


def signed_in(client):
    return "_auth_user_id" in client.session


def enter(client, username="bo", password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": username, "password": password}, **more)


@pytest.fixture
def browser(client, mei, bo):
    """Bo's browser, signed in with the password."""
    client.defaults.update(HOST)
    enter(client)
    assert signed_in(client)
    return client


def confirm(browser):
    browser.post("/account/confirm/", {"password": PASSWORD})


def set_up_app(browser):
    """Set up an authenticator app; gives its secret."""
    confirm(browser)
    page = browser.get("/account/app/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    answer = browser.post("/account/app/", {"code": code(secret)})
    assert answer["Location"] == "/account/codes/"
    return secret


def code(secret, step=0):
    return f"{hotp_value(secret, int(time.time()) // 30 + step):06d}"


def test_signing_in_and_failing_to_are_recorded(client, mei, bo):
    enter(client, password="wrong")
    assert not signed_in(client)
    enter(client, username="nobody-here")
    enter(client)
    actions = [(e.actor, e.action) for e in AuditEntry.objects.filter(object_type="user").order_by("pk")]
    assert actions == [("bo", "user.sign_in_failed"), ("bo", "user.sign_in")]


def test_after_five_wrong_passwords_the_right_one_does_not_open_either(client, mei, bo):
    for _attempt in range(5):
        enter(client, password="wrong")
    page = enter(client)
    assert page.status_code == 200
    assert not signed_in(client)
    assert "Too many" in page.content.decode()
    other = Client()
    enter(other, username="mei")
    assert signed_in(other)  # other names are not locked out


@pytest.mark.django_db(transaction=True)
def test_attempts_count_across_processes(client, mei, bo):
    from django.db import connection

    settings = connection.settings_dict
    for _process in range(2):
        found = subprocess.run(
            [sys.executable, str(WORKER), "bo", "3"],
            input=json.dumps({key: str(settings[key]) for key in ("ENGINE", "NAME", "USER", "HOST", "PORT")}),
            text=True,
            capture_output=True,
            check=True,
            timeout=120,
        )
        assert found.stdout.strip().endswith("refused")
    enter(client)
    assert not signed_in(client)


def test_an_authenticator_app_is_asked_for_from_then_on(browser, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up_app(browser)
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored  # sealed
    other = Client(**HOST)
    step = enter(other)
    assert step["Location"] == "/sign-in/second/"
    assert not signed_in(other)
    assert other.get("/")["Location"].startswith("/sign-in/")
    wrong = other.post("/sign-in/second/", {"code": "000000"})
    assert wrong.status_code == 200
    assert wrong.context["form"].errors["code"]
    assert other.post("/sign-in/second/", {"code": code(secret, 1)})["Location"] == "/"
    assert signed_in(other)
    assert AuditEntry.objects.filter(action="user.totp_activated").count() == 1


def test_a_code_opens_once(browser):
    secret = set_up_app(browser)
    used = code(secret, 1)
    for opens in (True, False):
        other = Client(**HOST)
        enter(other)
        other.post("/sign-in/second/", {"code": used})
        assert signed_in(other) is opens


def test_codes_cannot_be_guessed(browser):
    secret = set_up_app(browser)
    other = Client(**HOST)
    enter(other)
    for _attempt in range(5):
        other.post("/sign-in/second/", {"code": "000000"})
    page = other.post("/sign-in/second/", {"code": code(secret, 1)})
    assert page.status_code == 200
    assert not signed_in(other)


def test_a_recovery_code_opens_once(browser):
    set_up_app(browser)
    codes = browser.get("/account/codes/").context["unused_codes"]
    assert len(codes) == 10
    for opens in (True, False):
        other = Client(**HOST)
        enter(other)
        other.post("/sign-in/second/", {"code": codes[0]})
        assert signed_in(other) is opens
    assert browser.get("/account/codes/download/").content.decode().split() == codes[1:]


def add_passkey(browser, device):
    confirm(browser)
    page = browser.get("/account/passkeys/add/")
    made = device.create(page.context["js_data"]["creation_options"])
    return browser.post(
        "/account/passkeys/add/", {"name": "phone", "passwordless": "on", "credential": json.dumps(made)}
    )


def passkey_sign_in(client, device):
    asked = client.get("/sign-in/passkey/", headers={"X-Requested-With": "XMLHttpRequest"}).json()
    given = json.dumps(device.get(asked["request_options"]))
    return client.post("/sign-in/passkey/", {"credential": given})


def test_a_passkey_signs_in_without_password(browser):
    device = Device()
    assert add_passkey(browser, device).status_code == 302
    other = Client(**HOST)
    assert passkey_sign_in(other, device)["Location"] == "/"
    assert signed_in(other)
    assert other.get("/account/").context["passkeys"][0].last_used_at is not None


@pytest.mark.parametrize("device", [Device(origin="https://evil.example"), Device(host="evil.example")])
def test_a_passkey_made_on_another_page_does_not_count(browser, device):
    page = add_passkey(browser, device)
    assert page.status_code == 200
    assert not Authenticator.objects.exists()


def test_another_key_does_not_open(browser):
    device, thief = Device(), Device()
    add_passkey(browser, device)
    thief.credential_id, thief.user_handle = device.credential_id, device.user_handle
    other = Client(**HOST)
    passkey_sign_in(other, thief)
    assert not signed_in(other)


def test_an_answer_cannot_be_used_again(browser):
    device = Device()
    add_passkey(browser, device)
    other = Client(**HOST)
    asked = other.get("/sign-in/passkey/", headers={"X-Requested-With": "XMLHttpRequest"}).json()
    given = json.dumps(device.get(asked["request_options"]))
    assert other.post("/sign-in/passkey/", {"credential": given})["Location"] == "/"
    third = Client(**HOST)
    third.get("/sign-in/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
    third.post("/sign-in/passkey/", {"credential": given})
    assert not signed_in(third)


def test_changing_factors_asks_for_the_password_again(browser):
    for address in ("/account/app/", "/account/passkeys/add/", "/account/codes/new/"):
        assert browser.get(address)["Location"].startswith("/account/confirm/")


def test_where_one_is_signed_in_and_signing_out_elsewhere(browser, bo):
    phone = Client(**HOST, HTTP_USER_AGENT="Mozilla/5.0 (iPhone) AppleWebKit Safari/604.1")
    enter(phone)
    rows = browser.get("/account/").context["sessions"]
    assert [(row["device"], row["is_current"]) for row in rows] == [("", True), ("Safari · iPhone", False)]
    assert rows[1]["one"].ip == "127.0.0.1"
    browser.post("/account/sessions/end/")
    assert phone.get("/account/")["Location"].startswith("/sign-in/")
    assert browser.get("/account/").status_code == 200
    assert AuditEntry.objects.filter(action="user.sign_out_elsewhere", actor="bo").count() == 1


def test_another_password_ends_the_other_sessions(browser, bo):
    phone = Client(**HOST)
    enter(phone)
    new = "another battery staple"
    page = browser.post("/account/password/", {"oldpassword": "wrong", "password1": new, "password2": new})
    assert page.status_code == 200
    browser.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    bo.refresh_from_db()
    assert bo.check_password(new)
    assert phone.get("/account/")["Location"].startswith("/sign-in/")
    assert browser.get("/account/").status_code == 200


def test_before_customers_data_opens_the_duty_is_taken_on(browser, bo, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "on"
    for address in ("/", "/customers/", "/customers/C000001/", "/plan/", "/settings/definitions/"):
        assert browser.get(address)["Location"].startswith("/account/confidentiality/?next=")
        assert browser.post(address)["Location"] == "/account/confidentiality/"
    part = browser.get("/customers/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, "/account/confidentiality/?next=%2Fcustomers%2F")
    page = browser.get("/account/confidentiality/?next=/settings/definitions/")
    answer = browser.post(
        "/account/confidentiality/",
        {"version": page.context["version"], "next": "/settings/definitions/"},
    )
    assert answer["Location"] == "/settings/definitions/"
    assert queries.acknowledged_at(bo) is not None
    assert browser.get("/settings/definitions/").status_code == 200


def test_the_duty_does_not_lead_elsewhere(browser, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "on"
    version = browser.get("/account/confidentiality/").context["version"]
    answer = browser.post("/account/confidentiality/", {"version": version, "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_a_role_that_needs_a_second_factor_opens_only_its_setting_up(browser, bo):
    services.set_second_factor(role="service_agent", required=True, actor="mei")
    assert browser.get("/")["Location"].startswith("/account/")
    assert "asks for a second factor" in browser.get("/account/").content.decode()
    set_up_app(browser)
    assert browser.get("/settings/definitions/").status_code == 200
    page = browser.post("/account/app/remove/")
    assert "Add another" in page.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_link_sets_the_password_in_the_browser(client, mei):
    user, secret = services.invite(username="lin", roles=[], actor="mei", now=present())
    address = f"/sign-in/link/{secret}/"
    assert client.get(address).status_code == 200
    page = client.post(address, {"password": PASSWORD, "again": PASSWORD + "x"})
    assert page.context["form"].errors["again"]
    assert client.post(address, {"password": PASSWORD, "again": PASSWORD})["Location"] == "/sign-in/"
    assert client.get(address).status_code == 404
    enter(client, username="lin")
    assert int(client.session["_auth_user_id"]) == user.pk


def present():
    from keepwell.foundation import clock

    return clock.now()
