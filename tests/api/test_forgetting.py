"""Who is erased is not remembered by answers and refused messages either."""

import pytest

from keepwell.api.models import IdempotentAnswer
from keepwell.customers.privacy import services as privacy
from keepwell.integrations import queries as integrations

# What is erased is taken out of the database's files, outside of any transaction.
pytestmark = pytest.mark.django_db(transaction=True)

LIN = {"name": "Zephyrine Quillfeather", "email": "zephyrine@quill.example"}


def erase(user, number):
    privacy.request_right(user=user, customer_id=number, right="erase", confirmation=number)
    assert privacy.run_requests() == 1


def test_a_repeated_request_does_not_tell_of_somebody_who_was_erased(api, admin):
    first = api("PUT", "/api/v1/customers/c1", LIN, Idempotency_Key="k1")
    kept = api("PUT", "/api/v1/customers/c2", {"name": "Bob"}, Idempotency_Key="k2")
    assert "Quillfeather" in first.content.decode()
    erase(admin, "c1")
    again = api("PUT", "/api/v1/customers/c1", LIN, Idempotency_Key="k1")
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (200, b"{}", "true")
    assert api("PUT", "/api/v1/customers/c2", {"name": "Bob"}, Idempotency_Key="k2").content == kept.content
    assert IdempotentAnswer.objects.count() == 2


def test_refused_messages_that_name_somebody_go_with_them(api, admin, track):
    api("PUT", "/api/v1/customers/c1", LIN)
    for address in (LIN["email"], "bob@example.com"):
        track("track", {"event": "x", "messageId": address, "properties": {"email": address}})
    assert integrations.count_dead_letters() == 2
    erase(admin, "c1")
    (letter,) = integrations.dead_letters()
    assert "bob@example.com" in integrations.dead_letter(letter.id).payload
