"""Settings → Integrations: webhooks and refused messages, for who manages them."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.integrations import queries, services

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(client, home, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    client.force_login(get_user_model().objects.create(username="ada", roles=["administrator"]))
    return client


@pytest.fixture
def letter(pages):
    message = {
        "type": "track",
        "event": "Lost",
        "messageId": "m-1",
        "properties": {"note": "lin@example.com"},
    }
    services.receive(batch=[message], source="test", sent_at=None, received_at=clock.now(), actor="ada")
    return queries.dead_letters()[0]


def test_an_address_is_added_tried_switched_off_and_forgotten(pages):
    added = pages.post(
        reverse("create_webhook"),
        {"url": "https://shop.example/hook", "event_types": ["order.recorded"]},
        follow=True,
    )
    (endpoint,) = queries.endpoints()
    assert "https://shop.example/hook" in added.content.decode()
    secret = queries.secret(endpoint.endpoint_id)
    page = reverse("webhook", args=[endpoint.endpoint_id])
    assert secret not in pages.get(page).content.decode()
    assert secret in pages.get(page + "?secret=1").content.decode()
    for action in ("ping", "off", "on", "renew"):
        assert pages.post(reverse("webhook_act", args=[endpoint.endpoint_id, action])).status_code == 302
    assert queries.secret(endpoint.endpoint_id) != secret
    assert [one.event_type for one in queries.deliveries(endpoint_id=endpoint.endpoint_id)] == ["ping"]
    pages.post(reverse("webhook_act", args=[endpoint.endpoint_id, "delete"]))
    assert queries.endpoints() == []
    assert pages.get(page).status_code == 404


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"url": "https://10.0.0.1/", "event_types": ["order.recorded"]}, "public address"),
        ({"url": "https://shop.example/"}, "at least one event"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(pages, form, words):
    answer = pages.post(reverse("create_webhook"), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert queries.endpoints() == []


def test_a_refused_message_is_read_on_record_tried_and_put_away(pages, letter):
    page = pages.get(reverse("refused_messages")).content.decode()
    assert "It says neither who nor which visitor" in page
    assert "lin@example.com" not in page
    assert "lin@example.com" in pages.get(reverse("refused_message", args=[letter.id])).content.decode()
    from keepwell.foundation.audit.models import AuditEntry

    assert AuditEntry.objects.filter(action="integrations.open_letter", object_id=str(letter.id)).exists()
    pages.post(reverse("settle_refused"), {"id": [letter.id], "action": "replay"})
    assert queries.dead_letter(letter.id).attempts == 1
    pages.post(reverse("settle_refused"), {"id": [letter.id], "action": "discard"})
    assert queries.dead_letter(letter.id).payload == ""
    assert queries.count_dead_letters() == 0


def test_others_do_not_come_in(client, home, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    client.force_login(get_user_model().objects.create(username="rui", roles=["retention_manager"]))
    for name in ("integrations", "refused_messages"):
        assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse("create_webhook"), {"url": "https://shop.example/"}).status_code == 403
