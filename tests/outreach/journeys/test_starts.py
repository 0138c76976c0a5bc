"""Journeys that begin on a day or with a new cycle."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from keepwell.customers import services as customers
from keepwell.history import services as history
from keepwell.outreach.journeys import queries, services
from keepwell.outreach.journeys.contracts import JourneyError
from keepwell.outreach.journeys.core.graph import DayRule
from keepwell.outreach.journeys.models import Run, Traveller
from keepwell.outreach.journeys.services import starting
from tests.outreach.journeys.conftest import DAY, END, HOUR, MESSAGE, MINUTE, NOW, messages, plan

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 11, 23)
EVE = NOW + 8 * HOUR  # on the 23rd, when the 24th has begun somewhere
SAY = {"say": MESSAGE, "end": END}


def born(customer_id, text):
    customers.set_field(
        customer_id=customer_id, name="birth_on", value=text, actor="ada", source="typed", at=NOW
    )


def daily(start, **more):
    return plan(SAY, first="say", start=start, goals=[], entry={"again": "always", **more})


def found(rule, day=TODAY):
    return sorted(number for number, _mark in starting.people_of(rule, day))


def test_birthday_wishes_come_at_ten_on_the_customers_own_clock(people, switched_on, at):
    here, there = people(1)[0], people(1, start=1, country="US", time_zone="America/New_York")[0]
    for number in (here, there):
        born(number, "1990-11-24")
    switched_on(daily({"day": "birthday", "at": "10:00"}))
    assert services.start_due(now=EVE) == 2
    when = dict(Traveller.objects.values_list("customer_id", "wake_at"))
    assert when[here] == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert when[there] == datetime(2026, 11, 24, 15, tzinfo=UTC)
    services.work(when[here] - timedelta(seconds=1))
    assert messages() == []
    services.work(when[here])
    assert messages() == [(here, "win_back_sms")]
    services.work(when[there])
    assert len(messages()) == 2
    services.work(when[there] + DAY)
    assert len(messages()) == 2


def test_a_day_is_looked_at_once_and_begun_again_after_a_death(people, switched_on, at, monkeypatch):
    number = people(1)[0]
    born(number, "1990-11-24")
    journey = switched_on(daily({"day": "birthday"}))
    with monkeypatch.context() as patch:
        real = Run.objects.get_or_create

        def die(**given):
            if given["key"] == "day:2026-11-24":
                raise RuntimeError("killed")
            return real(**given)

        patch.setattr(Run.objects, "get_or_create", die)
        with pytest.raises(RuntimeError):
            services.start_due(now=EVE)
    assert Traveller.objects.count() == 1
    assert services.start_due(now=EVE) == 0
    assert services.start_due(now=EVE) == 0
    assert queries.statistics(journey)[0].entered == 1
    services.tick(now=EVE + DAY)
    assert services.start_due(now=EVE + 365 * DAY) == 1  # the next year


def test_a_leap_birthday_is_kept_every_year(people):
    number = people(1)[0]
    born(number, "1992-02-29")
    assert found(DayRule("birthday"), date(2027, 2, 28)) == [number]
    assert found(DayRule("birthday"), date(2027, 3, 1)) == []
    assert found(DayRule("birthday"), date(2028, 2, 29)) == [number]
    assert found(DayRule("birthday"), date(2028, 2, 28)) == []


def test_the_month_of_the_birthday_opens_on_its_first_and_closes_at_its_end(people, switched_on, at):
    number, other = people(2)
    born(number, "1990-12-24")
    born(other, "1990-11-30")
    steps = {
        "open": {**MESSAGE, "next": "rest"},
        "rest": {"kind": "wait_until", "at": "10:00", "month_end": True, "next": "close"},
        "close": {**MESSAGE, "contents": {"sms": "member_day_sms"}},
        "end": END,
    }
    start = {"day": "birthday_month", "at": "10:00"}
    switched_on(plan(steps, first="open", start=start, goals=[], entry={"again": "always"}))
    first = datetime(2026, 12, 1, 2, tzinfo=UTC)
    for day in range(40):
        services.work(first - 3 * DAY + day * DAY)
    (row,) = Traveller.objects.all()
    assert (row.customer_id, row.outcome) == (number, "end")
    assert row.since == datetime(2026, 12, 31, 2, tzinfo=UTC)
    assert messages() == [(number, "member_day_sms"), (number, "win_back_sms")]


def test_festivals_are_of_the_customers_country_and_can_be_corrected(people, at):
    here, there, unknown = (
        people(1)[0],
        people(1, start=1, country="TW")[0],
        people(1, start=2, country=None)[0],
    )
    rule = DayRule("festival", code="fathers_day")
    assert found(rule, date(2026, 6, 21)) == [here, unknown]  # where nothing is said, the shop's country
    assert found(rule, date(2026, 8, 8)) == [there]
    services.set_festival(
        country="CN", year=2026, code="fathers_day", on=date(2026, 6, 22), actor="ada", now=NOW
    )
    assert services.fill_festivals(countries=["CN"], years=[2026], actor="ada", now=NOW) == 0
    assert (found(rule, date(2026, 6, 21)), found(rule, date(2026, 6, 22))) == ([], [here, unknown])
    day = {one.code: one for one in queries.festival_days("CN", 2026)}["fathers_day"]
    assert (day.on, day.source) == (date(2026, 6, 22), "hand")
    services.set_festival(country="CN", year=2026, code="member_day", on=TODAY, actor="ada", now=NOW)
    assert found(DayRule("festival", code="member_day")) == [here, unknown]
    services.set_festival(country="CN", year=2026, code="member_day", on=None, actor="ada", now=NOW)
    assert found(DayRule("festival", code="member_day")) == []
    for wrong in ({"country": "china"}, {"on": date(2027, 1, 1)}, {"code": "a b"}):
        given = {"country": "CN", "year": 2026, "code": "x", "on": TODAY} | wrong
        with pytest.raises(JourneyError):
            services.set_festival(**given, actor="ada", now=NOW)


def test_other_days_of_a_customer(people, at):
    number, other = people(2)
    customers.save_date(
        customer_id=number,
        kind="wedding",
        on_date=date(2015, 11, 23),
        is_yearly=True,
        source="typed",
        actor="ada",
        at=NOW,
    )
    assert found(DayRule("personal_date")) == [number]
    assert found(DayRule("personal_date", code="wedding")) == [number]
    assert found(DayRule("personal_date", code="other")) == []
    assert other not in found(DayRule("birthday"))


def test_days_after_a_purchase_and_before_the_end_of_a_contract(people, at):
    one, two, three = people(3)
    midnight = datetime.combine(TODAY, time(), UTC)

    def contract(number, customer_id, started, period, ended=None):
        return {
            "subscription_id": number,
            "customer_id": customer_id,
            "started_at": started,
            "amount": 10,
            "currency": "CNY",
            "period": period,
            "ended_at": ended,
        }

    ahead = midnight + 30 * DAY
    history.record_many(
        facts=[
            (
                "order_items",
                {
                    "order_id": "o",
                    "line": 1,
                    "customer_id": one,
                    "ordered_at": midnight - 90 * DAY,
                    "product_id": "p",
                    "category": "Water filters",
                    "quantity": 1,
                    "unit_price": 5,
                },
            ),
            (
                "order_items",
                {
                    "order_id": "o",
                    "line": 2,
                    "customer_id": two,
                    "ordered_at": midnight - 90 * DAY,
                    "product_id": "q",
                    "category": "Tea",
                    "quantity": 1,
                    "unit_price": 5,
                },
            ),
            ("subscriptions", contract("s1", one, midnight - 300 * DAY, "year", ahead)),
            ("subscriptions", contract("s2", two, ahead.replace(year=2025), "year")),
            ("subscriptions", contract("s3", three, midnight - 8 * DAY, "week")),
        ],
        source="shop",
    )
    history.flush()
    from keepwell.outreach.journeys.core.facts import Filter, Happening

    filters = Happening("order_items", (Filter("category", "contains", ("filter",)),))
    assert found(DayRule("fact_age", days=90, fact=filters)) == [one]
    assert found(DayRule("fact_age", days=91, fact=filters)) == []
    assert found(DayRule("contract_end"), TODAY + 30 * DAY) == [one, two]
    assert [
        one_.customer_id for one_ in starting.of_day(DayRule("contract_end", offset_days=-30), TODAY)
    ] == [
        one,
        two,
    ]


def test_before_the_first_cycle_rules_that_need_one_find_nobody(people):
    people(1)
    for rule in (
        DayRule("silence", days=30),
        DayRule("replenishment"),
        DayRule("anniversary", of="joined"),
    ):
        assert found(rule) == []


def test_a_journey_that_is_off_begins_nothing(people, switched_on, at):
    number = people(1)[0]
    born(number, "1990-11-24")
    journey = switched_on(daily({"day": "birthday"}))
    services.pause(journey_id=journey, actor="ada", now=NOW)
    assert services.start_due(now=EVE) == 0
    services.resume(journey_id=journey, actor="ada", now=NOW)
    assert services.start_due(now=EVE) == 1


def test_who_crosses_between_two_cycles_comes_in_once(people, switched_on, at):
    from keepwell.insight.models import Cycle

    stays, crosses, returns = people(3)
    stages = {"one": ("decline", "mature", "decline"), "two": ("decline", "decline", "mature")}

    def cycle(name, finished):
        Cycle.objects.create(
            cycle_id=name,
            as_of=finished,
            as_of_given=True,
            status="done",
            started_at=finished,
            finished_at=finished,
            actor="t",
            thresholds={},
            model_version="t",
            currency="CNY",
        )
        facts = [
            {
                "cycle_id": name,
                "customer_id": number,
                "as_of": finished,
                "status": "active",
                "tier": "mid",
                "risk_level": "low",
                "churn_risk": 0.1,
                "p_alive": 0.9,
                "expected_purchases": 1.0,
                "clv": 1,
                "expected_loss": 1,
                "life_stage": stage,
                "model_version": "t",
            }
            for number, stage in zip((stays, crosses, returns), stages[name], strict=True)
        ]
        history.record_many(facts=[("scores", one) for one in facts], source="t")
        history.flush()

    start = {"crossing": [{"column": "life_stage", "is": "in", "value": ["decline"]}]}
    definition = plan(SAY, first="say", start=start, goals=[])
    cycle("one", NOW - DAY)
    switched_on(definition, now=NOW - HOUR)
    assert services.start_due(now=NOW) == 0  # nobody has crossed before there are two
    cycle("two", NOW)
    assert (services.start_due(now=NOW), services.start_due(now=NOW)) == (1, 0)
    assert Traveller.objects.get().customer_id == crosses
    assert services.dry_run(definition, NOW - 2 * DAY, NOW + DAY).entries == 1


def test_who_is_likely_discontent_is_visited_and_others_at_risk_are_not(people, brand, at, publish):
    """The ready-made journey: what predicts low satisfaction is the strongest reason of the warning."""
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.insight.models import Facet, Score
    from keepwell.outreach.models import Task

    silent, unhappy = people(2)
    asked = ConsentRow(silent, "sms", "survey", True, NOW - 60 * DAY, "counter", "survey/1")
    privacy.record_consents(rows=[asked], actor="ada", live=False)

    def cycle(status):
        name = publish({silent: status, unhappy: status})
        facts = [
            {
                "cycle_id": name,
                "customer_id": number,
                "as_of": NOW,
                "status": status,
                "tier": "high",
                "risk_level": "high",
                "churn_risk": 0.8,
                "p_alive": 0.5,
                "expected_purchases": 1.0,
                "clv": 1,
                "expected_loss": 1,
                "model_version": "t",
            }
            for number in (silent, unhappy)
        ]
        history.record_many(facts=[("scores", one) for one in facts], source="t")
        history.flush()

    cycle("active")
    journey = queries.by_code("likely_discontent").journey_id
    approved = services.approve(journey_id=journey, revision=1, actor="ada", now=NOW - HOUR)
    services.switch_on(journey_id=journey, revision=approved.revision, actor="ada", now=NOW - HOUR)
    cycle("at_risk")
    for model in (Score.objects.filter(customer_id=silent), Facet.objects.filter(number=0)):
        model.update(reason="silence")
    now = NOW + 5 * HOUR + MINUTE  # a cycle is done at nine
    assert services.start_due(now=now) == 1
    services.tick(now=now)
    (task,) = Task.objects.all()
    assert (task.customer_id, task.kind) == (unhappy, "visit")


def test_on_a_day_that_matters_the_best_customers_get_a_gift_and_everybody_a_greeting(
    people, brand, at, publish
):
    from keepwell.insight.models import Facet, Score
    from keepwell.outreach.models import Task

    best, other = people(2)
    publish({best: "active", other: "active"})
    for model in (Score.objects.filter(customer_id=other), Facet.objects.filter(number=1)):
        model.update(tier="low")
    for number in (best, other):
        customers.save_date(
            customer_id=number,
            kind="wedding",
            on_date=date(2016, 12, 1),
            is_yearly=True,
            source="typed",
            actor="ada",
            at=NOW - DAY,
        )
    journey = queries.by_code("memorial_day").journey_id
    approved = services.approve(journey_id=journey, revision=1, actor="ada", now=NOW - HOUR)
    services.switch_on(journey_id=journey, revision=approved.revision, actor="ada", now=NOW - HOUR)
    for hours in range(0, 10 * 24, 6):
        services.work(NOW + hours * HOUR)
    (task,) = Task.objects.all()
    assert (task.customer_id, task.created_at.date(), task.due_at.date()) == (
        best,
        date(2026, 11, 26),
        date(2026, 11, 30),
    )
    assert messages() == [(best, "memorial_day_sms"), (other, "memorial_day_sms")]
