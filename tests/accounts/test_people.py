"""Accounts, roles, teams, links, the duty of confidentiality."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from keepwell.accounts import access, queries, services
from keepwell.accounts.contracts import Permission, Reach, Role
from keepwell.accounts.models import Acknowledgement, PasswordLink, User
from keepwell.foundation.audit.models import AuditEntry
from tests.accounts.conftest import NOW, PASSWORD


def invited(**more):
    given = {"username": "lin", "roles": ["account_manager"], "actor": "mei", "now": NOW, **more}
    return services.invite(**given)


def test_an_invited_person_sets_the_password_by_the_link_once(mei):
    user, secret = invited(first_name="Lin", email="lin@shop.example")
    assert not user.has_usable_password()
    assert secret not in str(list(PasswordLink.objects.values())) + str(list(AuditEntry.objects.values()))
    assert queries.user_of_link(secret, NOW) == user
    services.set_password_by_link(secret=secret, password=PASSWORD, now=NOW)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert queries.user_of_link(secret, NOW) is None
    with pytest.raises(ValidationError, match="used up"):
        services.set_password_by_link(secret=secret, password="another battery staple", now=NOW)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_link_ends_after_three_days_and_with_the_next_one(mei):
    user, first = invited()
    second = services.create_password_link(user_id=user.pk, actor="mei", now=NOW)
    assert queries.user_of_link(first, NOW) is None
    assert queries.user_of_link(second, NOW + timedelta(days=3, seconds=-1)) == user
    assert queries.user_of_link(second, NOW + timedelta(days=3)) is None
    with pytest.raises(ValidationError):
        services.set_password_by_link(secret=second, password=PASSWORD, now=NOW + timedelta(days=3))


def test_a_bad_password_leaves_the_link_good(mei):
    _user, secret = invited()
    with pytest.raises(ValidationError):
        services.set_password_by_link(secret=secret, password="short", now=NOW)
    assert queries.user_of_link(secret, NOW)


def test_a_link_of_a_blocked_account_opens_nothing(mei):
    user, secret = invited()
    services.deactivate(user_id=user.pk, actor="mei")
    assert queries.user_of_link(secret, NOW) is None
    with pytest.raises(ValidationError):
        services.create_password_link(user_id=user.pk, actor="mei", now=NOW)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": "mei"}, "username"),
        ({"username": "a b"}, "username"),
        ({"roles": ["king"]}, "roles"),
        ({"team_id": 99}, "team_id"),
        ({"email": "nonsense"}, "email"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_accounts_that_make_no_sense_are_refused(mei, given, field):
    with pytest.raises(ValidationError) as caught:
        invited(**given)
    assert set(caught.value.message_dict) == {field}
    assert User.objects.count() == 1
    assert not PasswordLink.objects.exists()


def test_roles_count_at_once_and_are_recorded(mei, bo):
    services.set_roles(user_id=bo.pk, roles=["analyst", "finance"], actor="mei")
    bo.refresh_from_db()
    assert access.reach(bo, Permission.APPROVE) is Reach.ALL
    assert not access.may(bo, Permission.CHANGE_CUSTOMERS)
    entry = AuditEntry.objects.get(action="user.set_roles")
    assert entry.details == {"before": ["service_agent"], "after": ["analyst", "finance"]}
    services.set_roles(user_id=bo.pk, roles=["finance", "analyst"], actor="mei")
    assert AuditEntry.objects.filter(action="user.set_roles").count() == 1


def test_somebody_stays_administrator(mei, rui):
    for attempt in (
        lambda: services.set_roles(user_id=mei.pk, roles=["analyst"], actor="rui"),
        lambda: services.deactivate(user_id=mei.pk, actor="rui"),
    ):
        with pytest.raises(ValidationError, match="administrator"):
            attempt()
    services.set_roles(user_id=rui.pk, roles=["administrator"], actor="mei")
    services.deactivate(user_id=mei.pk, actor="rui")
    assert [one.username for one in queries.users(active=True)] == ["rui"]


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_switch_each_other_off(person):
    first, second = person("ann", "administrator"), person("ben", "administrator")
    barrier, failed = threading.Barrier(2, timeout=20), []

    def off(user_id, actor):
        try:
            barrier.wait()
            services.deactivate(user_id=user_id, actor=actor)
        except ValidationError as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=off, args=(first.pk, "ben")),
        threading.Thread(target=off, args=(second.pk, "ann")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 1
    assert User.objects.filter(is_active=True).count() == 1


def test_nobody_switches_themselves_off(mei, person):
    person("eva", "administrator")
    with pytest.raises(ValidationError, match="own"):
        services.deactivate(user_id=mei.pk, actor="mei")


def test_an_account_is_switched_off_and_on_again(mei, bo):
    for _again in range(2):
        services.deactivate(user_id=bo.pk, actor="mei")
    bo.refresh_from_db()
    assert access.roles(bo) == frozenset()
    services.reactivate(user_id=bo.pk, actor="mei")
    assert [e.action for e in AuditEntry.objects.order_by("pk")] == ["user.deactivate", "user.reactivate"]


def test_what_changed_is_recorded_without_its_value(mei, bo):
    services.change_user(user_id=bo.pk, actor="mei", email="bo@shop.example", first_name="Bo", last_name="")
    entry = AuditEntry.objects.get(action="user.change")
    assert entry.details == {"fields": ["email", "first_name"]}
    services.change_user(user_id=bo.pk, actor="mei", email="bo@shop.example")
    assert AuditEntry.objects.filter(action="user.change").count() == 1


def test_who_leads_a_team_reaches_its_customers(person, mei):
    lead, member = person("lea", "account_manager"), person("max", "account_manager")
    team = services.create_team(name="East", leader_id=lead.pk, actor="mei")
    services.change_user(user_id=member.pk, actor="mei", team_id=team.pk)
    assert access.owners_within(lead, Permission.VIEW_CUSTOMERS) == {lead.pk, member.pk}
    assert access.owners_within(member, Permission.VIEW_CUSTOMERS) == {member.pk}
    services.change_team(team_id=team.pk, name="East", leader_id=None, actor="mei")
    assert access.owners_within(lead, Permission.VIEW_CUSTOMERS) == {lead.pk}
    services.delete_team(team_id=team.pk, actor="mei")
    member.refresh_from_db()
    assert member.team is None


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "East"}, {"name": "West", "leader_id": 99}])
def test_teams_that_make_no_sense_are_refused(mei, given):
    services.create_team(name="East", leader_id=None, actor="mei")
    with pytest.raises(ValidationError):
        services.create_team(**{"leader_id": None, **given}, actor="mei")
    assert len(queries.teams()) == 1


def test_chinese_names_are_written_in_their_order(person):
    wang = person("wang", first_name="博", last_name="王")
    assert queries.usernames([wang.pk]) == {wang.pk: "王博"}


def test_the_duty_is_taken_on_once_per_version(bo, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "on"
    version, paragraphs = queries.confidentiality_text("zh-hans")
    assert "客户" in paragraphs[0]
    assert queries.must_acknowledge(bo)
    with pytest.raises(ValidationError, match="changed"):
        services.acknowledge(user=bo, version="1999-01", language="en", now=NOW)
    for later in (0, 1):
        services.acknowledge(user=bo, version=version, language="zh-hans", now=NOW + timedelta(days=later))
    assert not queries.must_acknowledge(bo)
    row = Acknowledgement.objects.get()
    assert (row.at, row.language, len(row.text_hash)) == (NOW, "zh-hans", 64)
    entry = AuditEntry.objects.get(action="confidentiality.acknowledge")
    assert entry.details["text"] == row.text_hash


def test_a_token_opens_nothing_before_the_duty_is_taken_on(bo, settings):
    secret = services.create_token(user=bo, name="till", scopes=[Permission.VIEW_CUSTOMERS], now=NOW).secret
    settings.KEEPWELL_CONFIDENTIALITY = "on"
    assert queries.authenticate_token(secret, NOW) is None
    version, _text = queries.confidentiality_text("en")
    services.acknowledge(user=bo, version=version, language="en", now=NOW)
    assert queries.authenticate_token(secret, NOW)


def test_a_second_factor_is_asked_of_a_role(bo, rui):
    services.set_second_factor(role="service_agent", required=True, actor="mei")
    assert queries.must_add_second_factor(bo)
    assert not queries.must_add_second_factor(rui)
    assert queries.roles_with_second_factor(bo) == {Role.SERVICE_AGENT}
    services.set_second_factor(role="service_agent", required=False, actor="mei")
    assert not queries.must_add_second_factor(bo)
    assert AuditEntry.objects.filter(action="role.set_second_factor").count() == 2
