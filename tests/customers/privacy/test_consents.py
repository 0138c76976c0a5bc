import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.privacy import core, queries, services
from keepwell.customers.privacy.contracts import (
    Channel,
    ConsentRow,
    HoldKind,
    PrivacyError,
    Purpose,
    Reason,
)
from keepwell.customers.privacy.models import Consent, ConsentEvent, Hold, Unmasking
from keepwell.foundation import clock
from keepwell.history import queries as history

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def people(home):
    rows = [CustomerRow(f"C{n}", name=f"Person {n}") for n in range(4)]
    customer_services.upsert_many(rows=rows, source="crm", at=NOW - 90 * DAY, actor="ada")


def say(given, at=NOW, number="C1", source="counter", wording="marketing/1"):
    return services.set_consent(
        customer_id=number,
        channel="email",
        purpose="marketing",
        given=given,
        at=at,
        source=source,
        wording=wording,
        actor="ada",
    )


def verdict(number="C1", purpose="marketing", now=NOW + DAY):
    return queries.may_contact(number, "email", purpose, now=now)


def test_nobody_is_contacted_without_having_said_yes(people):
    assert (verdict().allowed, verdict().reason) == (False, Reason.NOT_ASKED)
    assert verdict("C9").reason == Reason.UNKNOWN_CUSTOMER
    say(True)
    assert (bool(verdict()), verdict().reason, verdict().wording) == (True, Reason.GIVEN, "marketing/1")
    assert not verdict(purpose="survey")
    say(False, NOW + DAY)
    assert (bool(verdict()), verdict().reason, verdict().since) == (False, Reason.WITHDRAWN, NOW + DAY)


def test_what_is_older_counts_for_the_history_only(people):
    say(False, NOW)
    assert not say(True, NOW - DAY)
    assert verdict().reason == Reason.WITHDRAWN
    assert [change.action for change in queries.consent_history("C1")] == ["given", "withdrawn"]
    assert not say(True, NOW, source="other")
    assert verdict().reason == Reason.WITHDRAWN


def test_each_change_is_a_fact_without_personal_data(people):
    say(True)
    say(True)
    (fact,) = history.timeline("C1", tables=["interactions"])
    assert fact.data["type"] == "consent"
    assert (fact.data["channel"], fact.data["subject"], fact.data["value"]) == (
        "email",
        "marketing given",
        1.0,
    )


def test_the_history_refuses_change(people):
    say(True)
    event = ConsentEvent.objects.get()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


@pytest.mark.parametrize(
    "change",
    [{"number": "C9"}, {"wording": ""}, {"wording": "marketing/9"}, {"at": clock.now() + 3 * DAY}],
)
def test_what_cannot_be_is_refused_and_nothing_changes(people, change):
    with pytest.raises(PrivacyError):
        say(True, **change)
    assert Consent.objects.count() == ConsentEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "marketing", "service"),
    [
        (HoldKind.STOP, Reason.STOPPED, Reason.STOPPED),
        (HoldKind.LEGAL, Reason.ON_HOLD, Reason.ON_HOLD),
        (HoldKind.DECEASED, Reason.ON_HOLD, Reason.ON_HOLD),
        (HoldKind.COMPLAINT, Reason.ON_HOLD, Reason.GIVEN),
        (HoldKind.DISPUTE, Reason.ON_HOLD, Reason.GIVEN),
    ],
)
def test_a_hold_goes_before_consent(people, kind, marketing, service):
    rows = [ConsentRow("C1", "email", p, True, NOW, "till", f"{p}/1") for p in ("marketing", "service")]
    services.record_consents(rows=rows, actor="ada")
    hold = services.place_hold(
        customer_id="C1", kind=kind, reason="r", until=NOW + 5 * DAY, actor="ada", now=NOW
    )
    assert verdict().reason == marketing
    assert verdict(purpose="service").reason == service
    assert verdict(now=NOW + 6 * DAY).reason == Reason.GIVEN
    services.lift_hold(hold_id=hold, actor="ada", now=NOW + DAY)
    assert verdict(now=NOW + 2 * DAY).reason == Reason.GIVEN
    assert [h.lifted_at for h in queries.holds("C1")] == [NOW + DAY]


def test_a_second_hold_of_a_kind_prolongs_the_first(people):
    first = services.place_hold(customer_id="C1", kind="complaint", until=NOW + DAY, actor="ada", now=NOW)
    again = services.place_hold(customer_id="C1", kind="complaint", until=NOW + 2 * DAY, actor="ada", now=NOW)
    assert first == again
    assert Hold.objects.get().until == NOW + 2 * DAY
    with pytest.raises(PrivacyError):
        services.place_hold(customer_id="C1", kind="complaint", until=NOW - DAY, actor="ada", now=NOW)


FILE = """customer_id,channel,purpose,given,at,source,wording
C1,email,marketing,yes,2026-01-02,shop,marketing/1
C1,email,marketing,否,2026-02-02T10:00:00+08:00,shop,
C2,SMS,survey,1,2026-01-02,,survey/1
C9,email,marketing,yes,2026-01-02,shop,
C2,fax,survey,1,2026-01-02,,
C2,email,survey,perhaps,2026-01-02,,
C2,email,survey,yes,soon,,
C2,email,survey,yes,2999-01-01,,
,email,survey,yes,2026-01-01,,
"""


def test_a_file_of_consents_counts_once(people):
    done = services.import_consents(file=io.StringIO(FILE), actor="ada", name="old system")
    assert (done.read, done.changed) == (9, 3)
    assert [(line, column) for line, column, _why in sorted(done.rejected)] == [
        (5, "customer_id"),
        (6, "channel"),
        (7, "given"),
        (8, "at"),
        (9, "at"),
        (10, "customer_id"),
    ]
    assert verdict().reason == Reason.WITHDRAWN
    assert queries.consents("C2")[0].source == "old system"
    events = ConsentEvent.objects.count()
    again = services.import_consents(file=io.StringIO(FILE), actor="ada", name="old system")
    assert (again.changed, ConsentEvent.objects.count()) == (0, events)
    with pytest.raises(PrivacyError, match="given"):
        services.import_consents(file=io.StringIO("customer_id,channel,purpose,at\n"), actor="ada")


STATES = st.tuples(
    st.sampled_from([None, True, False]), st.sampled_from([None, *HoldKind]), st.booleans(), st.booleans()
)


@given(states=st.lists(STATES, min_size=4, max_size=4), purpose=st.sampled_from(list(Purpose)))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_query_for_all_agrees_with_each_verdict(people, states, purpose):
    Consent.objects.all().delete()
    Hold.objects.all().delete()
    for n, (given_, kind, is_over, is_lifted) in enumerate(states):
        if given_ is not None:
            Consent.objects.create(
                customer_id=f"C{n}", channel="sms", purpose=purpose, given=given_, at=NOW, source="x"
            )
        if kind:
            Hold.objects.create(
                customer_id=f"C{n}",
                kind=kind,
                placed_at=NOW - DAY,
                placed_by="ada",
                until=NOW - DAY if is_over else None,
                lifted_at=NOW if is_lifted else None,
            )
    each = queries.may_contact_many([f"C{n}" for n in range(4)], Channel.SMS, purpose, now=NOW)
    assert set(queries.allowed(Channel.SMS, purpose, now=NOW)) == {n for n, v in each.items() if v}


SAID = st.sampled_from([True, False, None])


@given(first=SAID, second=SAID)
def test_the_stricter_of_two_allows_no_more_than_either(first, second):
    result = core.stricter(first, second)
    assert result == core.stricter(second, first)
    assert (result is True) == (first is True and second is True)
    assert (result is False) == (first is False or second is False)


@pytest.mark.parametrize(
    "text",
    [
        "call 139 8765 4321 now",
        "+86 (139) 8765-4321",
        "008613987654321",
        "１３９８７６５４３２１",
        "mailto:ANN@Example.com",
        "Example, Ann",
        "row C-1;paid",
        "王小明先生",
    ],
)
def test_a_person_is_recognised_however_written(text):
    found = core.matcher(
        {
            "number": ["C-1"],
            "email": ["ann@example.com"],
            "phone": ["+8613987654321"],
            "name": ["Ann Example", "王小明"],
        }
    )
    assert found.search(core.normal_text(text))


@pytest.mark.parametrize(
    "text", ["C-10", "XC-1", "13987654322", "joann@example.org", "Annexample", "1398765432"]
)
def test_others_are_not_taken_for_the_person(text):
    found = core.matcher(
        {
            "number": ["C-1"],
            "email": ["ann@example.com"],
            "phone": ["+8613987654321"],
            "name": ["Ann Example"],
        }
    )
    assert not found.search(core.normal_text(text))


def test_periods_remove_what_is_older(people, home, django_user_model):
    ada = django_user_model.objects.create_user("ada")
    for days in (10, 800):
        Unmasking.objects.create(user=ada, customer_id="C1", kind="email", reason="x", at=NOW - days * DAY)
    assert services.preview_retention(days={"unmaskings": 30}, now=NOW) == {"unmaskings": 1}
    services.set_retention(days={"unmaskings": None}, actor="ada")
    assert services.apply_retention(now=NOW) == {}
    services.set_retention(days={"unmaskings": 30}, actor="ada")
    assert services.apply_retention(now=NOW) == {"unmaskings": 1}
    assert Unmasking.objects.count() == 1
    with pytest.raises(PrivacyError, match="30"):
        services.set_retention(days={"unmaskings": 5}, actor="ada")
