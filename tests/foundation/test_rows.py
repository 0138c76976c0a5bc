"""Rows that are written, inserted and asked for by the thousand read as if each had been by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation.rows import among, insert_many, write_many
from keepwell.outreach.journeys.models import Journey, Trial
from keepwell.outreach.policy.models import Contact
from keepwell.outreach.sending.models import Attempt, Message

pytestmark = pytest.mark.django_db
# What an array of PostgreSQL or a list of JSON would trip over, if anything.
ODD = (
    "",
    "NULL",
    "null",
    "{a,b}",
    'say "x"',
    "back\\slash",
    "it's",
    "a,b",
    " x ",
    "%s",
    "茶",
    "\n",
    "\\N",
    "é\t",
)
WORDS = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
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


@given(st.lists(WORDS, unique=True, max_size=8), st.lists(WORDS, max_size=8))
def test_among_finds_what_in_finds_whatever_the_words_are(there, asked):
    with transaction.atomic():
        put(*({"intent_id": f"i{number}", "content": words} for number, words in enumerate(there)))
        found = Contact.objects.filter(among("content", asked))
        assert set(found.values_list("content", flat=True)) == set(there) & set(asked)
        assert set(found) == set(Contact.objects.filter(content__in=asked))
        transaction.set_rollback(True)


def test_among_asks_for_keys_and_foreign_keys_and_may_be_turned_round(home):
    put({}, {"intent_id": "i2"}, {"intent_id": "i3"})
    first, second, third = Contact.objects.order_by("intent_id")
    keys = [first.pk, third.pk, first.pk, None]
    assert set(Contact.objects.filter(among("pk", keys))) == {first, third}
    assert set(Contact.objects.exclude(among("pk", keys))) == {second}
    assert Contact.objects.filter(among("pk", [])).update(asked=9) == 0
    assert not Attempt.objects.filter(among("message", [1, 2])).exists()


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_words_are_written_as_they_are(words):
    with transaction.atomic():
        put(*({"intent_id": f"i{number}", "content": one} for number, one in enumerate(words)))
        rows = Contact.objects.order_by("pk")
        assert [row.content for row in rows] == words
        turned = words[::-1]
        until = [NOW + timedelta(seconds=number) for number in range(len(words))]
        keys = [row.pk for row in rows]
        write_many(Contact, ["content", "until"], list(zip(keys, turned, until, strict=True)))
        assert list(rows.all().values_list("content", "until")) == list(zip(turned, until, strict=True))
        transaction.set_rollback(True)


def test_what_is_too_long_is_refused_not_cut_off():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no lengths")
    with pytest.raises(DataError), transaction.atomic():
        put({"channel": "x" * 13})


def test_a_question_about_many_texts_is_one_parameter():
    put(*({"intent_id": f"i{n}", "customer_id": f"C{n}"} for n in range(5)))
    odd = "é\"\\{,}'"
    put({"intent_id": "odd", "customer_id": odd})

    def found(*numbers):
        rows = Contact.objects.filter(among("customer_id", numbers)).order_by("pk")
        return list(rows.values_list("intent_id", flat=True))

    assert found("C1", "C3", "nobody", "C1") == ["i1", "i3"]
    assert found(odd) == ["odd"]
    assert found() == []
    others = Contact.objects.exclude(among("customer_id", (f"C{n}" for n in range(5))))
    assert [row.intent_id for row in others] == ["odd"]
    with CaptureQueriesContext(connection) as asked:
        assert found(*(f"X{n}" for n in range(70_000))) == []  # more than either takes as parameters
    assert len(asked) == 1


def test_rows_that_share_values_are_written_each_with_its_own():
    put(*({"intent_id": f"i{n}"} for n in range(4)))
    keys = dict(Contact.objects.values_list("intent_id", "pk"))
    rows = [
        (keys["i0"], 1, NOW, {"n": 1}, None),
        (keys["i1"], 2, NOW, {"n": True}, NOW),
        (keys["i2"], 1, NOW + timedelta(days=1), {}, None),
    ]
    write_many(Contact, ("asked", "decided_at", "figures", "until"), rows)
    told = Contact.objects.order_by("intent_id").values_list("pk", "asked", "decided_at", "figures", "until")
    assert list(told[:3]) == rows
    assert told[3] == (keys["i3"], 1, NOW, USUAL["figures"], None)
    write_many(Contact, ("asked",), iter(()))


def test_json_of_many_rows_comes_back_as_it_was():
    told = [{"words": "a\nb\r\u2028 \\n - \t\"'%s"}, [], {}, "-", "", 0, {"-": None}]
    put(*({"intent_id": f"i{n}", "figures": one} for n, one in enumerate(told)))
    read = Contact.objects.order_by("pk").values_list("figures", flat=True)
    assert list(read) == told
    keys = Contact.objects.order_by("-pk").values_list("pk", flat=True)
    write_many(Contact, ("figures",), list(zip(keys, told, strict=True)))
    assert list(read.all()) == told[::-1]


def test_json_that_is_taken_away_is_null():
    journey = Journey.objects.create(code="one", name="One", created_at=NOW, updated_at=NOW)
    usual = {"journey": journey, "definition": {}, "days": 30, "asked_at": NOW, "asked_by": "ada"}
    one, two = (Trial.objects.create(**usual, result={"entered": 1}).pk for _ in range(2))
    write_many(Trial, ("result",), [(one, None)])
    write_many(Trial, ("result",), [(two, {"entered": 2})])
    assert Trial.objects.get(result__isnull=True).pk == one
    assert Trial.objects.get(result__isnull=False).result == {"entered": 2}
