"""Coupons on pages and by the API: the counter, the customer's page, offers, files."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.outreach.coupons import queries
from keepwell.outreach.coupons.contracts import State
from keepwell.outreach.coupons.models import Coupon

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, people):
    def make(user):
        client.force_login(user)
        return client

    return make


def test_the_counter_shows_a_code_then_redeems_it(browser, people, give):
    code = give(now=clock.now(), minimum_order=None).code
    page = browser(people.sam)
    shown = page.post(reverse("coupon_counter"), {"code": code.lower(), "do": "look"})
    assert "15% off" in shown.content.decode()
    assert Coupon.objects.get().state == "issued"
    done = page.post(
        reverse("coupon_counter"),
        {"code": code, "do": "redeem", "order_id": "O-1", "order_amount": "1,200"},
        follow=True,
    )
    assert "Redeemed" in done.content.decode()
    row = queries.of_customer("C-1", now=clock.now())[0]
    assert (row.state, row.given_away, row.redeemed_by) == (State.REDEEMED, 180, "sam")
    again = page.post(reverse("coupon_counter"), {"code": code, "do": "redeem", "order_id": "O-2"})
    assert again.status_code == 422
    assert "redeemed already" in again.content.decode()


def test_a_colleague_redeems_own_customers_codes_only(browser, people, own, give):
    own("C-2", people.mei)
    code = give("C-2", now=clock.now()).code
    assert (
        browser(people.lin).post(reverse("coupon_counter"), {"code": code, "do": "look"}).status_code == 403
    )
    assert str(code) not in browser(people.lin).get(reverse("coupons")).content.decode()
    assert str(code) in browser(people.mei).get(reverse("coupons")).content.decode()


def test_an_exclusive_discount_is_given_on_the_customers_page_within_authority(browser, people, own):
    own("C-1", people.lin)
    page, form = browser(people.lin), {"kind": "percent", "occasion": "f1", "days": "7"}
    more = page.post(reverse("coupon_give", args=["C-1"]), {**form, "value": "15"}, follow=True)
    assert "more than you may decide" in more.content.decode()
    for _again in range(2):
        given = page.post(reverse("coupon_give", args=["C-1"]), {**form, "value": "10"}, follow=True)
    row = Coupon.objects.get()
    assert row.code in given.content.decode()
    voided = page.post(reverse("coupon_void", args=[row.pk]), {"reason": "Wrong Ann"}, follow=True)
    assert "Wrong Ann" in voided.content.decode()


def test_an_offer_is_made_with_its_texts_and_its_list(browser, people):
    page = browser(people.ada)
    form = {
        "name": "Till", "kind": "amount", "value": "20", "currency": "CNY", "source": "list", "low_at": "1",
        "active": "1", "texts": ["cart_waiting_sms"],
    }  # fmt: skip
    refused = page.post(reverse("coupon_offer_new"), form)
    assert refused.status_code == 422
    assert "until when the till takes" in refused.content.decode()
    ends = (clock.now() + timedelta(days=30)).date().isoformat()
    page.post(reverse("coupon_offer_new"), {**form, "ends_on": ends})
    (made,) = queries.offers()
    assert (made.texts, made.source) == (("cart_waiting_sms",), "list")
    file = SimpleUploadedFile("codes.csv", b"code\nTILL-1\nTILL-2\nx\n")
    taken = page.post(
        reverse("coupon_codes", args=[made.offer_id]), {"file": file}, follow=True
    ).content.decode()
    assert "2 new codes" in taken
    assert "Line 4 was left out" in taken
    twice = page.post(reverse("coupon_offer_new"), {**form, "name": "Other", "ends_on": ends})
    assert "goes with another offer" in twice.content.decode()


def test_of_many_lines_that_were_left_out_their_number_is_told(browser, people):
    page = browser(people.ada)
    file = SimpleUploadedFile("used.csv", b"code\n" + b"ABCDEFGH\n" * 25)
    taken = page.post(reverse("coupons_take"), {"file": file}, follow=True).content.decode()
    assert "Line 11 was left out" in taken
    assert "Line 12 was left out" not in taken
    assert "15 more lines were left out" in taken


def test_a_file_of_the_till_is_taken_and_the_list_goes_out(browser, people, give):
    code = give(now=clock.now()).code
    page = browser(people.ada)
    file = SimpleUploadedFile(
        "used.csv", f"code,order_id,order_amount\n{code},O-1,200\nABCDEFGH,,\n".encode()
    )
    taken = page.post(reverse("coupons_take"), {"file": file}, follow=True).content.decode()
    assert "1 coupon was redeemed" in taken
    assert "Line 3 was left out" in taken
    sheet = b"".join(page.get(reverse("coupons_export", args=["csv"])).streaming_content).decode()
    assert code in sheet
    assert "30.0000" in sheet


def test_a_till_checks_and_redeems_by_the_api(client, people, give):
    from keepwell.accounts.services import create_token

    code = give(now=clock.now()).code
    secret = create_token(user=people.ada, name="till", scopes=["customers.change"], now=clock.now()).secret

    def ask(what, **said):
        answer = client.post(
            f"/api/v1/coupons/{what}", json.dumps(said), content_type="application/json",
            headers={"authorization": f"Bearer {secret}"},
        )  # fmt: skip
        return answer.status_code, answer.json()

    assert ask("check", code=code)[1]["state"] == "issued"
    status, done = ask("redeem", code=code, order_id="O-1", order_amount="200")
    assert (status, done["given_away"]) == (200, "30.0000")
    assert ask("redeem", code=code, order_id="O-1")[0] == 200
    status, why = ask("redeem", code=code, order_id="O-2")
    assert (status, why["errors"][0]["detail"]) == (409, "redeemed")
    assert ask("check", code="NOBODYS1")[0] == 404
