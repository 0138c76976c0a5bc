"""The page of an account's approved templates."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from keepwell.accounts.contracts import Role
from keepwell.outreach.sending.approved import queries
from keepwell.outreach.sending.services import accounts
from keepwell.web.views import approved as page
from tests.outreach.sending.conftest import NOW
from tests.outreach.sending.test_approved import NAME, aliyun, put, spring
from tests.outreach.sending.test_approved import account as account

pytestmark = pytest.mark.django_db
__all__ = ["aliyun", "spring"]
FORM = {"text": "spring|zh-hans", "category": "promotion", "provider_code": "SMS_1", "state": "approved"}


@pytest.fixture
def signed_in(client, db):
    from keepwell.accounts import confidentiality, services
    from keepwell.accounts.models import User

    def come(role=Role.ADMINISTRATOR):
        user = User.objects.create_user(f"u_{role}", password="correct horse", roles=[role])
        services.acknowledge(user=user, version=confidentiality.VERSION, language="en", now=NOW)
        client.force_login(user)
        return client

    return come


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_one_is_said_on_the_page_and_changed_there(signed_in, account, spring):
    client, address = signed_in(), reverse("channel_templates", args=[account])
    assert "None yet: this account can send nothing." in text_of(client.get(address))
    said = client.post(address, {**FORM, "values": f"name = {NAME}\n"}, follow=True)
    assert "Saved." in text_of(said)
    (one,) = queries.approved_of(account)
    assert (one.provider_code, one.values) == ("SMS_1", {"name": NAME})
    assert page.panel(account) == {"account_id": account, "count": 1}
    edited = text_of(client.get(address, {"edit": one.approved_id}))
    assert "name = {{ customer.name | default: &#x27;您&#x27; }}</textarea>" in edited
    client.post(address, {**FORM, "provider_code": "SMS_2", "values": ""})
    (one,) = queries.approved_of(account)
    assert (one.provider_code, one.values) == ("SMS_2", {})


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(signed_in, account, spring):
    client, address = signed_in(), reverse("channel_templates", args=[account])
    answer = client.post(address, {**FORM, "category": "notice", "values": "name = x"})
    shown = text_of(answer)
    assert answer.status_code == 422
    assert "the provider must have approved it as promotion" in shown
    assert "name = x</textarea>" in shown
    answer = client.post(address, {**FORM, "text": "", "values": "no sign of equality"})
    assert "There is no such template." in text_of(answer)
    assert queries.approved_of(account) == ()


def test_a_text_that_changed_afterwards_is_marked(signed_in, account, spring):
    from keepwell.outreach.sending.approved.models import ApprovedTemplate

    client, address = signed_in(), reverse("channel_templates", args=[account])
    put(account)
    assert "changed afterwards" not in text_of(client.get(address))
    ApprovedTemplate.objects.update(updated_at=NOW.replace(year=2020))
    assert "changed afterwards" in text_of(client.get(address))


def test_it_is_removed_by_its_own_account_only(signed_in, account, spring):
    client = signed_in()
    one = put(account)
    wrong = client.post(reverse("channel_template_remove", args=[account + 1, one.approved_id]))
    assert (wrong.status_code, len(queries.approved_of(account))) == (404, 1)
    client.post(reverse("channel_template_remove", args=[account, one.approved_id]))
    assert queries.approved_of(account) == ()


def test_who_may_only_look_has_no_form(signed_in, account, spring):
    client, address = signed_in(Role.AUDITOR), reverse("channel_templates", args=[account])
    assert "<textarea" not in text_of(client.get(address))
    assert client.post(address, FORM).status_code == 403


def test_an_account_that_takes_any_text_has_no_such_page(signed_in, home):
    values = {"account_sid": "AC1", "auth_token": "t", "sender": "+14155550100"}
    twilio = accounts.set_account(provider="sms.twilio", values=values, actor="ada", now=NOW).account_id
    assert page.panel(twilio) is None
    assert signed_in().get(reverse("channel_templates", args=[twilio])).status_code == 404
