"""The page of effects, and the holdout that it rests on."""

from __future__ import annotations

import csv
import io

import pytest

from keepwell.accounts.contracts import Role
from keepwell.accounts.models import User
from keepwell.outreach.policy import queries as policy

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(client, db, home):
    client.force_login(User.objects.create_user("ada", password="x", roles=[Role.ADMINISTRATOR]))
    return client


def read(client, days=60):
    return client.get("/effects/", {"days": days}, headers=HTMX).content.decode()


def test_the_page_says_how_much_it_helped_and_how_sure_that_is(ada, warned):
    warned(3_000, effect=0.15)
    assert "hx-get" in ada.get("/effects/").content.decode()
    part = read(ada)
    assert "Outreach helped:" in part
    assert "customers kept" in part
    assert "It helped" in part
    assert "<html" not in part
    assert "chart-effect" in part


def test_little_data_is_called_too_small_and_says_how_many_it_takes(ada, warned):
    warned(60, effect=0.1)
    part = read(ada)
    assert "Too small to tell" in part
    assert "customers are counted; a difference of +5.0 points takes about" in part


def test_before_anything_there_is_an_empty_page_that_says_what_will_be_there(ada, cycle):
    assert "chosen by chance, are left alone by marketing" in read(ada)


def test_days_that_are_not_over_are_said_to_wait(ada, warned, cycle):
    warned(20, effect=0)
    cycle.as_of = cycle.as_of.replace(month=1, day=3)
    cycle.save()
    assert "too early to tell" in read(ada)


def test_the_tables_come_as_a_file(ada, warned):
    warned(1_000, effect=0.15)
    body = b"".join(ada.get("/effects/export.csv?days=30")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["group"] for row in rows][:2] == ["all", "all"]
    assert {row["group"] for row in rows[2:]} == {"tier:high", "tier:mid", "cause:rhythm_broken"}
    assert float(rows[0]["low"]) < float(rows[0]["difference"]) < float(rows[0]["high"])
    assert ada.get("/effects/export.xlsx").getvalue().startswith(b"PK")


def test_who_sees_own_customers_only_does_not_see_the_company_s_figures(client, db, home, cycle):
    client.force_login(User.objects.create_user("lin", password="x", roles=[Role.ACCOUNT_MANAGER]))
    assert client.get("/effects/").status_code == 403
    assert client.get("/effects/export.csv").status_code == 403


def test_the_share_kept_aside_is_changed_with_a_reason(ada):
    page = "/settings/contact-policy/holdout/"
    refused = ada.post(page, {"share": "20", "reason": ""}, follow=True).content.decode()
    assert "Please say why." in refused
    assert (
        ada.post(page, {"share": "many", "reason": "x"}, follow=True).content.decode().count("from 0 to 50")
        == 1
    )
    done = ada.post(page, {"share": "20 %", "reason": "a first measurement"}, follow=True).content.decode()
    assert "20% of the customers are kept aside." in done
    assert policy.holdout().share == 0.2
    assert "a first measurement" in done
