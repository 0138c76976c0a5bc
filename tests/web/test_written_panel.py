"""What a customer answers by text message can be read on their page, by whoever may."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.accounts.models import User
from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.foundation import clock
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.channels.contracts import Inbound
from keepwell.outreach.sending.models import ChannelAccount
from keepwell.outreach.sending.services import receiving

pytestmark = pytest.mark.django_db(transaction=True)


def answered(words, number="7"):
    """Aliyun tells what somebody answered."""
    told = [{"phone_number": "13800138001", "send_time": "2026-11-20 10:00:00"}]
    told[0] |= {"content": words, "sequence_id": number}
    body = json.dumps(told).encode()
    inbound = Inbound("POST", "https://shop.example/hooks/abc", {}, {}, body)
    receiving.receive(token="abc", inbound=inbound, now=clock.now())


@pytest.fixture
def customer(home, db):
    now = clock.now()
    row = CustomerRow("C1", phone="+8613800138001", country="CN")
    customers.upsert_many(rows=[row], source="crm", at=now, actor="ada")
    ChannelAccount.objects.create(
        provider="sms.aliyun", channel="sms", token="abc", settings="{}", created_at=now, updated_at=now
    )
    return "C1"


def page(role, customer_id):
    client = Client()
    client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
    response = client.get(reverse("customer", args=[customer_id]))
    return response.content.decode() if response.status_code == 200 else ""


def test_what_was_answered_is_read_once_and_the_audit_says_by_whom(customer):
    for _again in range(2):
        answered("请问 <b>多少钱</b>？")
    answered("TD", "8")
    shown = page("retention_manager", customer)
    assert shown.count("请问 &lt;b&gt;多少钱&lt;/b&gt;？") == 1
    assert "TD" not in shown.partition('id="panel-written"')[2].partition("</section>")[0]
    read = AuditEntry.objects.filter(action="customer.written.read")
    assert [(one.actor, one.object_id) for one in read] == [("retention_manager", customer)]
    assert "多少钱" not in page("analyst", customer)
    assert read.count() == 1


def test_who_wrote_nothing_has_no_panel(customer):
    assert "panel-written" not in page("retention_manager", customer)
    assert not AuditEntry.objects.filter(action="customer.written.read").exists()
