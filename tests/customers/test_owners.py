from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.customers import queries, services
from keepwell.customers.contracts import CustomerRow, HandoverStatus
from keepwell.customers.services import owners as owners_module
from keepwell.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOON = NOW + timedelta(days=2)
IDS = ("C1", "C2", "C3")


@pytest.fixture
def three(home):
    rows = [CustomerRow(customer_id=one) for one in IDS]
    services.upsert_many(rows=rows, source="till", at=NOW, actor="ada")


@pytest.fixture
def li(django_user_model):
    return django_user_model.objects.create_user("li")


@pytest.fixture
def wang(django_user_model):
    return django_user_model.objects.create_user("wang")


def give(owner, *ids, at=NOW):
    owner_id = owner.pk if owner else None
    return services.assign_owner(customer_ids=ids or IDS, owner_id=owner_id, actor="ada", at=at)


def propose(giver, receiver, *ids, **changed):
    values = {
        "from_owner_id": giver.pk,
        "to_owner_id": receiver.pk,
        "due_on": date(2026, 3, 10),
        "open_matters": "return under way",
        "preferences": "calls in the evening",
        "actor": "ada",
        "at": NOW,
    }
    return services.propose_handover(customer_ids=ids or IDS, **{**values, **changed})


def test_the_history_keeps_every_owner(three, li, wang):
    assert give(li, "C1") == 1
    assert give(li, "C1") == 0
    assert give(wang, "C1", at=SOON) == 1
    history = queries.ownership_history("C1")
    assert [(one.owner, one.started_at, one.ended_at) for one in history] == [
        ("wang", SOON, None),
        ("li", NOW, SOON),
    ]
    assert give(None, "C1", at=SOON) == 1
    assert queries.owner_of("C1") is None
    assert queries.without_owner(IDS) == list(IDS)


def test_nobody_who_left_gets_customers_and_nobody_gets_one_that_is_not_there(three, li):
    li.is_active = False
    li.save()
    with pytest.raises(ValidationError):
        give(li)
    li.is_active = True
    li.save()
    with pytest.raises(ValidationError):
        give(li, "C1", "C9")
    assert queries.owners_of(IDS) == {}


def test_until_the_receiver_confirms_the_giver_stays_responsible(three, li, wang):
    give(li)
    made = services.make_promise(
        customer_id="C1", what="call", due_at=SOON, owner_id=li.pk, actor="li", at=NOW
    )
    handover = propose(li, wang)
    assert set(queries.owners_of(IDS).values()) == {li.pk}
    waiting = queries.handovers_waiting(user_id=wang.pk)
    assert [(one.customer_ids, one.open_matters) for one in waiting] == [(IDS, "return under way")]
    assert queries.handovers_waiting(user_id=li.pk) == ()
    assert queries.handover_of("C2").handover_id == handover
    moved = services.confirm_handover(handover_id=handover, user_id=wang.pk, actor="wang", at=SOON)
    assert moved == IDS
    assert set(queries.owners_of(IDS).values()) == {wang.pk}
    assert [one.owner_id for one in queries.promises("C1") if one.promise_id == made] == [wang.pk]
    assert queries.handovers_waiting(user_id=wang.pk) == ()
    actions = list(AuditEntry.objects.filter(action__startswith="handover").values_list("action", flat=True))
    assert actions == ["handover.propose", "handover.confirm"]


def test_only_the_receiver_decides_and_only_once(three, li, wang):
    give(li)
    handover = propose(li, wang)
    with pytest.raises(ValidationError):
        services.confirm_handover(handover_id=handover, user_id=li.pk, actor="li", at=NOW)
    with pytest.raises(ValidationError):
        services.decline_handover(handover_id=handover, user_id=wang.pk, reason=" ", actor="wang", at=NOW)
    services.decline_handover(handover_id=handover, user_id=wang.pk, reason="ill", actor="wang", at=NOW)
    assert queries.handover(handover).status is HandoverStatus.DECLINED
    assert queries.handover(handover).decision_reason == "ill"
    for act in (services.confirm_handover, services.decline_handover):
        more = {"reason": "x"} if act is services.decline_handover else {}
        with pytest.raises(ValidationError):
            act(handover_id=handover, user_id=wang.pk, actor="wang", at=NOW, **more)
    assert set(queries.owners_of(IDS).values()) == {li.pk}
    assert propose(li, wang)


def test_a_handover_taken_back_changes_nothing(three, li, wang):
    give(li)
    handover = propose(li, wang)
    services.withdraw_handover(handover_id=handover, actor="li", at=SOON)
    assert queries.handover(handover).status is HandoverStatus.WITHDRAWN
    assert set(queries.owners_of(IDS).values()) == {li.pk}
    assert queries.handover_of("C1") is None


def test_a_customer_waits_in_one_handover_and_only_its_owner_gives_it(three, li, wang, django_user_model):
    give(li, "C1", "C2")
    other = django_user_model.objects.create_user("zhao")
    for wrong in (
        lambda: propose(li, wang),
        lambda: propose(wang, li, "C1"),
        lambda: propose(li, li, "C1"),
        lambda: propose(li, wang, "C1", due_on=date(2026, 3, 1)),
    ):
        with pytest.raises(ValidationError):
            wrong()
    propose(li, wang, "C1")
    with pytest.raises(ValidationError):
        propose(li, other, "C1", "C2")
    assert queries.handover_of("C2") is None


def test_what_went_elsewhere_meanwhile_stays_there(three, li, wang, django_user_model):
    give(li)
    other = django_user_model.objects.create_user("zhao")
    handover = propose(li, wang)
    give(other, "C2", at=SOON)
    assert services.confirm_handover(
        handover_id=handover, user_id=wang.pk, actor="wang", at=SOON + timedelta(hours=1)
    ) == ("C1", "C3")
    assert queries.owner_of("C2") == other.pk
    assert queries.handover(handover).moved_ids == ("C1", "C3")


def test_rooms_above_hear_of_each_change(three, li, wang, monkeypatch):
    heard = []
    monkeypatch.setattr(owners_module, "_listeners", [])
    services.on_owner_change(lambda ids, old, new, at: heard.append((list(ids), old, new, at)))
    give(li, "C1")
    give(wang, "C1", "C2", at=SOON)
    assert heard == [
        (["C1"], None, li.pk, NOW),
        (["C1"], li.pk, wang.pk, SOON),
        (["C2"], None, wang.pk, SOON),
    ]


NUMBERS = count()
ACTS = st.lists(
    st.tuples(st.sampled_from(["assign", "propose", "confirm", "decline", "withdraw"]), st.integers(0, 2)),
    max_size=12,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_happens_a_customer_has_one_owner_at_most(three, li, wang, django_user_model, acts):
    """Any order of assignments and handovers leaves one present owner and no gap in the history."""
    zhao, _made = django_user_model.objects.get_or_create(username="zhao")
    users = [li, wang, zhao]
    at = NOW
    customer = f"H{next(NUMBERS)}"
    services.ensure(customer_ids=[customer], source="till", at=at)
    services.assign_owner(customer_ids=[customer], owner_id=li.pk, actor="ada", at=at)
    for act, number in acts:
        at += timedelta(minutes=1)
        owner = queries.owner_of(customer)
        waiting = queries.handover_of(customer)
        try:
            if act == "assign":
                give(users[number], customer, at=at)
            elif act == "propose":
                services.propose_handover(
                    customer_ids=[customer],
                    from_owner_id=owner,
                    to_owner_id=users[number].pk,
                    due_on=at.date(),
                    actor="ada",
                    at=at,
                )
            elif waiting and act == "confirm":
                services.confirm_handover(
                    handover_id=waiting.handover_id, user_id=users[number].pk, actor="x", at=at
                )
                expected = users[number].pk if owner == waiting.from_owner_id else owner
                assert queries.owner_of(customer) == expected
            elif waiting and act == "decline":
                services.decline_handover(
                    handover_id=waiting.handover_id, user_id=users[number].pk, reason="no", actor="x", at=at
                )
            elif waiting:
                services.withdraw_handover(handover_id=waiting.handover_id, actor="x", at=at)
        except ValidationError:
            assert queries.owner_of(customer) == owner
    periods = queries.ownership_history(customer)
    assert [one for one in periods if one.ended_at is None] == [periods[0]]
    for later, earlier in pairwise(periods):
        assert earlier.ended_at == later.started_at
