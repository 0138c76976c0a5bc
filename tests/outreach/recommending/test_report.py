"""What became of recommendations: opened, clicked by their own link, bought in time, beside others."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keepwell.customers.identity import services as identity
from keepwell.outreach.recommending import ignoring, queries
from keepwell.outreach.sending import recipes
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.marks import tracking
from keepwell.outreach.sending.models import Message, MessageProduct
from keepwell.outreach.sending.services import noting, queueing
from tests.insight import shop
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Mobile/15E148"
SENT = NOW - timedelta(days=40)


@pytest.fixture
def sent(people, suits, offered):
    """Sends the block to four customers, of whom the last is kept aside by lot."""
    numbers = people(6)
    suits({one: ["tea", "tray"] for one in numbers[:4]}, customers=6)
    code = offered()
    send(code, numbers[:4], "first")
    Message.objects.filter(customer_id="C00003").update(status="withheld", reason="held_out")
    return numbers


def send(code, numbers, key, at=SENT):
    made = recipes.words(code, numbers, now=NOW)
    drafts = [
        Draft(
            key=f"{key}/{one}",
            customer_id=one,
            channel="email",
            purpose="marketing",
            content=code,
            recipe=said.recipe,
        )
        for one, said in made.items()
    ]
    queueing.queue(drafts=drafts, actor="ada", now=at)
    names = [queueing.message_id(f"{key}/{one}") for one in numbers]
    Message.objects.filter(message_id__in=names).update(status="sent", finished_at=at)


def press(key, address, seconds=600):
    name = queueing.message_id(key)
    row = Message.objects.get(message_id=name)
    links = tracking.links(Maker()(row).draft.html)
    number = next(place for place, one in enumerate(links, 1) if address in one)
    return noting.note_click(
        message_id=name, link=number, at=SENT + timedelta(seconds=seconds), user_agent=PHONE
    )


def buy(*entries):
    """Orders of (customer, days after the message, product, status)."""
    orders, items = [], []
    for number, (customer, days, product, status) in enumerate(entries):
        made = shop.order(f"o{number}", customer, 0, status=status)
        orders.append({**made, "ordered_at": SENT + timedelta(days=days)})
        items.append(
            {
                "order_id": f"o{number}",
                "line": 0,
                "product_id": product,
                "quantity": 1.0,
                "unit_price": Decimal(1),
            }
        )
    shop.put("orders", [{**one, "recorded_at": NOW} for one in orders], "orders")
    shop.put("order_items", [{**one, "recorded_at": NOW} for one in items], "items")


def figures(report, code):
    return next(one for one in (*report.products, *report.categories, *report.texts) if one.code == code)


def test_openings_and_clicks_count_for_the_product_whose_link_it_is(sent):
    assert not press("first/C00000", "jasmine").by_machine
    noting.note_open(
        message_id=queueing.message_id("first/C00001"), at=SENT + timedelta(hours=1), user_agent=PHONE
    )
    found = queries.report()
    tea, tray = figures(found, "tea"), figures(found, "tray")
    assert (tea.shown, tea.opened, tea.clicked) == (3, 2, 1)
    assert (tray.shown, tray.opened, tray.clicked) == (3, 2, 0)
    assert (found.total.shown, found.total.clicked) == (6, 1)
    assert [one.code for one in found.categories] == ["Kitchen", "Tea"]
    assert [(one.code, one.name) for one in found.texts] == [("suits", "Suits you")]


def test_bought_counts_the_very_product_in_its_days_and_only_what_was_kept(sent):
    buy(
        ("C00000", 3, "tea", "paid"),
        ("C00001", 20, "tea", "paid"),
        ("C00002", 2, "tray", "refunded"),
        ("C00002", -2, "tea", "paid"),
        ("C00005", 5, "tea", "paid"),
    )
    within_14, within_30 = (figures(queries.report(days=days), "tea") for days in (14, 30))
    assert (within_14.judged, within_14.bought) == (3, 1)
    assert (within_30.judged, within_30.bought) == (3, 2)
    assert within_30.others == pytest.approx(1 / 2)  # of two who were never to be shown it one bought it
    assert figures(queries.report(), "tray").bought == 0


def test_who_was_kept_aside_by_lot_is_compared_and_never_counted_as_shown(sent):
    buy(("C00000", 3, "tea", "paid"), ("C00003", 3, "tea", "paid"))
    tea = figures(queries.report(), "tea")
    assert (tea.shown, tea.bought, tea.aside, tea.aside_bought) == (3, 1, 1, 1)
    assert tea.lift is not None
    assert tea.lift.evidence == "too_small"


def test_the_lot_is_read_by_customers_and_not_by_the_products_of_their_messages(sent):
    buy(("C00000", 3, "tea", "paid"), ("C00000", 3, "tray", "paid"))
    found = queries.report().total
    assert (found.judged, found.bought, found.aside) == (6, 2, 2)
    assert (found.lift.treated.units, found.lift.control.units) == (3, 1)
    assert found.lift.treated.mean == pytest.approx(1 / 3)


def test_without_anybody_aside_nothing_is_said_to_be_proved(sent):
    Message.objects.filter(customer_id="C00003").delete()
    assert queries.report().total.lift is None


def test_a_message_whose_days_are_not_over_is_shown_and_not_judged(sent):
    Message.objects.update(finished_at=NOW - timedelta(days=20))
    assert (queries.report(days=30).total.shown, queries.report(days=30).total.judged) == (6, 0)
    assert queries.report(days=14).total.judged == 6


def test_what_a_merged_record_bought_counts_for_the_person(sent):
    buy(("C00004", 3, "tea", "paid"))
    identity.merge(kept_id="C00000", merged_id="C00004", actor="ada")
    assert figures(queries.report(), "tea").bought == 1


def test_before_a_cycle_or_a_message_there_is_nothing_to_tell(people, suits):
    assert queries.report().as_of is None
    suits({})
    found = queries.report()
    assert (found.total, found.products, found.as_of) == (None, (), NOW)


def test_no_words_of_messages_are_opened_for_it(sent):
    with CaptureQueriesContext(connection) as asked:
        assert queries.report().total.shown == 6
        list(ignoring.shown_in_vain(["C00000"], NOW))
    about = [one["sql"] for one in asked if "sending_messageproduct" in one["sql"]]
    assert about
    assert not any('"body"' in one for one in about)


def test_what_was_shown_three_times_unclicked_is_not_shown_again(sent):
    for place in (1, 2):
        send("suits", ["C00000", "C00001"], f"again{place}")
    press("first/C00001", "jasmine")
    found = set(ignoring.shown_in_vain(["C00000", "C00001", "C00002"], NOW))
    assert found == {("C00000", "tea"), ("C00000", "tray"), ("C00001", "tray")}
    assert not set(ignoring.shown_in_vain(["C00000"], NOW + timedelta(days=90)))
    assert MessageProduct.objects.filter(link__isnull=False).exists()


def test_a_link_that_two_products_share_tells_of_neither(people, suits, offered):
    from keepwell.insight.models import SuggestedProduct

    people(1)
    suits({"C00000": ["tea", "tray"]})
    SuggestedProduct.objects.update(url="https://www.keepwell-tea.com/jasmine")
    send(offered(), ["C00000"], "first")
    press("first/C00000", "jasmine")
    assert queries.report().total.clicked == 0
    assert queries.report().total.opened == 2
