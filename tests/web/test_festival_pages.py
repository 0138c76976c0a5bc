"""The festival calendar: days by rule and by hand, days of the shop's own, files, taking back."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keepwell.accounts.models import User
from keepwell.outreach.journeys import queries
from keepwell.outreach.journeys.core.calendar import FESTIVALS

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(home, db):
    def sign_in(role="retention_manager"):
        client = Client()
        client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
        return client

    return sign_in


def page(client, country="CN", year=2027):
    response = client.get(reverse("festivals"), {"country": country, "year": year})
    assert response.status_code == 200
    return response


def do(client, action, country="CN", year=2027, **said):
    address = reverse("festivals_act", args=[action])
    return client.post(address, {"country": country, "year": year, **said}, follow=True)


def days(country="CN", year=2027):
    return {one.code: (one.on, one.source) for one in queries.festival_days(country, year)}


def shown(client, country="CN", year=2027):
    rows = page(client, country, year).context["rows"]
    return {row["one"].code: (row["one"].on, row["one"].source) for row in rows}


def test_rules_propose_and_people_decide(browser):
    client = browser()
    assert shown(client)["spring_festival"] == (date(2027, 2, 6), "rule")
    assert days() == {}, "looking writes nothing"
    assert shown(client, "GB")["mothers_day"] == (None, "none"), "what no rule knows is there to be entered"
    do(client, "set", code="mothers_day", on="2027-05-16")
    assert shown(client)["mothers_day"] == days()["mothers_day"] == (date(2027, 5, 16), "hand")
    assert days()["spring_festival"] == (date(2027, 2, 6), "rule"), "the others are still there"
    do(client, "none", code="singles_day")
    assert days()["singles_day"] == (None, "hand")
    do(client, "undo")
    assert days()["singles_day"] == (date(2027, 11, 11), "rule")
    do(client, "rule", code="mothers_day")
    assert days()["mothers_day"] == (date(2027, 5, 9), "rule")
    do(client, "undo")
    assert days()["mothers_day"] == (date(2027, 5, 16), "hand")
    before = days()
    assert "nothing to take back" in do(client, "undo").content.decode()
    for wrong in ({"code": "mothers_day", "on": "2028-05-16"}, {"code": "mothers_day", "on": "soon"}):
        assert do(client, "set", **wrong).status_code == 200
    assert do(client, "sing", code="mothers_day").status_code == 404
    assert days() == before


def test_a_day_of_the_shops_own_begins_journeys(browser):
    client = browser()
    do(client, "add", name="Member day", on="2027-04-18")
    do(client, "add", country="TW", name=" Member  day ", on="2027-04-20")
    do(client, "add", name="会员日", on="2027-04-19")
    own = queries.own_festivals()
    assert own["member_day"] == "Member day"
    assert sorted(own.values()) == ["Member day", "会员日"]
    assert days()["member_day"] == (date(2027, 4, 18), "hand")
    assert days("TW")["member_day"] == (date(2027, 4, 20), "hand")
    do(client, "undo")
    assert list(queries.own_festivals()) == ["member_day"]
    assert (
        "is in the calendar already"
        in do(client, "add", name="Mothers day", on="2027-04-18").content.decode()
    )
    journey = queries.by_code("vip_holiday").journey_id
    editor = client.get(reverse("journey_edit", args=[journey]), {"panel": "start"}).content.decode()
    assert 'value="member_day"' in editor, "the editor offers it among the festivals"
    do(client, "rule", code="member_day")
    assert "member_day" not in days()
    assert "member_day" in days("TW")


def test_what_was_taken_out_can_be_taken_in(browser):
    client = browser()
    do(client, "add", name="Member day", on="2027-04-18")
    do(client, "none", code="singles_day")
    address = reverse("festivals_export", args=["csv"]) + "?country=CN&year=2027"
    text = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    lines = {one["code"]: one for one in csv.DictReader(io.StringIO(text))}
    assert lines["member_day"]["name"] == "Member day"
    assert set(lines) >= {code for code, where in FESTIVALS.items() if "CN" in where}
    before = days()

    def take(said):
        file = SimpleUploadedFile("days.csv", said.encode(), content_type="text/csv")
        return do(client, "file", file=file).content.decode()

    take(text)
    assert days() == before
    answer = take(
        "country,year,code,name,on\nCN,2027,mothers_day,,2027-05-16\nCN,2027,,Shop birthday,2027-03-03\n"
        "China,2027,mothers_day,,2027-05-17\nCN,2027,fathers_day,,2028-01-01\n"
    )
    assert days() == before | {
        "mothers_day": (date(2027, 5, 16), "hand"),
        "shop_birthday": (date(2027, 3, 3), "hand"),
    }
    assert "Line 4" in answer
    assert "Line 5" in answer
    assert "columns" in take("a,b\n1,2\n")
    assert len(days()) == len(before) + 1


def test_taking_in_what_was_taken_out_pins_nothing_that_the_rules_say(browser):
    client = browser()
    for country in ("CN", "GB"):
        address = reverse("festivals_export", args=["csv"]) + f"?country={country}&year=2031"
        text = b"".join(client.get(address).streaming_content)
        file = SimpleUploadedFile("days.csv", text, content_type="text/csv")
        do(client, "file", file=file)
        assert "hand" not in {source for _on, source in days(country, 2031).values()}
        assert shown(client, "GB", 2031)["mothers_day"] == (None, "none")


def test_a_day_of_the_shops_own_that_was_moved_comes_back_where_it_was(browser):
    client = browser()
    do(client, "add", name="Member day", on="2027-04-18")
    do(client, "add", name="Member day", on="2027-05-18")
    assert days()["member_day"] == (date(2027, 5, 18), "hand")
    do(client, "undo")
    assert days()["member_day"] == (date(2027, 4, 18), "hand")


def test_a_file_of_an_old_machine_is_read_and_a_broken_one_is_refused(browser):
    client = browser()
    said = b"country,year,code,name,on\rCN,2027,mothers_day,,2027-05-16\r"
    do(client, "file", file=SimpleUploadedFile("days.csv", said, content_type="text/csv"))
    assert days()["mothers_day"] == (date(2027, 5, 16), "hand")
    broken = b'country,year,code,name,on\n"' + b"x" * 200_000
    answer = do(client, "file", file=SimpleUploadedFile("days.csv", broken, content_type="text/csv"))
    assert "columns" in answer.content.decode()


def test_who_only_looks_changes_nothing(browser):
    client = browser("analyst")
    assert "festivals/do/set" not in page(client).content.decode()
    assert do(client, "set", code="mothers_day", on="2027-05-16").status_code == 403
    assert days() == {}
