"""The pages of the journey map: drawn, changed in place, remedies tried and switched on, files."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.outreach.touchpoints import queries, seeding
from keepwell.web.charts.mood import mood_chart

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(home, db):
    seeding.seed()

    def sign_in(role="retention_manager"):
        from keepwell.accounts.models import User

        client = Client()
        client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
        return client

    return sign_in


def find(code):
    points = [one for stage in queries.the_map().stages for one in stage.touchpoints]
    everything = [*points, *(each for one in points for each in one.frictions)]
    return next((one for one in everything if one.code == code or one.name == code), None)


def page(client, address, *args, status=200, htmx=False, **query):
    headers = {"HX-Request": "true"} if htmx else {}
    response = client.get(reverse(address, args=args), query, headers=headers)
    assert response.status_code == status
    return response.content.decode()


def test_the_map_shows_every_stage_and_what_is_kept_ready(browser):
    client = browser()
    client.post(reverse("journey_map_measure"), {"days": "90"})
    shown = page(client, "journey_map")
    for stage in queries.the_map().stages:
        assert stage.name in shown
        for point in stage.touchpoints:
            assert reverse("journey_map_touchpoint", args=[point.touchpoint_id]) in shown
            for pain in point.frictions:
                assert reverse("journey_map_friction", args=[pain.friction_id]) in shown
    assert "nobody is responsible yet" in shown


def test_the_map_asks_the_database_no_more_for_many_remedies_than_for_two(browser):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from keepwell.foundation import clock
    from keepwell.outreach.journeys import services as journeys
    from keepwell.outreach.touchpoints import services

    who = {"actor": "ada", "now": clock.now()}
    code = journeys.begin(name="Help at once", **who).code
    client = browser()

    def asked(*frictions):
        for one in frictions:
            values = {"remedy": "journey", "remedy_code": code}
            services.save_friction(friction_id=find(one).friction_id, values=values, **who)
        with CaptureQueriesContext(connection) as counted:
            shown = page(client, "journey_map")
        return len(counted), shown.count("Journey: Help at once")

    asked("parcel_late")  # what is read once for every process is read
    few, names = asked("poor_review")
    assert names == 2
    assert asked("slow_answer", "reopened", "low_score") == (few, 5)


def test_a_touchpoint_is_changed_in_its_place(browser):
    client, one = browser(), find("cart")
    part = page(client, "journey_map_touchpoint", one.touchpoint_id, htmx=True)
    assert part.lstrip().startswith("<form")
    form = {
        "name": "Basket", "stage_id": one.stage_id, "channel": "app", "group": "high_value", "owner_id": "",
        "fact_table": "interactions", "fact_values": "cart, basket", "feeling": "-1", "note": "",
    }  # fmt: skip
    address = reverse("journey_map_touchpoint", args=[one.touchpoint_id])
    assert client.post(address, form).status_code == 302
    changed = find("cart")
    assert (changed.name, changed.channel, changed.group, changed.feeling) == (
        "Basket",
        "app",
        "high_value",
        -1,
    )
    assert changed.fact["where"] == [{"column": "type", "is": "in", "value": ["cart", "basket"]}]
    assert "Touchpoint changed: Basket" in page(client, "journey_map")
    refused = client.post(address, {**form, "channel": "smoke"})
    assert refused.status_code == 400
    assert find("cart") == changed


def test_a_touchpoint_of_ones_own_with_a_friction_and_back_again(browser):
    client = browser()
    stage = queries.the_map().stages[0]
    form = {"name": "Poster", "stage_id": stage.stage_id, "fact_table": "", "feeling": "", "owner_id": ""}
    client.post(reverse("journey_map_touchpoint_new"), form)
    poster = find("Poster")
    friction = {
        "name": "Nobody sees it", "touchpoint_id": poster.touchpoint_id, "severity": "1", "owner_id": "",
        "fact_table": "tickets", "fact_values": "opened", "unless_table": "", "within_hours": "0",
        "segment": "", "remedy": "task", "task_channel": "phone", "task_words": "Ring up", "due_hours": "8",
        "again_days": "30",
    }  # fmt: skip
    client.post(reverse("journey_map_friction_new"), friction)
    pain = find("Nobody sees it")
    assert (pain.remedy, pain.task_words, pain.due_hours) == ("task", "Ring up", 8)
    client.post(reverse("journey_map_act", args=["touchpoint", poster.touchpoint_id, "remove"]))
    assert find("Poster") is None
    assert "Bring it back" in page(client, "journey_map")
    client.post(reverse("journey_map_act", args=["touchpoint", poster.touchpoint_id, "restore"]))
    assert find("Poster") is not None


def test_a_remedy_is_tried_and_switched_on_by_a_person(browser):
    client, one = browser(), find("slow_answer")
    shown = page(client, "journey_map_friction", one.friction_id)
    assert "Nobody met this in the last 30 days." in shown
    client.post(reverse("journey_map_act", args=["friction", one.friction_id, "on"]))
    on = find("slow_answer")
    assert (on.is_on, on.on_by) == (True, "retention_manager")
    assert "switched on by retention_manager" in page(client, "journey_map_friction", one.friction_id)
    client.post(reverse("journey_map_act", args=["friction", one.friction_id, "off"]))
    assert not find("slow_answer").is_on


def test_who_may_only_look_changes_nothing(browser):
    client, one = browser("read_only"), find("cart")
    assert "Add a touchpoint" not in page(client, "journey_map")
    address = reverse("journey_map_touchpoint", args=[one.touchpoint_id])
    assert client.post(address, {"name": "Mine"}).status_code == 403
    assert find("cart") == one


def test_what_is_not_there_is_not_found(browser):
    client = browser()
    page(client, "journey_map_touchpoint", 999_999, status=404)
    page(client, "journey_map_friction", 999_999, status=404)
    assert client.post(reverse("journey_map_act", args=["stage", 1, "remove"])).status_code == 404


def test_the_file_has_a_line_for_each_friction_and_each_touchpoint_without(browser):
    client = browser()
    response = client.get(reverse("journey_map_export", args=["csv"]))
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    points = [one for stage in queries.the_map().stages for one in stage.touchpoints]
    assert len(lines) == 1 + sum(max(len(one.frictions), 1) for one in points)
    book = client.get(reverse("journey_map_export", args=["xlsx"]))
    assert b"".join(book.streaming_content).startswith(b"PK")
    book.close()


def test_the_curve_says_where_the_mood_is_lowest(browser):
    chart = mood_chart(queries.the_map().stages)
    assert "Decision" in chart.title
    assert len(chart.rows) == 7
