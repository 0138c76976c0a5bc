"""The pages of segments: list, builder, one segment, why, compare, target list; and who may see what."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.urls import reverse

from keepwell.accounts.contracts import Role
from keepwell.insight.segments import queries, services

HIGH = {"attribute": "tier", "is": "in", "value": ["high"]}


def form(*conditions: dict, do: str = "", join: str = "all", **more: str) -> dict:
    """A builder's form with conditions side by side."""
    data: dict = {
        "join.0": join,
        "node": [f"0-{place}" for place in range(len(conditions))],
        "do": do,
        **more,
    }
    for place, one in enumerate(conditions):
        for name, value in one.items():
            head, _dot, tail = name.partition(".")
            data[f"{head}.0-{place}" + (f".{tail}" if tail else "")] = value
    return data


TIER = {"what": "a:tier", "is": "in", "v": ["high"]}
BOUGHT = {
    "what": "f:orders",
    "measure": "count",
    "is": "at_least",
    "v": "2",
    "when": "last",
    "days": "90",
    "fc.0": "status",
    "fo.0": "in",
    "fv.0": ["placed", "paid"],
}


@pytest.fixture
def user_of(django_user_model):
    """Somebody with one role."""

    def make(role: str, name: str = ""):
        return django_user_model.objects.create_user(name or role, password="x" * 12, roles=[role])

    return make


def test_list_shows_rule_size_and_what_comes_with_the_product(shop, client, user_of):
    client.force_login(user_of(Role.ANALYST))
    page = client.get(reverse("segments"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "VIP customers" in text
    vip = next(one for one in queries.every() if one.code == "vip")
    assert f"<b>{vip.size:,}</b>" in text
    assert "Customers of whom: Value tier is High value." in text


def test_build_count_save_and_open(shop, client, user_of):
    analyst = user_of(Role.ANALYST)
    client.force_login(analyst)
    assert client.get(reverse("segment_new")).status_code == 200
    rule = {
        "all": [
            HIGH,
            {
                "facts": "orders",
                "measure": "count",
                "where": [{"column": "status", "is": "in", "value": ["placed", "paid"]}],
                "window": {"within_days": 90},
                "is": "at_least",
                "value": 2,
            },
        ]
    }
    size = queries.count(rule).size
    assert size > 0
    data = form(TIER, BOUGHT)
    counted = client.post(
        reverse("segment_build"), data, headers={"HX-Request": "true", "HX-Target": "kw-count"}
    )
    assert f'<span class="kw-big">{size}</span>' in counted.content.decode()
    saved = client.post(reverse("segment_build"), form(TIER, BOUGHT, do="save", name="Best", shared="team"))
    assert saved.status_code == 302
    (made,) = [one for one in queries.every() if one.name == "Best"]
    assert made.definition == rule
    assert made.size == size
    assert made.author_id == analyst.pk
    page = client.get(saved["Location"]).content.decode()
    assert page.count("data-href") == min(size, 50)
    edited = client.get(reverse("segment_edit", args=[made.segment_id])).content.decode()
    assert 'value="90"' in edited
    assert 'name="fv.0-1.0" value="paid"' in edited


def test_buttons_of_the_builder(shop, client, user_of):
    client.force_login(user_of(Role.ANALYST))
    added = client.post(reverse("segment_build"), form(TIER, do="add:0")).content.decode()
    assert 'name="node" value="0-1"' in added
    grouped = client.post(reverse("segment_build"), form(TIER, do="group:0")).content.decode()
    assert 'name="node" value="0-1-0"' in grouped
    dropped = client.post(reverse("segment_build"), form(TIER, BOUGHT, do="drop:0-0")).content.decode()
    assert 'value="0-0"' not in dropped
    assert 'name="node" value="0-1"' in dropped
    filtered = client.post(reverse("segment_build"), form(BOUGHT, do="filter:0-0")).content.decode()
    assert 'name="fc.0-0.1"' in filtered


def test_incomplete_conditions_do_not_count_and_are_not_saved(shop, client, user_of):
    client.force_login(user_of(Role.ANALYST))
    empty = {"what": "a:city", "is": "in", "v": ""}
    page = client.post(reverse("segment_build"), form(TIER, empty)).content.decode()
    assert "1 condition is not complete" in page
    asked = {"HX-Request": "true", "HX-Target": "kw-count"}
    counted = client.post(reverse("segment_build"), form(TIER, empty), headers=asked).content.decode()
    missing = re.findall(r'<p id="missing-([^"]+)"[^>]*hx-swap-oob="true">(.*?)</p>', counted)
    assert [(path, bool(why)) for path, why in missing] == [("0-0", False), ("0-1", True)]
    refused = client.post(reverse("segment_build"), form(TIER, empty, do="save", name="x"))
    assert refused.status_code == 422
    assert not [one for one in queries.every() if not one.is_machine_made]
    nameless = client.post(reverse("segment_build"), form(TIER, do="save"))
    assert nameless.status_code == 422
    assert "needs a name" in nameless.content.decode()


def test_sharing(shop, client, user_of):
    ann, bob = user_of(Role.ANALYST, "ann"), user_of(Role.READ_ONLY, "bob")
    private = services.save(name="Private", definition=HIGH, author_id=ann.pk, actor="ann")
    open_ = services.save(name="Open", definition=HIGH, author_id=ann.pk, actor="ann", shared="all")
    client.force_login(bob)
    assert client.get(reverse("segment", args=[private.segment_id])).status_code == 403
    assert client.get(reverse("segment", args=[open_.segment_id])).status_code == 200
    listed = client.get(reverse("segments")).content.decode()
    assert "Open" in listed
    assert "Private" not in listed
    assert client.get(reverse("segment_edit", args=[open_.segment_id])).status_code == 403
    assert client.post(reverse("segment_archive", args=[open_.segment_id])).status_code == 403
    assert client.get(reverse("segment_new")).status_code == 403
    client.force_login(user_of(Role.SERVICE_AGENT, "eve"))
    assert client.get(reverse("segments")).status_code == 403


def test_a_rule_does_not_name_somebody_elses_private_segment(shop, client, user_of):
    ann, bob = user_of(Role.ANALYST, "ann"), user_of(Role.ANALYST, "bob")
    private = services.save(name="Secret plan", definition=HIGH, author_id=ann.pk, actor="ann")
    rule = {"segment": private.segment_id}
    shared = services.save(name="Open", definition=rule, author_id=ann.pk, actor="ann", shared="all")
    asked = form({"what": "s", "v": [str(private.segment_id)]})
    client.force_login(bob)
    for more in ({"do": ""}, {"do": "save", "name": "Mine", "shared": "private"}):
        answer = client.post(reverse("segment_build"), {**asked, **more})
        assert answer.status_code == 403
        assert "Secret plan" not in answer.content.decode()
    kept = client.post(reverse("segment_build"), {**asked, "segment": str(shared.segment_id)})
    assert kept.status_code == 200  # what a shared rule names already stays
    client.force_login(ann)
    assert client.post(reverse("segment_build"), asked).status_code == 200


def test_own_customers_only(shop, client, user_of, monkeypatch):
    from keepwell.accounts import core
    from keepwell.accounts.contracts import Permission, Reach
    from keepwell.customers import services as customers

    manager = user_of(Role.ACCOUNT_MANAGER)
    vip = next(one for one in queries.every() if one.code == "vip")
    ids = list(queries.member_ids(vip.segment_id))
    customers.assign_owner(customer_ids=[ids[0]], owner_id=manager.pk, actor="test")
    client.force_login(manager)
    page = client.get(reverse("segment", args=[vip.segment_id])).content.decode()
    assert page.count("data-href") == 1
    assert ids[0] in page
    why = reverse("segment_why", args=[vip.segment_id])
    assert client.get(why, {"customer": ids[0]}).status_code == 200
    assert client.get(why, {"customer": ids[1]}).status_code == 403
    assert client.get(reverse("segment_compare")).status_code == 403
    export = reverse("segment_export", args=[vip.segment_id, "csv"])
    assert export not in page
    assert client.get(export).status_code == 403
    wider = {**core.GRANTS[Role.ACCOUNT_MANAGER], Permission.EXPORT_CUSTOMERS: Reach.OWN}
    monkeypatch.setattr(core, "GRANTS", {**core.GRANTS, Role.ACCOUNT_MANAGER: wider})
    file = client.get(export)
    rows = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [ids[0]]


def test_why_says_each_condition_with_the_customers_own_value(shop, client, user_of):
    client.force_login(user_of(Role.ANALYST))
    vip = next(one for one in queries.every() if one.code == "vip_active")
    inside = next(queries.member_ids(vip.segment_id))
    page = client.get(reverse("segment_why", args=[vip.segment_id]), {"customer": inside}).content.decode()
    assert "is in “VIP: active”" in page
    assert "here: High value" in page
    assert "✗" in page  # the condition under "not" is false


def test_archive_and_undo(shop, client, user_of):
    ann = user_of(Role.ANALYST)
    made = services.save(name="Mine", definition=HIGH, author_id=ann.pk, actor="ann")
    client.force_login(ann)
    gone = client.post(reverse("segment_archive", args=[made.segment_id]), follow=True)
    assert "is in the archive" in gone.content.decode()
    assert queries.segment(made.segment_id).archived_at is not None
    client.post(reverse("segment_restore", args=[made.segment_id]))
    assert queries.segment(made.segment_id).archived_at is None


def test_duplicate_of_what_comes_with_the_product(shop, client, user_of):
    client.force_login(user_of(Role.ANALYST))
    for code in ("vip_dormant", "interest_outdoor", "likely_active_sms"):
        vip = next(one for one in queries.every() if one.code == code)
        opened = client.post(reverse("segment_duplicate", args=[vip.segment_id]), follow=True)
        assert opened.status_code == 200
        copy = next(one for one in queries.every() if one.name == f"{vip.name} (copy)")
        assert copy.definition == vip.definition
        assert copy.size == vip.size


def test_side_by_side_and_seasons(shop, client, user_of):
    client.force_login(user_of(Role.ANALYST))
    one, two = (x.segment_id for x in queries.every() if x.code in ("vip", "dormant"))
    page = client.get(reverse("segment_compare"), {"a": one, "b": two})
    assert "Where they differ" in page.content.decode()
    seasons = client.get(reverse("segment_seasons", args=[one])).content.decode()
    assert "chart-segment-months" in seasons


def test_export_of_an_analyst_has_names_and_is_audited(shop, client, user_of):
    from keepwell.foundation.audit.models import AuditEntry

    client.force_login(user_of(Role.ANALYST))
    vip = next(one for one in queries.every() if one.code == "vip")
    file = client.get(reverse("segment_export", args=[vip.segment_id, "csv"]))
    rows = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    assert rows[0][1] == "Name"
    assert len(rows) - 1 == vip.size
    assert AuditEntry.objects.filter(action="segment.export", object_id=str(vip.segment_id)).count() == 1
    sheet = client.get(reverse("segment_export", args=[vip.segment_id, "xlsx"]))
    assert b"".join(sheet.streaming_content)[:2] == b"PK"


def test_no_query_per_row(shop, client, user_of):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ann = user_of(Role.ANALYST)
    client.force_login(ann)
    ordinary = next(one for one in queries.every() if one.code == "ordinary")

    def asked() -> list[int]:
        counts = []
        for address in (reverse("segments"), reverse("segment", args=[ordinary.segment_id])):
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))
        return counts

    asked()
    before = asked()
    for number in range(5):
        services.save(name=f"s{number}", definition=HIGH, author_id=ann.pk, actor="ann")
    assert asked() == before


def test_panel_on_the_customer_page(shop, client, user_of):
    client.force_login(user_of(Role.RETENTION_MANAGER))
    vip = next(one for one in queries.every() if one.code == "vip")
    inside = next(queries.member_ids(vip.segment_id))
    page = client.get(reverse("customer", args=[inside])).content.decode()
    assert 'id="panel-segments"' in page
    assert "VIP customers" in page
