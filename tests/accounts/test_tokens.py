"""Tokens: shown once, kept as a hash, limited to scopes, ended by time or by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from keepwell.accounts import access, queries, services
from keepwell.accounts.contracts import Permission, Reach
from keepwell.accounts.models import ApiToken
from keepwell.foundation.audit.models import AuditEntry
from tests.accounts.conftest import NOW

VIEW = Permission.VIEW_CUSTOMERS


def made(user, *scopes, **more):
    return services.create_token(user=user, name="till", scopes=scopes or (VIEW,), now=NOW, **more)


def test_the_secret_opens_and_is_kept_nowhere(bo):
    new = made(bo)
    user, scopes = queries.authenticate_token(new.secret, NOW)
    assert (user, scopes) == (bo, {VIEW})
    row = ApiToken.objects.values().get()
    assert new.secret not in str(row)
    assert new.secret not in str(list(AuditEntry.objects.values()))
    assert new.secret.startswith(row["hint"])
    assert len(new.secret) >= 43


@pytest.mark.parametrize("secret", ["", "kw_", "kw_" + "x" * 43])
def test_another_secret_opens_nothing(bo, secret):
    made(bo)
    assert queries.authenticate_token(secret, NOW) is None


def test_a_token_does_what_both_its_scopes_and_its_user_may(bo):
    user, _scopes = queries.authenticate_token(made(bo, VIEW).secret, NOW)
    assert access.require(user, VIEW) is Reach.ALL
    assert not access.may(user, Permission.CHANGE_CUSTOMERS)
    assert access.owners_within(user, Permission.CHANGE_CUSTOMERS) == frozenset()
    with pytest.raises(PermissionDenied):
        access.require(user, Permission.CHANGE_CUSTOMERS)
    assert access.may(bo, Permission.CHANGE_CUSTOMERS)  # bo without the token may


def test_a_role_taken_away_takes_it_from_the_token(bo):
    new = made(bo, VIEW)
    bo.roles = []
    bo.save()
    user, _scopes = queries.authenticate_token(new.secret, NOW)
    with pytest.raises(PermissionDenied):
        access.require(user, VIEW)


@pytest.mark.parametrize(
    ("scopes", "field"),
    [((), "scopes"), (("customers.fly",), "scopes"), ((Permission.MANAGE_ACCOUNTS,), "scopes")],
)
def test_scopes_that_make_no_sense_are_refused(bo, scopes, field):
    with pytest.raises(ValidationError) as caught:
        services.create_token(user=bo, name="till", scopes=scopes, now=NOW)
    assert set(caught.value.message_dict) == {field}
    assert not ApiToken.objects.exists()


def test_a_token_ends_at_its_time(bo):
    new = made(bo, expires_at=NOW + timedelta(hours=1))
    assert queries.authenticate_token(new.secret, NOW + timedelta(minutes=59))
    assert queries.authenticate_token(new.secret, NOW + timedelta(hours=1)) is None
    with pytest.raises(ValidationError):
        made(bo, expires_at=NOW)


def test_a_revoked_token_ends_at_once_and_once(bo):
    new = made(bo)
    services.revoke_token(token_id=new.token.token_id, now=NOW, actor="mei")
    again = services.revoke_token(token_id=new.token.token_id, now=NOW + timedelta(days=1), actor="mei")
    assert again.revoked_at == NOW
    assert queries.authenticate_token(new.secret, NOW) is None
    assert AuditEntry.objects.filter(action="token.revoke").count() == 1


def test_the_token_of_a_blocked_user_opens_nothing(bo):
    new = made(bo)
    bo.is_active = False
    bo.save()
    assert queries.authenticate_token(new.secret, NOW) is None


def test_the_last_use_is_noted_once_a_minute(bo):
    new = made(bo)
    for seconds, noted in ((0, 0), (59, 0), (61, 61)):
        assert services.authenticate_token(secret=new.secret, now=NOW + timedelta(seconds=seconds))
        assert queries.tokens(bo)[0].last_used_at == NOW + timedelta(seconds=noted)
    assert services.authenticate_token(secret="kw_no", now=NOW) is None
