from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from keepwell.customers import queries, services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.privacy import services as privacy
from keepwell.foundation.audit import services as audit
from keepwell.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
BY = {"actor": "ada", "source": "conversation", "at": NOW}


@pytest.fixture
def mei(home):
    """A customer with a telephone number and a birthday."""
    row = CustomerRow(
        customer_id="C1", name="陈美", phone="+86 138 0013 8000", birth_on=date(1990, 3, 5), country="CN"
    )
    services.upsert_many(rows=[row, CustomerRow(customer_id="C2")], source="till", at=NOW, actor="ada")
    return "C1"


@pytest.fixture
def people(django_user_model):
    """Two who look after customers, and one who has left."""
    make = django_user_model.objects.create_user
    return [make("li"), make("wang"), make("gone", is_active=False)]


def test_a_field_keeps_its_source_and_can_be_emptied(mei):
    assert services.set_field(customer_id=mei, name="city", value=" Suzhou ", **BY)
    assert not services.set_field(customer_id=mei, name="city", value="Suzhou", **BY)
    assert services.set_field(customer_id=mei, name="service_type", value="rational", **BY)
    view, portrait = queries.get(mei), queries.portrait(mei)
    assert (view.city, view.provenance["city"].source) == ("Suzhou", "conversation")
    assert portrait.values == {"service_type": "rational"}
    assert portrait.provenance["service_type"].at == NOW
    assert services.set_field(customer_id=mei, name="service_type", value="", **BY)
    assert queries.portrait(mei).values == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_type", "jolly"),
        ("birth_on", "2027-01-01"),
        ("birth_on", "5 March"),
        ("country", "China"),
        ("time_zone", "Mars/Olympus"),
        ("region", "x" * 81),
        ("customer_id", "C9"),
    ],
)
def test_a_field_takes_no_value_that_will_not_do(mei, name, value):
    before = queries.get(mei)
    with pytest.raises(ValidationError):
        services.set_field(customer_id=mei, name=name, value=value, **BY)
    assert queries.get(mei) == before


def test_what_people_write_is_sealed_in_the_database(mei):
    secret = "geheimnisvoll"
    services.save_trait(customer_id=mei, kind="special_need", code="diet", text=secret, **BY)
    services.save_date(customer_id=mei, kind="exam", label=secret, on_date=date(2027, 6, 7), **BY)
    services.save_note(customer_id=mei, kind="service", text=secret, fields={"emotion": secret}, **BY)
    services.save_contact_point(customer_id=mei, kind="wechat", value=secret, **BY)
    services.save_product(customer_id=mei, name=secret, **BY)
    services.save_company_contact(
        customer_id=mei, role="finance", name=secret, email=f"{secret}@example.com", **BY
    )
    with connection.cursor() as cursor:
        for table in ("trait", "personaldate", "note", "contactpoint", "ownedproduct", "companycontact"):
            cursor.execute(f"SELECT * FROM customers_{table}")
            rows = cursor.fetchall()
            assert rows
            assert secret not in repr(rows)
    assert secret not in repr(list(AuditEntry.objects.values()))
    assert queries.portrait(mei).of_kind("special_need")[0].text == secret
    assert audit.verify() is None


def test_an_item_taken_away_comes_back_within_the_undo_and_is_gone_after(mei):
    trait = services.save_trait(customer_id=mei, kind="interest", code="outdoor", **BY)
    here = {"kind": "trait", "customer_id": mei, "item_id": trait, "actor": "ada"}
    services.remove_item(**here, at=NOW)
    assert queries.portrait(mei).traits == ()
    assert list(queries.with_trait("interest", ["outdoor"])) == []
    services.restore_item(**here, at=NOW + timedelta(seconds=30))
    assert [one.code for one in queries.portrait(mei).traits] == ["outdoor"]
    services.remove_item(**here, at=NOW)
    with pytest.raises(ValidationError):
        services.restore_item(**here, at=LATER)
    assert services.purge_removed(at=LATER) == 1
    with pytest.raises(ValidationError):
        services.restore_item(**here, at=NOW)


def test_an_item_of_another_customer_cannot_be_reached(mei):
    trait = services.save_trait(customer_id=mei, kind="interest", code="outdoor", **BY)
    with pytest.raises(ValidationError):
        services.remove_item(kind="trait", customer_id="C2", item_id=trait, actor="ada", at=NOW)
    with pytest.raises(ValidationError):
        services.save_trait(customer_id="C2", kind="interest", code="food", trait_id=trait, **BY)
    assert queries.portrait(mei).traits[0].code == "outdoor"


def test_one_contact_point_of_a_kind_is_preferred_and_the_same_value_is_there_once(mei):
    first = services.save_contact_point(
        customer_id=mei, kind="email", value="Mei@Example.com", is_preferred=True, **BY
    )
    second = services.save_contact_point(
        customer_id=mei, kind="email", value="mei@work.example", is_preferred=True, is_verified=True, **BY
    )
    emails = {p.point_id: p for p in queries.get(mei).contact_points if p.kind == "email"}
    assert (emails[first].is_preferred, emails[second].is_preferred) == (False, True)
    assert emails[second].verified_at == NOW
    services.remove_item(kind="contact", customer_id=mei, item_id=first, actor="ada", at=NOW)
    assert queries.find_by_contact(kind="email", value="mei@example.com") == []
    again = services.save_contact_point(customer_id=mei, kind="email", value="mei@example.com", **BY)
    assert again == first
    assert queries.find_by_contact(kind="email", value="MEI@example.com") == [mei]
    with pytest.raises(ValidationError):
        services.save_contact_point(customer_id=mei, kind="email", value="no address", **BY)


def test_names_on_wechat_and_wecom_are_kept_as_given_and_found_in_any_case(mei):
    for kind, value in (("wecom", " wmAJ2GCAAAXtWyuj "), ("wechat", "oAbC-1")):
        services.save_contact_point(customer_id=mei, kind=kind, value=value, **BY)
        assert queries.find_by_contact(kind=kind, value=value.upper()) == [mei]
        used = privacy.addresses_for(customer_ids=[mei], kind=kind, actor="ada", now=NOW)
        assert used == {mei: value.strip()}
    services.save_contact_point(customer_id=mei, kind="wechat", value="OABC-1", **BY)
    assert len([p for p in queries.get(mei).contact_points if p.kind == "wechat"]) == 1


def test_a_changed_contact_point_keeps_its_value_when_none_is_typed(mei):
    point = next(p for p in queries.get(mei).contact_points if p.kind == "phone")
    services.save_contact_point(
        customer_id=mei, kind="phone", value="", label="office", contact_id=point.point_id, **BY
    )
    assert queries.find_caller("13800138000") == (mei,)
    assert queries.get(mei).contact_points[0].label == "office"


@pytest.mark.parametrize(
    "typed", ["13800138000", "+86 138-0013-8000", "0086 138 0013 8000", "１３８００１３８０００"]
)
def test_a_caller_is_found_however_the_number_is_written(mei, typed):
    assert queries.find_caller(typed) == (mei,)


@pytest.mark.parametrize("typed", ["13900138000", "0138000", "", "+49 138 0013 8000"])
def test_another_number_is_another_caller(mei, typed):
    assert queries.find_caller(typed) == ()


def test_somebody_at_a_company_is_found_by_their_number(mei):
    services.save_company_contact(
        customer_id="C2", role="procurement", name="Bo", phone="+49 30 12345678", **BY
    )
    assert queries.find_caller("030 12345678") == ("C2",)
    person = queries.portrait("C2").people[0]
    assert (person.role, person.phone_masked) == ("procurement", "+49****78")


def test_birthdays_and_dates_come_up_for_their_owner(mei, people):
    li, wang, _gone = people
    services.assign_owner(customer_ids=[mei], owner_id=li.pk, actor="ada", at=NOW)
    services.save_date(customer_id=mei, kind="wedding", on_date=date(2015, 3, 8), **BY)
    services.save_date(
        customer_id=mei, kind="exam", on_date=date(2026, 3, 7), is_yearly=False, label="Gaokao", **BY
    )
    services.save_date(customer_id=mei, kind="journey", on_date=date(2025, 3, 6), is_yearly=False, **BY)
    week = {"first_on": date(2026, 3, 2), "last_on": date(2026, 3, 8)}
    found = queries.upcoming_dates(owner_ids=frozenset({li.pk}), **week)
    assert [(one.kind, one.next_on.day, one.owner_id) for one in found] == [
        ("birthday", 5, li.pk),
        ("exam", 7, li.pk),
        ("wedding", 8, li.pk),
    ]
    assert queries.upcoming_dates(owner_ids=frozenset({wang.pk}), **week) == ()
    assert len(queries.upcoming_dates(owner_ids=None, **week)) == 3


def test_a_birthday_crosses_new_year_and_a_leap_day_is_kept(mei):
    services.set_field(customer_id=mei, name="birth_on", value="1992-02-29", **BY)
    services.set_field(customer_id="C2", name="birth_on", value="1980-01-02", **BY)
    around = queries.upcoming_dates(owner_ids=None, first_on=date(2026, 12, 28), last_on=date(2027, 1, 3))
    assert [(one.customer_id, one.next_on) for one in around] == [("C2", date(2027, 1, 2))]
    february = queries.upcoming_dates(owner_ids=None, first_on=date(2026, 2, 26), last_on=date(2026, 3, 1))
    assert [(one.customer_id, one.next_on) for one in february] == [(mei, date(2026, 2, 28))]


def test_who_lacks_a_birthday_is_listed(mei, people):
    assert queries.birthday_missing(owner_ids=None) == ("C2",)
    assert queries.birthday_missing(owner_ids=frozenset({people[0].pk})) == ()
    services.set_field(customer_id=mei, name="birth_on", value="", **BY)
    assert queries.birthday_missing(owner_ids=None) == (mei, "C2")
    assert queries.without_birthday([mei]) == {mei}


def test_tags_are_a_vocabulary_and_marking_is_audited(mei):
    tag = services.save_tag(name="团购 ", meaning="buys for a group", actor="ada", at=NOW)
    with pytest.raises(ValidationError):
        services.save_tag(name="团购", actor="ada", at=NOW)
    assert services.add_tag(customer_ids=[mei, "C2"], tag_id=tag, actor="ada", at=NOW) == (mei, "C2")
    assert services.add_tag(customer_ids=[mei], tag_id=tag, actor="ada", at=NOW) == ()
    assert services.remove_tag(customer_ids=["C2"], tag_id=tag, actor="ada", at=NOW) == ("C2",)
    assert [one.name for one in queries.tags_of(mei)] == ["团购"]
    assert queries.tags(counted=True)[0].customers == 1
    assert list(queries.with_tag([tag])) == [mei]
    services.save_tag(name="团购", is_active=False, tag_id=tag, actor="ada", at=NOW)
    with pytest.raises(ValidationError):
        services.add_tag(customer_ids=["C2"], tag_id=tag, actor="ada", at=NOW)
    verbs = AuditEntry.objects.filter(action__contains="tag").values_list("action", flat=True)
    assert list(verbs) == ["tag.add", "customer.tag_add", "customer.tag_remove", "tag.change"]


def test_erasing_leaves_nothing_that_people_wrote(mei, home):
    services.save_trait(customer_id=mei, kind="interest", code="outdoor", **BY)
    services.save_note(customer_id=mei, kind="service", text="words", **BY)
    services.attach(customer_id=mei, name="scan.pdf", content=b"%PDF", actor="ada", at=NOW)
    services.set_field(customer_id=mei, name="culture", value="east_asia", **BY)
    assert services.erase_portrait(customer_id=mei) >= 5
    assert queries.portrait(mei).values == {}
    assert queries.get(mei).contact_points == ()
    assert queries.notes(mei, sensitive=True) == ()
    assert queries.attachments(mei, sensitive=True) == ()
