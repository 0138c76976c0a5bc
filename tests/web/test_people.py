"""People, roles and approvals in the browser."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keepwell.accounts import queries, services
from keepwell.accounts.contracts import ApprovalStatus, AuthorityKind, Permission, Role
from keepwell.accounts.models import ApiToken, User
from keepwell.foundation import clock
from keepwell.foundation.audit.models import AuditEntry
from keepwell.web import devices, role_words
from tests.web.conftest import PASSWORD


def text(response):
    return response.content.decode()


def test_somebody_is_invited_and_the_link_is_shown_once(ada):
    page = ada.post(
        "/settings/people/invite/",
        {"username": "lin", "first_name": "Lin", "role": ["account_manager", "analyst"]},
    )
    link = page.context["link"]
    assert link.startswith("http://testserver/sign-in/link/")
    user = User.objects.get(username="lin")
    assert user.roles == ["account_manager", "analyst"]
    assert link not in text(ada.get(f"/settings/people/{user.pk}/"))
    assert link.rpartition("/link/")[2].strip("/") not in str(list(AuditEntry.objects.values()))
    ada.logout()
    ada.post(link.removeprefix("http://testserver"), {"password": PASSWORD, "again": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(ada):
    page = ada.post("/settings/people/invite/", {"username": "ada", "first_name": "Eve", "role": "analyst"})
    assert page.status_code == 400
    assert page.context["errors"]["username"]
    assert 'value="Eve"' in text(page)
    assert User.objects.count() == 1


def test_roles_are_changed_by_boxes(ada, viewer):
    ada.post(f"/settings/people/{viewer.pk}/roles/", {"role": ["finance"]})
    viewer.refresh_from_db()
    assert viewer.roles == ["finance"]
    page = ada.post(f"/settings/people/{viewer.pk}/roles/", {"role": ["emperor"]})
    assert page.status_code == 400
    viewer.refresh_from_db()
    assert viewer.roles == ["finance"]


def test_the_last_administrator_stays(ada, administrator):
    page = ada.post(f"/settings/people/{administrator.pk}/roles/", {"role": ["analyst"]})
    assert page.status_code == 400
    assert "Somebody must stay administrator" in text(page)
    administrator.refresh_from_db()
    assert administrator.is_superuser


def test_an_account_is_switched_off_and_on(ada, viewer, client):
    ada.post(f"/settings/people/{viewer.pk}/active/", {"active": "0"})
    viewer.refresh_from_db()
    assert not viewer.is_active
    ada.post(f"/settings/people/{viewer.pk}/active/", {"active": "1"})
    viewer.refresh_from_db()
    assert viewer.is_active


def test_a_team_has_a_leader_and_members(ada, viewer):
    ada.post("/settings/teams/", {"name": "华东", "leader_id": viewer.pk})
    (team,) = queries.teams()
    assert (team.name, team.leader_id) == ("华东", viewer.pk)
    ada.post(f"/settings/people/{viewer.pk}/", {"first_name": "Wen", "team_id": team.team_id})
    assert queries.team(team.team_id).members == ("Wen",)
    ada.post(f"/settings/teams/{team.team_id}/", {"name": "华东二区", "leader_id": ""})
    assert (queries.teams()[0].name, queries.teams()[0].leader_id) == ("华东二区", None)
    assert ada.post("/settings/teams/", {"name": "华东二区"}).status_code == 400
    ada.post(f"/settings/teams/{team.team_id}/delete/")
    assert queries.teams() == []
    assert ada.get("/settings/people/99999/").status_code == 404


def test_every_role_permission_reach_and_limit_has_words(ada):
    assert set(role_words.ROLES) == set(role_words.ROLE_MEANINGS) == set(Role)
    assert set(role_words.PERMISSIONS) == set(Permission)
    assert set(role_words.KINDS) == set(role_words.REQUESTS) == set(AuthorityKind)
    page = text(ada.get("/settings/roles/"))
    for role in Role:
        assert str(role_words.ROLES[role]) in page
    told = role_words.allowed(Role.ACCOUNT_MANAGER)
    assert str(told[0].reach).startswith("own customers")
    assert "see customers" in [str(words) for words in told[0].what]


@pytest.mark.parametrize(
    ("kind", "limit", "shown"),
    [
        ("price_concession", "0.05", "5"),
        ("price_concession", "0.075", "7.5"),
        ("compensation", "1000", "1000"),
        ("compensation", None, ""),
    ],
)
def test_limits_are_typed_as_people_type_them(kind, limit, shown):
    value = None if limit is None else Decimal(limit)
    assert role_words.limit_text(AuthorityKind(kind), value) == shown
    assert role_words.limit_value(AuthorityKind(kind), shown) == value


def test_a_limit_is_changed_and_what_is_wrong_stays_where_it_was_typed(ada, viewer):
    field = "price_concession.service_agent"
    ada.post("/settings/roles/authority/", {f"limit.{field}": "8 %", f"approver.{field}": "finance"})
    viewer.roles = ["service_agent"]
    assert queries.authority(viewer, "price_concession").limit == Decimal("0.08")
    page = ada.post("/settings/roles/authority/", {f"limit.{field}": "lots", f"approver.{field}": "finance"})
    assert page.status_code == 400
    assert 'value="lots"' in text(page)
    assert queries.authority(viewer, "price_concession").limit == Decimal("0.08")


def test_a_retention_manager_does_not_widen_the_own_limits(client, viewer):
    viewer.roles = ["retention_manager"]
    viewer.save()
    client.force_login(viewer)
    before = queries.authority_table()
    field = "compensation.retention_manager"
    assert client.post("/settings/roles/authority/", {f"limit.{field}": ""}).status_code == 403
    assert queries.authority_table() == before
    assert "Save the limits" not in text(client.get("/settings/roles/"))


def test_the_page_saved_as_it_is_changes_nothing(ada):
    tables = ada.get("/settings/roles/").context["tables"]
    form = {}
    for table in tables:
        for row in table["rows"]:
            form |= {f"limit.{row['name']}": row["value"], f"approver.{row['name']}": row["approver"]}
    before = queries.authority_table()
    assert ada.post("/settings/roles/authority/", form).status_code == 302
    assert queries.authority_table() == before
    assert not AuditEntry.objects.filter(action="authority.set").exists()


def test_a_second_factor_is_asked_of_roles_by_boxes(ada):
    ada.post("/settings/roles/second-factor/", {"role": ["finance", "auditor"]})
    assert queries.roles_asking_second_factor() == {Role.FINANCE, Role.AUDITOR}
    ada.post("/settings/roles/second-factor/", {})
    assert queries.roles_asking_second_factor() == frozenset()


@pytest.fixture
def asked(viewer):
    """Wen, a service agent now, asks for more than 5 %."""
    viewer.roles = ["service_agent"]
    viewer.save()
    return services.ask_approval(
        user=viewer,
        kind="price_concession",
        amount=Decimal("-0.075"),
        object_type="offer",
        object_id="1",
        reason="list price 2,000, asks 1,850",
        now=clock.now(),
    )


def test_a_request_is_decided_on_the_page(ada, asked):
    page = ada.get("/approvals/")
    assert "1 request waits for you" in text(page)
    assert "-7.5%" in text(page)
    address = f"/approvals/{asked.approval_id}/decide/"
    assert ada.post(address, {"decision": "approve", "reason": ""}).status_code == 400
    assert ada.post(address, {"decision": "approve", "reason": "keep her"}).status_code == 302
    found = queries.approval(asked.approval_id)
    assert (found.status, found.decided_by) == (ApprovalStatus.APPROVED, "ada")
    assert ada.post(address, {"decision": "refuse", "reason": "no"}).status_code == 400
    assert queries.approval(asked.approval_id).status is ApprovalStatus.APPROVED


def test_who_asked_sees_it_and_takes_it_back_but_does_not_decide(wen, asked):
    page = wen.get("/approvals/")
    assert "What I asked for" in text(page)
    assert wen.post(f"/approvals/{asked.approval_id}/decide/", {"reason": "me"}).status_code == 403
    wen.post(f"/approvals/{asked.approval_id}/withdraw/")
    assert queries.approval(asked.approval_id).status is ApprovalStatus.WITHDRAWN


def test_somebody_elses_request_is_not_taken_back(ada, asked):
    assert ada.post(f"/approvals/{asked.approval_id}/withdraw/").status_code == 403
    assert queries.approval(asked.approval_id).status is ApprovalStatus.WAITING


def test_a_token_is_made_shown_once_and_ended(wen, viewer):
    form = {"name": "till", "days": "30", "scope": ["customers.view"]}
    page = wen.post("/account/tokens/", form)
    secret = page.context["new_token"].secret
    assert secret in text(page)
    assert secret not in text(wen.get("/account/"))
    token = ApiToken.objects.get()
    assert 29 < (token.expires_at - clock.now()).days + 1 <= 30
    wen.post(f"/account/tokens/{token.pk}/revoke/")
    assert queries.authenticate_token(secret, clock.now()) is None


@pytest.mark.parametrize(
    "form",
    [{"name": "", "scope": "customers.view"}, {"name": "till"}, {"name": "till", "scope": "audit.view"}],
)
def test_tokens_that_make_no_sense_are_refused_on_the_page(wen, form):
    assert wen.post("/account/tokens/", form).status_code == 400
    assert not ApiToken.objects.exists()


def test_somebody_elses_token_is_ended_by_an_administrator_only(wen, viewer, administrator, client):
    made = services.create_token(user=administrator, name="a", scopes=["customers.view"], now=clock.now())
    assert wen.post(f"/account/tokens/{made.token.token_id}/revoke/").status_code == 403
    assert queries.authenticate_token(made.secret, clock.now())
    own = services.create_token(user=viewer, name="b", scopes=["customers.view"], now=clock.now())
    client.force_login(administrator)
    client.post(f"/account/tokens/{own.token.token_id}/revoke/")
    assert queries.authenticate_token(own.secret, clock.now()) is None


def test_the_profile_is_ones_own(wen, viewer):
    wen.post("/account/profile/", {"first_name": "文", "last_name": "李", "language": "zh-hans"})
    viewer.refresh_from_db()
    assert (viewer.get_full_name(), viewer.language) == ("李文", "zh-hans")
    page = wen.post("/account/profile/", {"email": "nonsense"})
    assert page.status_code == 400
    assert page.context["errors"]["email"]


@pytest.mark.parametrize(
    ("says", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU) AppleWebKit MicroMessenger/8.0", "WeChat · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox · Linux"),
        ("curl/8.5", "curl/8.5"),
        ("", ""),
    ],
)
def test_browsers_are_named_in_a_few_words(says, name):
    assert devices.name(says) == name
