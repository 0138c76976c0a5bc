from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ValidationError
from django.db import transaction

from keepwell.customers import queries, services
from keepwell.customers.contracts import CustomerRow
from keepwell.history import queries as history

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOON = NOW + timedelta(days=2)
LATE = NOW + timedelta(days=3)


@pytest.fixture
def mei(home, db):
    services.upsert_many(rows=[CustomerRow(customer_id="C1")], source="till", at=NOW, actor="ada")
    return "C1"


@pytest.fixture
def li(django_user_model):
    return django_user_model.objects.create_user("li", first_name="Li", last_name="Wei")


def promise(mei, owner, **changed):
    values = {"what": "call back", "due_at": SOON, "owner_id": owner.pk, "actor": "li", "at": NOW}
    return services.make_promise(customer_id=mei, **{**values, **changed})


def test_a_note_has_fixed_fields_and_can_be_changed(mei):
    note = services.save_note(
        customer_id=mei,
        kind="service",
        text="Wants a lighter bag",
        fields={"explicit_need": "light", "implicit_need": "travels more", "urgency": "high"},
        actor="li",
        at=NOW,
    )
    found = queries.note(mei, note)
    assert found.fields == {"explicit_need": "light", "implicit_need": "travels more", "urgency": "high"}
    services.save_note(customer_id=mei, kind="service", text="Settled", note_id=note, actor="wang", at=SOON)
    changed = queries.note(mei, note)
    assert (changed.text, changed.fields, changed.at, changed.updated_by) == ("Settled", {}, NOW, "wang")


@pytest.mark.parametrize("kind", ["travel", "difficulty"])
def test_what_a_colleague_learns_of_travel_or_difficulty_is_a_fact_without_words(mei, kind):
    services.save_note(customer_id=mei, kind=kind, text="flies to Lisbon", actor="li", at=NOW)
    (fact,) = history.timeline(mei, tables=["interactions"])
    assert (fact.data["type"], fact.data.get("channel")) == (kind, None)
    assert "Lisbon" not in str(fact)


def test_a_note_says_something_and_is_not_about_the_future(mei):
    with pytest.raises(ValidationError):
        services.save_note(customer_id=mei, kind="service", text="  ", actor="li", at=NOW)
    with pytest.raises(ValidationError):
        services.save_note(customer_id=mei, kind="call", text="x", noted_at=SOON, actor="li", at=NOW)
    with pytest.raises(ValidationError):
        services.save_note(
            customer_id=mei, kind="call", text="x", fields={"urgency": "!"}, actor="li", at=NOW
        )
    assert queries.notes(mei, sensitive=True) == ()


def test_a_sensitive_note_is_left_out_unless_asked_for(mei):
    note = services.save_note(
        customer_id=mei, kind="service", text="divorce", is_sensitive=True, actor="li", at=NOW
    )
    assert queries.notes(mei, sensitive=False) == ()
    assert len(queries.notes(mei, sensitive=True)) == 1
    assert queries.note_is_sensitive(customer_id=mei, note_id=note)


def test_a_conversation_noted_is_a_fact_without_its_words(mei):
    services.save_note(customer_id=mei, kind="call", text="secret words", actor="li", at=NOW)
    facts = history.timeline(mei)
    assert [(fact.table, fact.data["type"], fact.data["channel"]) for fact in facts] == [
        ("interactions", "call", "phone")
    ]
    assert "secret" not in repr(facts)
    services.save_note(customer_id=mei, kind="service", text="no conversation", actor="li", at=NOW)
    assert len(history.timeline(mei)) == 1


def test_a_file_is_sealed_on_disk_and_given_back_as_it_was(mei, home):
    content = b"%PDF plain words" * 100
    file = services.attach(customer_id=mei, name="..\\evil/offer.PDF", content=content, actor="li", at=NOW)
    view, given = queries.attachment_content(mei, file)
    assert (view.name, view.content_type, view.size_bytes) == ("offer.PDF", "application/pdf", len(content))
    assert given == content
    stored = next(home.attachments_dir.iterdir())
    assert b"plain words" not in stored.read_bytes()
    assert "offer" not in stored.name
    assert queries.attachment_content("C9", file) is None
    sealed = stored.read_bytes()
    stored.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(InvalidTag):
        queries.attachment_content(mei, file)


@pytest.mark.parametrize(
    ("name", "content"),
    [("page.html", b"<script>"), ("run.exe", b"MZ"), ("pdf", b"x"), ("a.pdf", b""), ("a.svg", b"<svg/>")],
)
def test_a_file_that_is_not_kept_leaves_nothing(mei, home, name, content):
    with pytest.raises(ValidationError):
        services.attach(customer_id=mei, name=name, content=content, actor="li", at=NOW)
    assert list(home.attachments_dir.iterdir()) == []


def test_too_large_a_file_is_refused(mei, monkeypatch, home):
    monkeypatch.setattr("keepwell.customers.services.notes.MAX_FILE_BYTES", 10)
    with pytest.raises(ValidationError):
        services.attach(customer_id=mei, name="a.pdf", content=b"x" * 11, actor="li", at=NOW)
    assert services.attach(customer_id=mei, name="a.pdf", content=b"x" * 10, actor="li", at=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_file_taken_away_for_good_is_gone_from_disk(home):
    services.upsert_many(rows=[CustomerRow(customer_id="C1")], source="till", at=NOW, actor="ada")
    file = services.attach(customer_id="C1", name="a.pdf", content=b"x", actor="li", at=NOW)
    services.remove_item(kind="attachment", customer_id="C1", item_id=file, actor="li", at=NOW)
    assert queries.attachment_content("C1", file) is None
    services.purge_removed(at=NOW + timedelta(seconds=60))
    assert len(list(home.attachments_dir.iterdir())) == 1
    with transaction.atomic():
        services.purge_removed(at=SOON)
        transaction.set_rollback(True)
    assert len(list(home.attachments_dir.iterdir())) == 1
    services.purge_removed(at=SOON)
    assert list(home.attachments_dir.iterdir()) == []


def test_promises_are_due_until_they_end(mei, li):
    first = promise(mei, li)
    second = promise(mei, li, what="send the size table", due_at=LATE)
    due = queries.promises_due(owner_ids=frozenset({li.pk}), until=SOON)
    assert [(one.promise_id, one.what, one.owner) for one in due] == [(first, "call back", "Li Wei")]
    assert due[0].is_overdue(LATE)
    assert not due[0].is_overdue(NOW)
    assert len(queries.promises_due(owner_ids=None, until=LATE)) == 2
    assert queries.promises_due(owner_ids=frozenset({li.pk + 1}), until=LATE) == ()
    services.close_promise(customer_id=mei, promise_id=first, kept=True, actor="li", at=SOON)
    services.close_promise(
        customer_id=mei,
        promise_id=second,
        kept=False,
        reason="no stock",
        remedy="voucher",
        actor="li",
        at=LATE,
    )
    assert queries.promises_due(owner_ids=None, until=LATE) == ()
    assert [one.status for one in queries.promises(mei)] == ["broken", "kept"]


def test_a_broken_promise_needs_reason_and_remedy(mei, li):
    made = promise(mei, li)
    for words in ({"reason": "no stock"}, {"remedy": "voucher"}):
        with pytest.raises(ValidationError):
            services.close_promise(customer_id=mei, promise_id=made, kept=False, actor="li", at=SOON, **words)
    assert queries.promises(mei)[0].status == "open"


def test_a_promise_ends_once_and_can_be_taken_back(mei, li):
    made = promise(mei, li)
    end = {"customer_id": mei, "promise_id": made, "actor": "li", "at": SOON}
    with pytest.raises(ValidationError):
        services.reopen_promise(**end)
    services.close_promise(kept=True, **end)
    with pytest.raises(ValidationError):
        services.close_promise(kept=True, **end)
    services.reopen_promise(**end)
    assert queries.promises(mei)[0].closed_at is None


def test_the_report_counts_kept_and_broken_by_owner(mei, li, django_user_model):
    wang = django_user_model.objects.create_user("wang")
    kept, broken = promise(mei, li), promise(mei, li)
    promise(mei, li, due_at=NOW + timedelta(hours=1))
    promise(mei, wang, due_at=LATE)
    services.close_promise(customer_id=mei, promise_id=kept, kept=True, actor="li", at=SOON)
    services.close_promise(
        customer_id=mei, promise_id=broken, kept=False, reason="ill", remedy="gift", actor="li", at=SOON
    )
    rows = queries.promise_report(owner_ids=None, since=NOW, until=LATE, now=SOON)
    assert [(r.owner, r.kept, r.broken, r.open, r.overdue, r.kept_share) for r in rows] == [
        ("Li Wei", 1, 1, 1, 1, 0.5),
        ("wang", 0, 0, 1, 0, None),
    ]
    ended = queries.promises_ended(owner_ids={li.pk}, since=NOW, until=LATE)
    assert {(one.reason, one.remedy) for one in ended} == {("", ""), ("ill", "gift")}
    assert queries.promises_ended(owner_ids={li.pk}, since=NOW, until=SOON) == ()


def test_a_promise_is_due_in_the_future_and_somebody_sees_to_it(mei, li, django_user_model):
    gone = django_user_model.objects.create_user("gone", is_active=False)
    for changed in ({"due_at": NOW}, {"what": " "}, {"owner_id": gone.pk}, {"owner_id": 0}):
        with pytest.raises(ValidationError):
            promise(mei, li, **changed)
    assert queries.promises(mei) == ()
