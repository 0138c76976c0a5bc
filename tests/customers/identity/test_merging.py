from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.customers import queries as customers
from keepwell.customers import services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import queries
from keepwell.customers.identity import services as identity
from keepwell.customers.identity.contracts import IdentityError
from keepwell.customers.models import ContactPoint, Customer, Ownership
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy import services as privacy_services
from keepwell.customers.privacy.contracts import Channel, ConsentRow, HoldKind, Purpose
from keepwell.foundation.audit import services as audit

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
ALICE = CustomerRow(
    "C1",
    name="Alice Example",
    email="alice@example.com",
    phone="+86 138 0000 0001",
    city="上海",
    tags=("vip",),
)
TWIN = CustomerRow(
    "C2",
    name="Alice B. Example",
    email="alice@example.com",
    birth_on=date(1990, 3, 4),
    acquisition_cost=Decimal("12.5"),
    tags=("vip", "shop"),
)


def upsert(*rows, at=MONDAY):
    return services.upsert_many(rows=rows, source="crm", at=at, actor="ada")


def state(*labels):
    """Every row that points to a customer, and the customers, as values."""
    found = {}
    for model in [Customer, *{relation.related_model for relation in related()}]:
        fields = [f.attname for f in model._meta.concrete_fields]
        found[model._meta.label] = sorted(
            ({name: getattr(row, name) for name in fields} for row in model._base_manager.all()), key=str
        )
    return found


def related():
    for relation in Customer._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            yield relation


def test_the_merged_number_leads_to_the_surviving_record(home):
    upsert(ALICE, TWIN)
    merge = identity.merge(kept_id="C1", merged_id="C2", actor="ada", reason="same e-mail", now=TUESDAY)
    assert queries.canonical_id("C2") == "C1"
    assert queries.fact_ids("C1") == ("C1", "C2")
    assert customers.get("C2") is None
    record = customers.get("C1")
    assert (record.name, record.birth_on, record.city) == ("Alice Example", date(1990, 3, 4), "上海")
    assert record.tags == ("vip", "shop")
    assert record.provenance["birth_on"].at == MONDAY
    assert len(record.contact_points) == 2
    assert merge.reason == "same e-mail"
    assert audit.verify() is None


def test_each_field_is_chosen(home):
    upsert(ALICE, TWIN)
    choices = {c.name: (c.chosen, c.is_conflict) for c in identity.preview(kept_id="C1", merged_id="C2")}
    assert choices["name"] == ("kept", True)
    assert choices["birth_on"] == ("merged", False)
    identity.merge(kept_id="C1", merged_id="C2", actor="ada", fields={"name": "merged", "birth_on": "kept"})
    record = customers.get("C1")
    assert (record.name, record.birth_on) == ("Alice B. Example", None)


def test_a_later_change_survives_the_split(home):
    upsert(ALICE, TWIN)
    merge = identity.merge(kept_id="C1", merged_id="C2", actor="ada", fields={"name": "merged"}, now=TUESDAY)
    upsert(replace(ALICE, name="Alice New", email=None, phone=None, city=None, tags=None), at=TUESDAY)
    identity.split(merge_id=merge.merge_id, actor="ada")
    assert customers.get("C1").name == "Alice New"
    assert customers.get("C1").birth_on is None
    assert customers.get("C2").name == "Alice B. Example"


def test_merges_are_undone_from_the_last(home):
    upsert(ALICE, TWIN, CustomerRow("C3", name="A. Example"))
    first = identity.merge(kept_id="C1", merged_id="C2", actor="ada")
    second = identity.merge(kept_id="C3", merged_id="C1", actor="ada")
    assert queries.canonical_ids() == {"C1": "C3", "C2": "C3"}
    assert queries.merge_view(first.merge_id).blocked_by == second.merge_id
    with pytest.raises(IdentityError, match=str(second.merge_id)):
        identity.split(merge_id=first.merge_id, actor="ada")
    identity.split(merge_id=second.merge_id, actor="ada")
    assert queries.canonical_ids() == {"C2": "C1"}
    identity.split(merge_id=first.merge_id, actor="ada")
    assert queries.canonical_ids() == {}
    with pytest.raises(IdentityError, match="already"):
        identity.split(merge_id=first.merge_id, actor="ada")


@pytest.mark.parametrize(("kept", "merged"), [("C1", "C1"), ("C1", "C9"), ("C9", "C1")])
def test_what_cannot_be_merged_is_refused_and_nothing_changes(home, kept, merged):
    upsert(ALICE, TWIN)
    before = state()
    with pytest.raises(IdentityError):
        identity.merge(kept_id=kept, merged_id=merged, actor="ada")
    assert state() == before


def test_an_import_for_a_merged_number_completes_the_person(home):
    upsert(ALICE, TWIN)
    identity.merge(kept_id="C1", merged_id="C2", actor="ada")
    upsert(replace(TWIN, name="Somebody Else", occupation="baker"), at=TUESDAY)
    services.ensure(customer_ids=["C2", "C5"], source="orders", at=TUESDAY)
    assert customers.get("C2") is None
    assert customers.get("C5") is not None
    record = customers.get("C1")
    assert (record.name, record.occupation) == ("Alice Example", "baker")


def test_a_visitor_who_says_who_they_are(home):
    upsert(ALICE, TWIN)
    assert identity.link_anonymous(anonymous_id="cookie-1", customer_id="C1")
    assert not identity.link_anonymous(anonymous_id="cookie-1", customer_id="C2")
    number = queries.anonymous_number("cookie-1")
    assert number.startswith("a_")
    assert "cookie" not in number
    assert queries.fact_ids("C1") == ("C1", number)
    services.ensure(customer_ids=[queries.anonymous_number("cookie-2")], source="web", at=MONDAY)
    assert identity.link_anonymous(anonymous_id="cookie-2", customer_id="C1")
    assert customers.count() == 2


def test_likely_duplicates_with_their_reasons(home):
    upsert(
        ALICE,
        TWIN,
        CustomerRow("C3", name="EXAMPLE, alice", birth_on=date(1985, 1, 1)),
        CustomerRow("C4", name="Alice  Example", birth_on=date(1985, 1, 1)),
        CustomerRow("C5", name="Bob", phone="+8613800000001"),
    )
    assert identity.find_duplicates(actor="ada") == 3
    found = {(c.first_id, c.second_id): (c.score, c.reasons) for c in queries.candidates()}
    assert found["C1", "C2"] == (0.63, ("other_name", "same_email"))
    assert found["C3", "C4"] == (0.75, ("same_name_birthday",))
    assert found["C1", "C5"] == (0.56, ("other_name", "same_phone"))
    identity.dismiss(candidate_id=queries.candidates_of("C5")[0].candidate_id, actor="ada")
    assert identity.find_duplicates(actor="ada") == 2


def test_a_value_that_many_share_makes_no_duplicates(home):
    upsert(*(CustomerRow(f"C{n}", phone="+86 10 8888 8888") for n in range(7)))
    assert identity.find_duplicates(actor="ada") == 0


def test_a_restart_restores_microseconds(home):
    upsert(ALICE, TWIN)
    before = state()
    merge = identity.merge(kept_id="C1", merged_id="C2", actor="ada", now=TUESDAY)
    assert state() != before
    identity.split(merge_id=merge.merge_id, actor="ada", now=TUESDAY)
    assert state() == before


TEXT = st.sampled_from(["", "Alice", "王小明", "Bob"])
POINT = st.sampled_from([None, "a@example.com", "b@example.com"])
PAIRS = [(channel, purpose) for channel in list(Channel)[:2] for purpose in list(Purpose)[:2]]
CONSENTS = st.dictionaries(st.sampled_from(PAIRS), st.booleans())
PERSON = st.fixed_dictionaries(
    {
        "name": TEXT,
        "city": TEXT,
        "email": POINT,
        "phone": st.sampled_from([None, "+8613800000001"]),
        "tags": st.sampled_from([None, ("a",), ("a", "b"), ("c",)]),
        "extra": st.sampled_from([None, {"size": "M"}, {"size": "L", "colour": "red"}]),
        "birth_on": st.sampled_from([None, date(1990, 3, 4)]),
    }
)
SIDES = st.dictionaries(st.sampled_from(["name", "city", "birth_on"]), st.sampled_from(["kept", "merged"]))


@given(
    people=st.tuples(PERSON, PERSON),
    consents=st.tuples(CONSENTS, CONSENTS),
    holds=st.tuples(st.booleans(), st.booleans()),
    sides=SIDES,
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merge_never_widens_consent_and_split_restores_everything(home, people, consents, holds, sides):
    Customer.objects.all().delete()
    ids = ("C1", "C2")
    upsert(*(CustomerRow(number, **person) for number, person in zip(ids, people, strict=True)))
    for number, said, held in zip(ids, consents, holds, strict=True):
        rows = [ConsentRow(number, c, p, given, MONDAY, "till") for (c, p), given in said.items()]
        privacy_services.record_consents(rows=rows, actor="ada", live=False)
        if held:
            privacy_services.place_hold(customer_id=number, kind=HoldKind.STOP, reason="asked", actor="ada")
    before = state()
    allowed = {number: verdicts(number) for number in ids}
    merge = identity.merge(kept_id="C1", merged_id="C2", actor="ada", fields=sides, now=TUESDAY)
    merged = verdicts("C1")
    for pair in PAIRS:
        assert merged[pair] == (allowed["C1"][pair] and allowed["C2"][pair])
    points = {(p.kind, p.value) for p in ContactPoint.objects.filter(customer_id="C1")}
    assert len(points) == ContactPoint.objects.count()
    identity.split(merge_id=merge.merge_id, actor="ada", now=TUESDAY)
    assert state() == before


def verdicts(number):
    return {(c, p): bool(privacy.may_contact(number, c, p)) for c, p in PAIRS}


def test_the_surviving_record_keeps_its_owner_and_the_other_gets_his_back(home, django_user_model):
    ada, wen = (django_user_model.objects.create_user(name) for name in ("ada", "wen"))
    upsert(ALICE, TWIN)
    for number, owner in (("C1", ada), ("C2", wen)):
        Ownership.objects.create(customer_id=number, owner=owner, started_at=MONDAY, assigned_by="root")
    before = state()
    merge = identity.merge(kept_id="C1", merged_id="C2", actor="ada", now=TUESDAY)
    assert customers.owner_of("C1") == ada.pk
    assert Ownership.objects.filter(customer="C1").count() == 2
    identity.split(merge_id=merge.merge_id, actor="ada", now=TUESDAY)
    assert customers.owner_of("C2") == wen.pk
    assert state() == before
