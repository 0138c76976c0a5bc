"""How much a role decides alone, and asking for more."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import queries, services
from keepwell.accounts.contracts import ApprovalStatus, Authority, AuthorityKind, Role
from keepwell.accounts.core import default_authority, is_within, price_change_share, widest
from keepwell.accounts.models import ApprovalRequest
from keepwell.foundation.audit.models import AuditEntry
from tests.accounts.conftest import NOW

PRICE = AuthorityKind.PRICE_CONCESSION


@pytest.mark.parametrize(
    ("price", "alone"), [("1900", True), ("2100", True), ("1850", False), ("2000", True), ("1899.99", False)]
)
def test_the_front_line_moves_a_price_by_five_per_cent(bo, price, alone):
    share = price_change_share(Decimal(2000), Decimal(price))
    assert queries.within_authority(bo, PRICE, share) is alone


def test_1850_for_2000_is_minus_seven_and_a_half_per_cent():
    assert price_change_share(Decimal(2000), Decimal(1850)) == Decimal("-0.075")
    with pytest.raises(ValueError, match="list price"):
        price_change_share(Decimal(0), Decimal(1))


amounts = st.decimals(min_value=0, max_value=10**6, places=2)
authorities = st.builds(
    Authority,
    role=st.sampled_from(Role),
    kind=st.just(PRICE),
    limit=st.none() | amounts,
    approver=st.none(),
)


@given(st.lists(authorities, min_size=1, max_size=5), amounts)
def test_several_roles_allow_what_any_of_them_allows(held, amount):
    assert is_within(widest(held), amount) == any(is_within(one, amount) for one in held)
    assert is_within(widest(held), amount) == is_within(widest(held), -amount)


def test_without_a_role_nothing_is_decided(person):
    nobody = person("nobody")
    for kind in AuthorityKind:
        assert not queries.within_authority(nobody, kind, Decimal("0.0001"))


@pytest.mark.parametrize("kind", AuthorityKind)
def test_who_decides_above_always_has_a_wider_limit(kind):
    for role in Role:
        one = default_authority(role, kind)
        if one.limit is not None:
            above = default_authority(one.approver, kind)
            assert above.limit is None or above.limit >= one.limit


def test_a_limit_is_set_and_recorded_once(bo):
    for _again in range(2):
        services.set_authority(
            role="service_agent", kind=PRICE, limit=Decimal("0.08"), approver="finance", actor="mei"
        )
    assert queries.within_authority(bo, PRICE, Decimal("-0.075"))
    found = queries.authority(bo, PRICE)
    assert (found.limit, found.approver) == (Decimal("0.08"), Role.FINANCE)
    entry = AuditEntry.objects.get(action="authority.set")
    assert entry.details == {"before": "0.05", "after": "0.08", "approver": "finance"}


@pytest.mark.parametrize(
    ("limit", "approver", "field"),
    [
        ("-1", "finance", "limit"),
        ("1.01", "finance", "limit"),
        ("NaN", "finance", "limit"),
        ("0.1", "service_agent", "approver"),
        ("0.1", "", "approver"),
    ],
)
def test_limits_that_make_no_sense_are_refused(db, limit, approver, field):
    with pytest.raises(ValidationError) as caught:
        services.set_authority(
            role="service_agent", kind=PRICE, limit=Decimal(limit), approver=approver, actor="mei"
        )
    assert set(caught.value.message_dict) == {field}
    assert not AuditEntry.objects.exists()


def ask(user, amount="-0.075", **more):
    given = {"object_type": "offer", "object_id": "7", "reason": "a regular customer", **more}
    return services.ask_approval(user=user, kind=PRICE, amount=Decimal(amount), now=NOW, **given)


def test_a_request_is_decided_by_who_may_and_gives_a_reason(bo, rui):
    asked = ask(bo)
    assert (asked.status, asked.approver) == (ApprovalStatus.WAITING, Role.RETENTION_MANAGER)
    assert [one.approval_id for one in queries.approvals_waiting(rui)] == [asked.approval_id]
    done = services.decide(
        user=rui, approval_id=asked.approval_id, approve=True, reason="keep her", now=NOW + timedelta(hours=1)
    )
    assert (done.status, done.decided_by, done.decision_reason) == (
        ApprovalStatus.APPROVED,
        "rui",
        "keep her",
    )
    assert queries.approvals_waiting(rui) == []
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "approval.ask",
        "approval.approved",
    ]


def test_nobody_decides_their_own_request_even_with_every_right(mei, rui):
    asked = ask(rui, "-0.2")
    assert queries.approvals_waiting(rui) == []
    with pytest.raises(PermissionDenied):
        services.decide(user=rui, approval_id=asked.approval_id, approve=True, reason="me", now=NOW)
    assert queries.approval(asked.approval_id).status is ApprovalStatus.WAITING
    row = ApprovalRequest.objects.filter(pk=asked.approval_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(decided_by=rui)  # the database refuses, too
    assert [one.approval_id for one in queries.approvals_waiting(mei)] == [asked.approval_id]


def test_more_than_ones_authority_is_neither_listed_nor_decided(bo, rui):
    asked = ask(bo, "-0.4")
    assert queries.approvals_waiting(rui) == []
    with pytest.raises(PermissionDenied):
        services.decide(user=rui, approval_id=asked.approval_id, approve=True, reason="yes", now=NOW)
    assert queries.approval(asked.approval_id).status is ApprovalStatus.WAITING


def test_without_the_permission_nothing_waits_and_nothing_is_decided(bo, person):
    asked = ask(bo)
    analyst = person("ana", "analyst")
    assert queries.approvals_waiting(analyst) == []
    with pytest.raises(PermissionDenied):
        services.decide(user=analyst, approval_id=asked.approval_id, approve=True, reason="yes", now=NOW)


def test_what_one_may_decide_alone_is_not_asked(bo):
    with pytest.raises(ValidationError, match="yourself"):
        ask(bo, "-0.05")
    with pytest.raises(ValidationError):
        ask(bo, reason="  ")
    assert not ApprovalRequest.objects.exists()


def test_the_same_thing_is_asked_once_and_not_by_two(bo, person):
    first = ask(bo)
    assert ask(bo) == first
    for user, amount in ((bo, "-0.09"), (person("ken", "account_manager"), "-0.075")):
        with pytest.raises(ValidationError, match="waiting"):
            ask(user, amount)
    assert ApprovalRequest.objects.count() == 1


def test_a_decision_stands(bo, rui):
    asked = ask(bo)
    services.decide(user=rui, approval_id=asked.approval_id, approve=False, reason="no", now=NOW)
    with pytest.raises(ValidationError, match="already"):
        services.decide(user=rui, approval_id=asked.approval_id, approve=True, reason="yes", now=NOW)
    with pytest.raises(ValidationError):
        services.withdraw_approval(user=bo, approval_id=asked.approval_id, now=NOW)
    assert queries.approval(asked.approval_id).status is ApprovalStatus.REFUSED
    assert ask(bo).approval_id != asked.approval_id  # but it can be asked anew


def test_only_who_asked_takes_a_request_back(bo, rui):
    asked = ask(bo)
    with pytest.raises(PermissionDenied):
        services.withdraw_approval(user=rui, approval_id=asked.approval_id, now=NOW)
    taken = services.withdraw_approval(user=bo, approval_id=asked.approval_id, now=NOW)
    assert taken.status is ApprovalStatus.WITHDRAWN
    assert queries.approvals_waiting(rui) == []
