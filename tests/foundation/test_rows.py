"""Rows that are inserted without an object each read as if each had been saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keepwell.foundation.rows import insert_many
from keepwell.outreach.policy.models import Contact
from keepwell.outreach.sending.models import Attempt, Message

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC)
USUAL = {
    "intent_id": "i1",
    "customer_id": "C1",
    "channel": "email",
    "purpose": "marketing",
    "content": "",
    "origin": "",
    "priority": 50,
    "decision": "later",
    "cause": "too_often",
    "until": None,
    "figures": {"most": 2, "words": "茶 'n' \\ \"x\""},
    "first_at": NOW,
    "decided_at": NOW,
    "asked": 1,
    "rules_version": 0,
    "taken_back_at": None,
    "actor": "ada",
}


def put(*changes, **more):
    insert_many(Contact, tuple(USUAL), [tuple({**USUAL, **one}.values()) for one in changes], **more)


def read():
    return list(Contact.objects.order_by("intent_id").values(*USUAL))


def test_what_is_inserted_is_what_is_read():
    other = {"intent_id": "i2", "until": NOW + timedelta(days=1), "figures": {}, "priority": 0}
    put({}, other)
    assert read() == [USUAL, {**USUAL, **other}]


def test_what_is_there_stays():
    put({})
    put({"asked": 2}, {"intent_id": "i2"})
    assert [(one["intent_id"], one["asked"]) for one in read()] == [("i1", 1), ("i2", 1)]


def test_or_gets_the_fields_that_are_named_and_no_others():
    put({})
    put({"asked": 2, "actor": "kai", "until": NOW}, unique="intent_id", update=("asked", "until"))
    assert read() == [{**USUAL, "asked": 2, "until": NOW}]


def test_nothing_is_nothing():
    put()
    assert read() == []


def test_sealed_words_are_sealed_and_the_rows_they_belong_to_are_found(home):
    message = Message.objects.create(
        message_id="m1",
        customer_id="C1",
        channel="email",
        purpose="marketing",
        priority=1,
        body="{}",
        due_at=NOW,
        created_at=NOW,
        created_by="ada",
    )
    fields = ("message", "lease", "at", "fate", "code", "refusal", "detail")
    insert_many(Attempt, fields, [(message.pk, "l", NOW, "accepted", "250", "", "to lin@x.example")])
    (one,) = message.attempts.all()
    assert (one.at, one.detail) == (NOW, "to lin@x.example")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT detail FROM sending_attempt")
        assert "lin" not in cursor.fetchone()[0]
