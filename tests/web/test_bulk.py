"""Columns, saved views, and what is done to many customers at once; each within one's reach."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.accounts.models import User
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.lists.models import BulkChange, SavedView
from keepwell.customers.search import services as search
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from tests.web.conftest import PASSWORD


@pytest.fixture
def managers(shop):
    """Bo and Cy look after ten customers each."""
    users = [
        User.objects.create_user(name, password=PASSWORD, roles=["account_manager"]) for name in ("bo", "cy")
    ]
    ids = [score.customer_id for score in insight.iter_scores(order_by="customer_id")]
    owned = {}
    for place, user in enumerate(users):
        mine = ids[place * 10 : place * 10 + 10]
        customer_services.assign_owner(customer_ids=mine, owner_id=user.pk, actor="test", at=clock.now())
        owned[user.username] = set(mine)
    search.rebuild(now=clock.now())
    return owned


@pytest.fixture(params=["bo", "cy"])
def manager(request, client, managers):
    """One manager's browser, and whose customers are theirs and the other's."""
    client.force_login(User.objects.get(username=request.param))
    other = "cy" if request.param == "bo" else "bo"
    return client, managers[request.param], managers[other]


def listed(client, address):
    return {person.score.customer_id for person in client.get(address).context["people"]}


def test_every_list_holds_own_customers_only(manager):
    client, mine, others = manager
    assert listed(client, "/customers/") == mine
    assert listed(client, "/at-risk/?status=") == mine
    cockpit = client.get("/").context
    assert cockpit["summary"].customers == len(mine)
    assert {person.score.customer_id for person in cockpit["people"]} <= mine
    theirs = sorted(others)[0]
    assert listed(client, f"/customers/?q={theirs}") == set()
    assert theirs not in client.get("/find/", {"s": theirs}).content.decode().replace(f"“{theirs}”", "")
    assert theirs not in client.get("/find/", {"recent": theirs}).content.decode()
    own = sorted(mine)[0]
    assert listed(client, f"/customers/?q={own}") == {own}
    assert f"/customers/{own}/" in client.get("/find/", {"s": own}).content.decode()
    assert f"/customers/{own}/" in client.get("/find/", {"recent": own}).content.decode()


def test_a_name_is_found_in_the_list_and_the_palette_within_reach(manager):
    client, mine, _others = manager
    names = customers.names(mine)
    number, name = sorted(names.items())[0]
    assert number in listed(client, f"/customers/?q={name}")
    assert listed(client, f"/customers/?q={name}") <= mine
    assert f"/customers/{number}/" in client.get("/find/", {"s": name}).content.decode()


def test_exports_need_their_own_permission(manager):
    client, _mine, _others = manager
    assert client.get("/customers/export.csv").status_code == 403
    assert client.get("/at-risk/export.xlsx").status_code == 403
    assert "/customers/export.csv" not in client.get("/customers/").content.decode()


def test_an_export_of_a_narrower_reach_holds_own_customers(manager, monkeypatch):
    from keepwell.accounts import core
    from keepwell.accounts.contracts import Permission, Reach, Role

    client, mine, _others = manager
    wider = {**core.GRANTS[Role.ACCOUNT_MANAGER], Permission.EXPORT_CUSTOMERS: Reach.OWN}
    monkeypatch.setattr(core, "GRANTS", {**core.GRANTS, Role.ACCOUNT_MANAGER: wider})
    text = b"".join(client.get("/customers/export.csv").streaming_content).decode("utf-8-sig")
    assert {line.split(",")[0] for line in text.splitlines()[1:]} == mine


def test_a_plan_shows_and_exports_the_lines_of_own_customers_only(manager, monkeypatch):
    from decimal import Decimal

    from keepwell.accounts import core
    from keepwell.accounts.contracts import Permission, Reach, Role
    from keepwell.plays.services import save_plan

    client, mine, _others = manager
    plan = save_plan(budget=Decimal(100_000), capacities=None, actor="test")
    assert len({line.customer_id for line in plan.lines}) > len(mine)
    shown = client.get(f"/plan/saved/{plan.plan_id}/").context
    assert {line["line"].customer_id for line in shown["lines"]} <= mine
    wider = {**core.GRANTS[Role.ACCOUNT_MANAGER], Permission.EXPORT_CUSTOMERS: Reach.OWN}
    monkeypatch.setattr(core, "GRANTS", {**core.GRANTS, Role.ACCOUNT_MANAGER: wider})
    answer = client.get(f"/plan/saved/{plan.plan_id}/export.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert {line.split(",")[1] for line in text.splitlines()[1:]} <= mine


def test_columns_are_chosen_remembered_and_put_back(ada, shop):
    ada.post("/lists/customers/columns/", {"column": ["owner", "orders", "nonsense"]})
    codes = [one["code"] for one in ada.get("/customers/").context["list_columns"]]
    assert codes == ["owner", "orders"]
    assert next(one["code"] for one in ada.get("/at-risk/").context["list_columns"]) == "risk"
    ada.post("/lists/customers/columns/", {"usual": "1"})
    assert next(one["code"] for one in ada.get("/customers/").context["list_columns"]) == "status"


def test_a_view_keeps_filters_order_and_columns_and_can_be_shared(ada, client, shop, viewer):
    ada.post("/lists/customers/columns/", {"column": ["tags"]})
    answer = ada.post(
        "/lists/customers/views/", {"name": " Best  ones ", "query": "tier=high&order=-clv", "shared": "on"}
    )
    address = answer["Location"]
    (view,) = SavedView.objects.all()
    assert (view.name, view.columns) == ("Best ones", ["tags"])
    ada.post("/lists/customers/columns/", {"usual": "1"})
    context = ada.get(address).context
    assert context["asked"].filter.tiers == ("high",)
    assert context["asked"].order_by == "-clv"
    assert [one["code"] for one in context["list_columns"]] == ["tags"]
    client.force_login(viewer)
    assert [one.name for one in client.get("/customers/").context["views"]] == ["Best ones"]
    client.post(f"/lists/customers/views/{view.pk}/delete/")
    assert SavedView.objects.count() == 1
    SavedView.objects.update(shared=False)
    assert client.get(address).context["view"] is None


def test_a_tag_for_many_and_back(ada, shop):
    ids = [score.customer_id for score in insight.scores(ScoreFilter(), page_size=3).rows]
    ada.post("/lists/customers/change/", {"kind": "add_tag", "tag": "新春", "customer": ids})
    assert all(any(tag.name == "新春" for tag in customers.tags_of(one)) for one in ids)
    page = ada.get("/customers/")
    change = page.context["undoable"]
    assert change.customers == 3
    ada.post(f"/lists/undo/{change.change_id}/")
    assert not any(customers.tags_of(one) for one in ids)
    again = ada.post(f"/lists/undo/{change.change_id}/", follow=True)
    assert "Too late" in again.content.decode()


def test_an_owner_for_all_that_match_and_back(ada, shop, managers):
    bo = User.objects.get(username="bo")
    wanted = ScoreFilter(tiers=("high",))
    ids = insight.customer_ids(wanted, limit=1000)
    before = customers.owners_of(ids)
    ada.post(
        "/lists/customers/change/",
        {"kind": "assign_owner", "owner": str(bo.pk), "matching": "on", "query": "tier=high"},
    )
    assert customers.owners_of(ids) == dict.fromkeys(ids, bo.pk)
    change = BulkChange.objects.latest("pk")
    ada.post(f"/lists/undo/{change.pk}/")
    assert customers.owners_of(ids) == before


def test_own_customers_go_to_another_by_a_handover_alone(manager):
    client, mine, _others = manager
    other = User.objects.exclude(pk=client.session["_auth_user_id"]).filter(username__in=["bo", "cy"]).get()
    one = min(mine)
    before = customers.owner_of(one)
    asked = {"kind": "assign_owner", "owner": str(other.pk), "customer": one}
    assert client.post("/lists/customers/change/", asked).status_code == 403
    assert customers.owner_of(one) == before
    assert 'value="assign_owner"' not in client.get("/customers/").content.decode()


def test_who_may_change_no_more_takes_nothing_back(ada, shop, administrator):
    one = insight.scores(page_size=1).rows[0].customer_id
    ada.post("/lists/customers/change/", {"kind": "add_tag", "tag": "VIP", "customer": one})
    User.objects.filter(pk=administrator.pk).update(roles=["read_only"], is_superuser=False)
    assert ada.post(f"/lists/undo/{BulkChange.objects.latest('pk').pk}/").status_code == 403
    assert customers.tags_of(one)


def test_what_is_taken_back_too_late_stays(ada, shop):
    one = insight.scores(page_size=1).rows[0].customer_id
    ada.post("/lists/customers/change/", {"kind": "add_tag", "tag": "VIP", "customer": one})
    BulkChange.objects.update(done_at=clock.now() - timedelta(minutes=3))
    (change,) = BulkChange.objects.all()
    ada.post(f"/lists/undo/{change.pk}/")
    assert customers.tags_of(one)
    assert ada.get("/customers/").context["undoable"] is None


def test_nobody_changes_many_customers_of_others(manager):
    client, mine, others = manager
    both = [sorted(mine)[0], sorted(others)[0]]
    answer = client.post("/lists/customers/change/", {"kind": "add_tag", "tag": "X", "customer": both})
    assert answer.status_code == 403
    assert not any(customers.tags_of(one) for one in both)
    client.post("/lists/customers/change/", {"kind": "add_tag", "tag": "X", "matching": "on", "query": ""})
    assert all(customers.tags_of(one) for one in mine)
    assert not any(customers.tags_of(one) for one in others)
    change = BulkChange.objects.latest("pk")
    client.force_login(User.objects.exclude(pk=change.user_id).filter(username__in=["bo", "cy"]).get())
    client.post(f"/lists/undo/{change.pk}/")
    assert all(customers.tags_of(one) for one in mine)


def test_who_may_only_look_changes_nothing(wen, shop):
    one = insight.scores(page_size=1).rows[0].customer_id
    for kind in ("add_tag", "assign_owner", "tasks"):
        assert wen.post("/lists/customers/change/", {"kind": kind, "customer": one}).status_code == 403
    assert wen.post("/lists/customers/change/", {"kind": "other"}).status_code == 404
    assert "kw-bulk-form" not in wen.get("/customers/").content.decode()


def test_tasks_for_many_and_back(ada, shop):
    from keepwell.outreach.models import Task

    ids = [score.customer_id for score in insight.scores(page_size=2).rows]
    ada.post("/lists/at_risk/change/", {"kind": "tasks", "customer": ids, "task_kind": "call"})
    assert set(Task.objects.values_list("customer_id", flat=True)) == set(ids)
    ada.post(f"/lists/undo/{BulkChange.objects.latest('pk').pk}/")
    assert set(Task.objects.values_list("status", flat=True)) == {"cancelled"}


def test_a_list_asks_as_many_queries_for_fifty_rows_as_for_few(ada, shop):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ada.post("/lists/customers/columns/", {"column": ["owner", "tags", "status", "why", "action"]})
    ada.get("/customers/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert len(ada.get("/customers/?tier=high&risk=high").context["people"]) < 50
    with CaptureQueriesContext(connection) as many:
        assert len(ada.get("/customers/").context["people"]) == 50
    assert len(many) <= len(few)
