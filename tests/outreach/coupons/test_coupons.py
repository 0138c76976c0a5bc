"""Coupons from the giving to the till."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.foundation.audit.services import verify
from keepwell.history import queries as history
from keepwell.history import services as facts
from keepwell.outreach.coupons import core, queries, services
from keepwell.outreach.coupons.contracts import CouponError, Kind, State, Terms, Via
from keepwell.outreach.coupons.models import Coupon, ListedCode, Offer
from keepwell.outreach.coupons.services.giving import Occasion
from keepwell.outreach.coupons.services.giving import give as give_all
from tests.outreach.conftest import NOW

pytestmark = pytest.mark.django_db


def redeem(code, **more):
    return services.redeem(**{"code": code, "via": Via.COUNTER, "actor": "lin", "now": NOW, **more})


def steps(customer_id="C-1"):
    facts.flush()
    found = history.timeline(customer_id, tables=["interactions"])
    return sorted(one.data["type"] for one in found)


def test_asked_again_it_is_the_same_coupon_and_told_once(give):
    first, again = give(), give(now=NOW + timedelta(days=1))
    assert (again.pk, again.code) == (first.pk, first.code)
    assert give(key="another").code != first.code
    assert steps() == ["coupon_issued", "coupon_issued"]


def test_the_history_never_learns_the_code(give):
    code = give().code
    redeem(code, order_amount=Decimal(200), order_id="O-1")
    facts.flush()
    told = repr(history.timeline("C-1"))
    assert "coupon_redeemed" in told
    assert code not in told
    assert code.replace("-", "") not in told


def test_a_coupon_is_redeemed_once_for_what_it_is_worth(give):
    one = give()
    done = redeem(one.code.lower().replace("-", " "), order_amount=Decimal(200), order_id="O-1")
    assert (done.state, done.given_away, done.redeemed_by) == (State.REDEEMED, Decimal(30), "lin")
    assert redeem(one.code, order_id="O-1").redeemed_at == done.redeemed_at  # the till asks again
    with pytest.raises(CouponError, match="redeemed"):
        redeem(one.code, order_id="O-2")
    assert steps() == ["coupon_issued", "coupon_redeemed"]
    verify()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"code": "K7QM-X4RT-9PW2"}, "mistyped|unknown"),
        ({"code": ""}, "unknown"),
        ({"now": NOW + timedelta(days=16)}, "expired"),
        ({"at": NOW + timedelta(hours=1)}, "future"),
        ({"at": NOW - timedelta(days=1)}, "not_yet"),
        ({"customer_id": "C-2"}, "other_customer"),
        ({"order_amount": None}, "needs_amount"),
        ({"order_amount": Decimal("99.99")}, "below_minimum"),
        ({"order_amount": Decimal("NaN")}, "bad_amount"),
    ],
)
def test_what_is_refused_and_why(give, said, why):
    one = give(minimum_order=Decimal(100))
    with pytest.raises(CouponError) as refused:
        redeem(**{"code": one.code, "order_amount": Decimal(120), **said})
    assert refused.value.code in why.split("|")
    assert Coupon.objects.get(pk=one.pk).state == State.ISSUED


def test_it_holds_to_the_end_of_its_last_day_and_what_was_used_in_time_may_be_told_later(give):
    one = give()
    late = one.until + timedelta(days=3)
    with pytest.raises(CouponError, match="expired"):
        redeem(one.code, now=late)
    assert services.tidy(now=late).expired == 1
    assert services.tidy(now=late).expired == 0
    assert queries.coupon(one.pk, now=late).state is State.EXPIRED
    assert redeem(one.code, now=late, at=one.until).state is State.REDEEMED
    assert steps() == ["coupon_expired", "coupon_issued", "coupon_redeemed"]


def test_void_needs_a_reason_and_holds(give):
    one = give()
    with pytest.raises(CouponError, match="no_reason"):
        services.void(coupon_id=one.pk, reason=" ", actor="lin", now=NOW)
    services.void(coupon_id=one.pk, reason="Sent to the wrong Ann", actor="lin", now=NOW)
    with pytest.raises(CouponError, match="void"):
        redeem(one.code)
    with pytest.raises(CouponError, match="over"):
        services.void(coupon_id=one.pk, reason="again", actor="lin", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT void_reason FROM coupons_coupon")
        assert "Ann" not in str(cursor.fetchone()[0])
    assert queries.coupon(one.pk, now=NOW).void_reason == "Sent to the wrong Ann"


def test_codes_of_a_list_are_given_once_and_refused_when_there_are_none(give, offer, own):
    number = offer(codes=["AAAA-1", "BBBB 2", "aaaa1", "x"], ends_on=date(2026, 12, 31), low_at=1)
    row = Offer.objects.get(pk=number)
    assert queries.offer(number).free == 2
    wanted = [Occasion(f"m/{one}", one, "play:1") for one in ("C-1", "C-2", "C-3")]
    said = Terms(Kind.PERCENT, Decimal("0.15"), "CNY", ends_on=date(2026, 12, 31))
    found = give_all(terms=said, occasions=wanted, actor="x", now=NOW, offer=row)
    assert sorted(one.code for one in found.values()) == ["AAAA-1", "BBBB 2"]
    again = give_all(terms=said, occasions=wanted, actor="x", now=NOW, offer=row)
    assert {one.pk for one in again.values()} == {one.pk for one in found.values()}
    # The till takes them to the end of its own day: the text may say no other.
    assert {one.until.date() for one in found.values()} == {date(2026, 12, 31)}
    assert services.tidy(now=NOW).low == 1
    brought = services.add_codes(offer_id=number, text="code\nAAAA-1\nCCCC-3", actor="ada", now=NOW)
    assert (brought.new, brought.known) == (1, 1)


def test_a_front_line_gives_within_the_authority_table(people, own, terms):
    own("C-1", people.lin)
    who = {"customer_id": "C-1", "occasion": "f1", "user": people.lin, "now": NOW}
    with pytest.raises(CouponError, match="beyond_authority"):
        services.give_by_hand(terms=terms(), **who)  # 15%, an account manager decides 10%
    with pytest.raises(CouponError, match="beyond_authority"):
        services.give_by_hand(terms=terms("amount", "101"), **who)
    one = services.give_by_hand(terms=terms(value="0.1"), **who)
    assert services.give_by_hand(terms=terms(value="0.1"), **who).pk == one.pk
    assert Coupon.objects.count() == 1
    # Back in the browser, and something else typed: nobody is told a code that gives what was not asked for.
    other = services.give_by_hand(terms=terms(value="0.05"), **who)
    assert (other.pk != one.pk, other.value) == (True, Decimal("0.05"))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"value": "0"}, "value"), ({"value": "1.2"}, "value"), ({"value": "NaN"}, "value"),
        ({"kind": "gift", "value": "5"}, "gift"),
        ({"kind": "amount", "value": "5", "currency": ""}, "currency"),
        ({"days": 0}, "days"), ({"minimum_order": Decimal(-1)}, "minimum_order"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be(people, own, terms, more, field):
    own("C-1")
    with pytest.raises(CouponError) as refused:
        services.give_by_hand(customer_id="C-1", terms=terms(**more), occasion="f", user=people.ada, now=NOW)
    assert refused.value.field == field


def test_a_file_of_the_till_is_taken_line_by_line(give):
    one, two = give(), give("C-2")
    wrong = core.grouped(two.plain[:-1] + ("A" if two.plain[-1] != "A" else "B"))
    lines = [
        "code,redeemed_at,order_id,order_amount",
        f"{one.code},{NOW.date()},O-1,200",
        f"{one.code},{NOW.date()},O-9,200",
        f"{two.code},yesterday,,",
        f"{wrong},,,",
        f"{two.code},,O-2,a lot",
    ]
    text = "\n".join(lines)
    later = NOW + timedelta(days=1)
    done = services.redeem_file(text=text, actor="ada", now=later)
    assert done.new == 1
    assert done.refused == ((3, "redeemed"), (4, "bad_moment"), (5, "mistyped"), (6, "bad_amount"))
    with pytest.raises(CouponError, match="columns"):
        services.redeem_file(text="number\n1", actor="ada", now=NOW)
    assert [(row.given, row.redeemed, row.revenue) for row in queries.figures(later)] == [
        (2, 1, {"CNY": Decimal(200)})
    ]


def test_a_file_taken_again_is_known_and_not_new(give):
    one = give()
    text = f"code,redeemed_at,order_id,order_amount\n{one.code},{NOW.date()},O-1,200"
    asked = {"text": text, "actor": "ada", "now": NOW + timedelta(days=1)}
    first, again = services.redeem_file(**asked), services.redeem_file(**asked)
    assert (first.new, first.known, again.new, again.known) == (1, 0, 0, 1)
    twice = services.redeem_file(text=f"{text}\n{text.splitlines()[1]}", actor="ada", now=NOW)
    assert (twice.new, twice.known, twice.refused) == (0, 2, ())


def test_the_till_may_know_a_merged_customer_by_the_number_of_before(give, own):
    from keepwell.customers.identity import services as identity

    for number in ("C-1", "C-2", "C-3"):
        own(number)
    one = give("C-2")
    identity.merge(kept_id="C-1", merged_id="C-2", actor="ada", now=NOW, reason="same")
    with pytest.raises(CouponError, match="other_customer"):
        redeem(one.code, order_amount=Decimal(200), customer_id="C-3")
    assert redeem(one.code, order_amount=Decimal(200), customer_id="C-2").state == State.REDEEMED


def test_customers_are_merged_split_and_forgotten(give):
    from keepwell.customers.identity import services as identity
    from keepwell.outreach.coupons import following

    give("C-1")
    give("C-2")
    merge_id = identity.merge(kept_id="C-1", merged_id="C-2", actor="ada", now=NOW, reason="same")
    assert len(queries.of_customer("C-1", now=NOW)) == 2
    identity.split(merge_id=getattr(merge_id, "merge_id", merge_id), actor="ada", now=NOW)
    assert len(queries.of_customer("C-1", now=NOW)) == 1

    class Subject:
        customer_ids = ("C-1",)

    assert following.forget(Subject()) == {"coupons": 1}
    assert [row.customer_id for row in Coupon.objects.all()] == ["C-2"]


def test_a_page_and_its_figures_ask_few_statements(give, django_assert_max_num_queries):
    for number in range(30):
        give(f"C-{number}", origin=f"play:{number % 3}")
    with django_assert_max_num_queries(4):
        assert len(queries.coupons(NOW, origin="play", page_size=20)) == 20
        assert [(row.origin, row.given) for row in queries.figures(NOW)] == [("play", 30)]
        assert queries.count(NOW, state="issued") == 30


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(["redeem", "void", "tidy", "give"]), max_size=6), st.integers(0, 20))
def test_whatever_happens_in_whatever_order_a_coupon_ends_once(give, moves, days):
    Coupon.objects.all().delete()
    one, now = give(), NOW + timedelta(days=days)
    ends = 0
    for move in moves:
        try:
            if move == "redeem":
                redeem(one.code, now=now)
                ends += 1
            elif move == "void":
                services.void(coupon_id=one.pk, reason="so", actor="lin", now=now)
                ends += 1
            elif move == "give":
                assert give().pk == one.pk
            else:
                services.tidy(now=now)
        except CouponError:
            pass
    assert ends <= 1
    row = queries.coupon(one.pk, now=now)
    assert (row.state in (State.REDEEMED, State.VOID)) is (ends == 1)
    assert row.state is not State.REDEEMED or row.redeemed_at <= row.until


@pytest.mark.django_db(transaction=True)
def test_of_many_who_redeem_at_once_one_wins(give, people):
    one = give()

    def attempt(number):
        try:
            return redeem(one.code, order_id=f"O-{number}").order_id
        except CouponError as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(attempt, range(8)))
    assert found.count("redeemed") == 7
    assert steps().count("coupon_redeemed") == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_give_at_once_one_code_is_given_to_each_and_none_twice(offer, own):
    number = offer(codes=[f"CODE-{one:03}" for one in range(6)], ends_on=date(2026, 12, 31))
    row = Offer.objects.get(pk=number)
    said = Terms(Kind.PERCENT, Decimal("0.15"), "CNY", ends_on=date(2026, 12, 31))

    def attempt(place):
        try:
            wanted = [Occasion(f"m/{one}", f"C-{one}", "play:1") for one in (place % 4, (place + 1) % 4)]
            return {
                key: one.code
                for key, one in give_all(terms=said, occasions=wanted, actor="x", now=NOW, offer=row).items()
            }
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(attempt, range(8)))
    by_key = {}
    for one in found:
        for key, code in one.items():
            assert by_key.setdefault(key, code) == code
    assert len(by_key) == len(set(by_key.values())) == Coupon.objects.count() == 4
    assert ListedCode.objects.filter(is_given=True).count() == 4


def test_a_code_typed_in_wide_characters_is_the_same(give):
    one = give()
    wide = "".join(chr(ord(each) + 0xFEE0) for each in one.code)
    assert redeem(wide).coupon_id == one.pk


def test_files_of_old_machines_and_broken_ones_are_read_or_refused(give, offer):
    one = give()
    assert services.redeem_file(text=f"code,order_id\r{one.code},O-1\r", actor="till", now=NOW).new == 1
    number = offer(codes=["AB12"], value="0.1", ends_on=date(2027, 1, 31))
    done = services.add_codes(offer_id=number, text="code\rCD34\rEF56\r", actor="ada", now=NOW)
    assert done.new == 2
    broken = 'code\n"' + "x" * 200_000
    with pytest.raises(CouponError):
        services.redeem_file(text=broken, actor="till", now=NOW)
    with pytest.raises(CouponError):
        services.add_codes(offer_id=number, text=broken, actor="ada", now=NOW)


def test_an_amount_in_another_currency_is_no_way_round_the_authority_table(people, own, publish, terms):
    own("C-1", people.lin)
    publish({"C-1": "active"})
    who = {"customer_id": "C-1", "user": people.lin, "now": NOW}
    services.give_by_hand(terms=terms("amount", "100", "CNY"), occasion="a", **who)
    with pytest.raises(CouponError, match="beyond_authority"):
        services.give_by_hand(terms=terms("amount", "100", "GBP"), occasion="b", **who)
    services.give_by_hand(terms=terms(value="0.1", currency="GBP"), occasion="c", **who)
    services.give_by_hand(terms=terms("amount", "100", "GBP"), occasion="d", **(who | {"user": people.ada}))


def test_a_day_alone_is_told_of_a_coupon_given_that_very_afternoon(give):
    evening = NOW.replace(hour=10, minute=0)  # six in the evening in Shanghai
    one = give(now=evening)
    text = f"code,redeemed_at\n{one.code},{evening.date()}\n"
    assert services.redeem_file(text=text, actor="till", now=evening + timedelta(days=1)).refused == ()
    two = give("C-2", now=evening)
    last = two.until.astimezone(UTC).date()
    text = f"code,redeemed_at\n{two.code},{last}\n"
    assert services.redeem_file(text=text, actor="till", now=two.until + timedelta(days=2)).new == 1
