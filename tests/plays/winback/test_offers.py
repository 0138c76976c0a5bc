"""What a case offers by itself: its own words, percent, end and code; nothing after it was called off."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.insight.models import Score
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.services import set_brand
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.coupons import services as coupon_services
from keepwell.outreach.coupons.contracts import CouponError, State, Via
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.models import Message
from keepwell.plays.winback import services
from keepwell.plays.winback.contracts import Status, Wanted
from keepwell.plays.winback.models import Case, Measure
from keepwell.plays.winback.services.watching import begin_automatically
from tests.plays.winback.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
UNTIL = NOW + 10 * DAY


@pytest.fixture
def shop(settings):
    """One that can be reached from outside, and has said who it is."""
    settings.KEEPWELL_URL = "https://shop.example"
    brand = {
        "company_name": "Tea & Co",
        "legal_address": "1 West Lake Road",
        "website": "https://www.keepwell-tea.com",
    }
    set_brand(values=brand, based_on=content.brand().version, actor="ada", now=NOW - DAY)


@pytest.fixture
def bob(own, people, rate, nobody_aside, shop):
    """A customer of low value whose interest fades; a case of theirs runs by itself."""

    def make(channel="sms", language="en", *, worth=400):
        own("C-9", people.lin, language=language, phone="+8613900000000", email="bob@customer.example")
        rate("C-9", worth=worth, tier="low")
        said = [ConsentRow("C-9", channel, "marketing", True, NOW - 9 * DAY, "counter", "marketing/1")]
        privacy.record_consents(rows=said, actor="ada", live=False)
        return services.open_case(customer_id="C-9", origin="rule", actor="keepwell", now=NOW)

    return make


def begun(number, measure="recall_offer", discount="0.05"):
    """The case with this measure begun by itself, and its message."""
    services.analyse(case_id=number, causes=["decline"], asked="reasons", actor="keepwell", now=NOW)
    Case.objects.filter(pk=number).update(way="automatic")
    cost = Decimal(discount) * 200 + 1
    wanted = Wanted(measure, cost, Decimal(discount), UNTIL if discount != "0" else None)
    services.plan(case_id=number, wanted=[wanted], actor="keepwell", now=NOW)
    services.start(case_id=number, actor="keepwell", now=NOW)
    row = Measure.objects.get(case=number)
    return row, messages.message(row.message_id)


@pytest.mark.parametrize(
    ("language", "off", "ends"),
    [("en", "5% off", "3 December"), ("zh-hans", "立减5%", "12月3日"), ("zh-hant", "現折5%", "12月3日")],
)
def test_the_recall_tells_percent_end_code_and_the_questions_in_one_message(bob, language, off, ends):
    number = bob(language=language)
    row, sent = begun(number)
    (coupon,) = coupons.of_customer("C-9", now=NOW)
    assert sent.content == "recall_offer_sms"
    for words in (off, ends, coupon.code):
        assert words in sent.text
    assert "…" in sent.text  # where the address of the questions stands when it goes
    assert coupon.origin == f"case:{number}:{row.pk}"
    assert coupon.terms.value == Decimal("0.05")
    # The day that the text names is the day until which the code is taken.
    assert UNTIL <= coupon.until < UNTIL + DAY
    done = coupon_services.redeem(
        code=coupon.code, via=Via.COUNTER, actor="lin", now=coupon.until, order_amount=Decimal(200)
    )
    assert done.given_away == Decimal(10)


def test_who_allows_e_mail_alone_gets_the_same_by_e_mail(bob):
    _row, sent = begun(bob("email"))
    (coupon,) = coupons.of_customer("C-9", now=NOW)
    assert (sent.channel, sent.content) == ("email", "recall_offer_email")
    assert coupon.code in sent.html
    assert coupon.code in sent.text


@pytest.mark.parametrize("measure", ["repurchase_incentive", "recall_offer"])
def test_every_offer_has_words_of_its_own(bob, measure):
    _row, sent = begun(bob(), measure)
    assert sent.content == f"{measure}_sms"


def test_the_statement_of_advantages_is_no_letter_of_missing_somebody(bob):
    _row, sent = begun(bob("email"), "advantages", "0")
    assert sent.content == "advantages_email"
    assert "comparison" in sent.text
    assert coupons.of_customer("C-9", now=NOW) == []


def test_an_installation_without_an_address_leaves_the_questions_out(bob, settings):
    number = bob()
    _row, sent = begun(number)
    stored = Message.objects.get(message_id=sent.message_id)
    assert "https://shop.example/q/" in Maker()(stored).draft.text
    settings.KEEPWELL_URL = ""
    assert "/q/" not in Maker()(stored).draft.text
    assert "what we could do better" not in Maker()(stored).draft.text


def test_what_is_called_off_cannot_be_redeemed(bob):
    number = bob()
    begun(number)
    services.lose(case_id=number, result="decided", actor="ada", now=NOW)
    (coupon,) = coupons.of_customer("C-9", now=NOW)
    assert coupon.state is State.VOID
    with pytest.raises(CouponError, match="void"):
        coupon_services.redeem(code=coupon.code, via=Via.API, actor="till", now=NOW)


def test_a_person_who_tells_of_an_offer_has_a_code_for_it(lin_case, ann):
    lin_case(measures=[Wanted("special_offer", Decimal(30), Decimal("0.1"), UNTIL)])
    (coupon,) = coupons.of_customer(ann, now=NOW)
    assert (coupon.terms.value, coupon.state) == (Decimal("0.1"), State.ISSUED)
    assert coupon.issued_by == "lin"


def test_an_automatic_case_of_fading_interest_asks_why_within_its_limit(bob):
    number = bob(worth=2_000)
    # 30% of orders of 40 are within the 15 that may be spent on a customer of low value.
    Score.objects.filter(customer_id="C-9").update(average_amount=Decimal(40))
    reasons = [{"code": "drifting_away", "figures": {}, "weight": 1.0}]
    Case.objects.filter(pk=number).update(reasons=reasons, average_amount=Decimal(40))
    begin_automatically(case_id=number, now=NOW)
    case = Case.objects.get(pk=number)
    row = Measure.objects.get(case=number)
    assert case.status == Status.CONTACTING
    assert row.code == "recall_offer"
    sent = messages.message(row.message_id)
    assert sent.content == "recall_offer_sms"
    (coupon,) = coupons.of_customer("C-9", now=NOW)
    assert coupon.terms.value == row.discount


def test_who_plans_the_statement_sees_the_competitors_benchmarks(client, people, ann):
    from keepwell.accounts.standards import services as standards

    standards.save_record(
        kind="benchmark",
        title="Northwind delivers on Sundays",
        texts={"competitor": "Northwind", "own_position": "We deliver on six days, and free from 50."},
        actor="ada",
        now=NOW,
    )
    number = services.open_case(customer_id=ann, origin="customer", actor="lin", now=NOW)
    services.analyse(
        case_id=number, causes=["competitor"], asked="interview", competitor="Northwind", actor="lin", now=NOW
    )
    client.force_login(people.lin)
    page = client.get(f"/winback/{number}/").content.decode()
    assert "What is known of Northwind" in page
    assert "We deliver on six days" in page
