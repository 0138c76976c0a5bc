"""Single sign-on against a real provider on loopback."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from allauth.socialaccount.models import SocialAccount

from keepwell.accounts import services
from keepwell.accounts.models import User
from keepwell.foundation.audit.models import AuditEntry
from keepwell.foundation.settings import single_sign_on
from tests.accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


@pytest.fixture(scope="module")
def running():
    """The provider."""
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(running, settings, mei):
    """The provider, known to Keepwell; it knows Bo."""
    running.claims = {
        "sub": "u-17",
        "email": "Bo@shop.example",
        "email_verified": True,
        "preferred_username": "bo.wang",
        "given_name": "Bo",
        "family_name": "Wang",
    }
    running.refuses = False
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(
        {
            "KEEPWELL_OIDC_ISSUER": running.issuer,
            "KEEPWELL_OIDC_CLIENT_ID": CLIENT_ID,
            "KEEPWELL_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "KEEPWELL_OIDC_NAME": "Shop directory",
        }
    )
    return running


def come(client, **changes):
    """Go to the provider and back, as a browser does."""
    there = client.get("/sign-in/with/sso/")["Location"]
    from urllib.error import HTTPError

    try:
        build_opener(_Stay).open(there, timeout=10)
    except HTTPError as answer:
        back = answer.headers["Location"]
        answer.close()
    given = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} | changes
    return client.get(urlsplit(back).path, given)


def user_of(client):
    found = client.session.get("_auth_user_id")
    return User.objects.get(pk=found).username if found else None


def test_the_sign_in_page_offers_it(client, provider):
    page = client.get("/sign-in/").content.decode()
    assert "Sign in with Shop directory" in page
    assert 'href="/sign-in/with/sso/"' in page


def test_without_settings_there_is_none(client, mei):
    assert "with/sso" not in client.get("/sign-in/").content.decode()
    assert client.get("/sign-in/with/sso/").status_code == 404
    assert single_sign_on({}) == {}


def test_who_has_an_account_of_that_address_is_in(client, provider, bo):
    services.change_user(user_id=bo.pk, actor="mei", email="bo@shop.example")
    assert come(client)["Location"] == "/"
    assert user_of(client) == "bo"
    assert SocialAccount.objects.get().user == bo
    assert AuditEntry.objects.filter(action="user.single_sign_on_connected", actor="bo").count() == 1
    client.logout()
    services.change_user(user_id=bo.pk, actor="mei", email="other@shop.example")
    come(client)
    assert user_of(client) == "bo"  # known by number from now on
    assert User.objects.count() == 2


def test_an_address_that_the_provider_has_not_verified_opens_nothing(client, provider, bo, settings):
    services.change_user(user_id=bo.pk, actor="mei", email="bo@shop.example")
    settings.KEEPWELL_OIDC_ROLES = ["read_only"]
    provider.claims["email_verified"] = False
    assert come(client)["Location"] == "/sign-in/"
    assert user_of(client) is None
    assert User.objects.count() == 2
    assert not SocialAccount.objects.exists()


def test_strangers_get_no_account_by_default(client, provider):
    assert come(client)["Location"] == "/sign-in/"
    assert "no account for you" in client.get("/sign-in/").content.decode()
    assert (user_of(client), User.objects.count()) == (None, 1)


def test_newcomers_get_the_roles_of_the_settings(client, provider, settings):
    settings.KEEPWELL_OIDC_ROLES = ["read_only"]
    assert come(client)["Location"] == "/"
    assert user_of(client) == "bo.wang"
    made = User.objects.get(username="bo.wang")
    assert (made.roles, made.is_superuser, made.has_usable_password()) == (["read_only"], False, False)
    assert AuditEntry.objects.filter(action="user.set_roles", actor="single sign-on").count() == 1


def test_a_blocked_account_stays_out(client, provider, bo):
    services.change_user(user_id=bo.pk, actor="mei", email="bo@shop.example")
    services.deactivate(user_id=bo.pk, actor="mei")
    come(client)
    assert user_of(client) is None


@pytest.mark.parametrize("changes", [{"state": "forged"}, {"code": "forged"}])
def test_forged_answers_open_nothing(client, provider, bo, changes):
    services.change_user(user_id=bo.pk, actor="mei", email="bo@shop.example")
    assert come(client, **changes)["Location"] == "/sign-in/"
    assert user_of(client) is None
    assert "did not work" in client.get("/sign-in/").content.decode()


def test_a_refusal_leads_back(client, provider):
    provider.refuses = True
    assert come(client)["Location"] == "/sign-in/"
    assert user_of(client) is None


def test_the_second_factor_of_a_role_is_the_providers_business(client, provider, bo):
    services.change_user(user_id=bo.pk, actor="mei", email="bo@shop.example")
    services.set_second_factor(role="service_agent", required=True, actor="mei")
    come(client)
    assert client.get("/settings/definitions/").status_code == 200
