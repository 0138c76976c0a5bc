"""Plans of content in use: whose text goes by journeys, what never goes, and what is kept of it."""

from __future__ import annotations

import pytest

from keepwell.foundation.audit import queries as audit
from keepwell.outreach.journeys.services import work
from keepwell.outreach.tailoring import following, labels, plans, queries, services, wording
from keepwell.outreach.tailoring.contracts import ANY, Stage, TailoringError, Why
from tests.outreach.journeys.conftest import (
    DAY,
    END,
    HOUR,
    MESSAGE,
    NOW,
    messages,
    plan,
    tell,
)

pytestmark = pytest.mark.django_db
WHO = {"actor": "ada", "now": NOW}
ENQUIRY = {"fact": "interactions", "where": [{"column": "type", "is": "in", "value": ["start"]}]}


def did(number, customer_id, when, kind):
    return "interactions", {"interaction_id": number, "customer_id": customer_id, "at": when, "type": kind}


def put(values, touchpoint="cart", kind="sms"):
    return services.set_texts(touchpoint=touchpoint, kind=kind, values=values, **WHO)


def told(touchpoint="cart"):
    """A journey that writes at once to whoever starts, by what is planned at a touchpoint."""
    say = {**MESSAGE, "touchpoint": touchpoint}
    return plan({"day": {"kind": "wait", "hours": 1, "next": "say"}, "say": say, "end": END}, start=ENQUIRY)


def chosen():
    from keepwell.outreach.tailoring.models import ChoiceRow

    return {row.customer_id: (row.content, row.why, row.stage) for row in ChoiceRow.objects.all()}


def test_a_journey_sends_everybody_the_text_of_their_cell_and_keeps_why(
    the_map,
    people,
    text,
    segment,
    switched_on,
    at,
):
    ann, bo, cy, di = people(4)
    vip = segment("vip", ann, bo)
    for code in ("vip_buys", "vip_any", "all_buy"):
        text(code)
    group = services.add_group(touchpoint="cart", segment_id=vip, **WHO)
    assert put({(group, "decision"): "vip_buys", (group, ANY): "vip_any", (0, "decision"): "all_buy"}) == 3
    switched_on(told())
    carts = [did(f"c{one}", one, NOW - DAY, "cart") for one in (ann, cy)]
    tell(*carts, *(did(f"s{one}", one, NOW, "start") for one in (ann, bo, cy, di)))
    work(at(NOW + 2 * HOUR))
    assert messages() == [(ann, "vip_buys"), (bo, "vip_any"), (cy, "all_buy"), (di, "win_back_sms")]
    assert chosen() == {
        ann: ("vip_buys", "cell", "decision"),
        bo: ("vip_any", "group", "none"),
        cy: ("all_buy", "cell", "decision"),
        di: ("win_back_sms", "general", "none"),
    }
    from keepwell.outreach.sending.models import Message

    row = Message.objects.get(customer_id=ann)
    said = queries.decisions([row.message_id])[row.message_id]
    words = labels.decision(said, segment={vip: "VIP"}.get, touchpoint="Cart")
    assert words == "At “Cart”: the text for VIP, decision."


def test_the_stage_is_that_of_the_moment_of_sending(
    the_map,
    people,
    text,
    switched_on,
    at,
):
    (ann,) = people(1)
    text("buys")
    text("looks")
    put({(0, "decision"): "buys", (0, "awareness"): "looks"})
    switched_on(told())
    tell(did("v", ann, NOW - DAY, "visit"), did("s", ann, NOW, "start"))
    services.work(now=NOW)  # kept as awareness an hour ago
    tell(did("c", ann, NOW + HOUR / 2, "cart"))
    work(at(NOW + 2 * HOUR))
    assert messages() == [(ann, "buys")]


def test_a_journey_without_a_touchpoint_sends_as_before_and_keeps_nothing(
    the_map,
    people,
    text,
    switched_on,
    at,
):
    (ann,) = people(1)
    text("buys")
    put({(0, ANY): "buys"})
    switched_on(plan())
    tell(did("c", ann, NOW, "cart"))
    work(at(NOW + 25 * HOUR))
    assert messages() == [(ann, "win_back_sms")]
    assert chosen() == {}


def test_a_planned_text_never_goes_for_another_purpose_or_unpublished_or_without_words(
    the_map,
    people,
    text,
    switched_on,
    at,
):
    (ann,) = people(1)
    text("service_text", purpose="service")
    text("half", live=False)
    text("needs", role="finance")
    general = wording.usual("win_back_sms")

    def go(code):
        put({(0, ANY): code})
        said = wording.words(general, [ann], touchpoint="cart", channel="sms", purpose="marketing", now=NOW)
        return said[ann].content, said[ann].choice.why, said[ann].choice.passed

    assert go("service_text") == ("win_back_sms", Why.GENERAL, (("service_text", "other_purpose"),))
    assert go("half") == ("win_back_sms", Why.GENERAL, (("half", "not_published"),))
    assert go("needs") == ("win_back_sms", Why.GENERAL, (("needs", "no_words"),))
    from keepwell.outreach.content import services as content

    text("late")
    assert go("late") == ("late", Why.GROUP, ())
    content.archive(code="late", actor="ada", now=NOW)
    assert go("late") == ("win_back_sms", Why.GENERAL, (("late", "gone"),))


def test_a_touchpoint_that_is_not_on_the_map_keeps_a_journey_off(the_map, people, brand):
    from keepwell.outreach.journeys import services as journeys
    from keepwell.outreach.journeys.checking import findings
    from keepwell.outreach.journeys.contracts import JourneyError
    from keepwell.outreach.journeys.core.reading import parse

    people(1)
    codes = [one.code for one in findings(parse(told("nowhere")))]
    assert "no_such_touchpoint" in codes
    assert "no_such_touchpoint" not in [one.code for one in findings(parse(told("cart")))]
    made = journeys.create(code="x", name="x", definition=told("nowhere"), actor="kai", now=NOW)
    with pytest.raises(JourneyError):
        journeys.approve(journey_id=made.journey_id, revision=1, actor="ada", now=NOW)


def test_who_is_in_two_groups_belongs_to_the_first_and_everybody_is_counted_once(
    the_map,
    people,
    segment,
):
    ann, bo, cy, _di = people(4)
    first = services.add_group(touchpoint="cart", segment_id=segment("a", ann, bo), **WHO)
    second = services.add_group(touchpoint="cart", segment_id=segment("b", bo, cy), **WHO)
    tell(did("1", bo, NOW - DAY, "cart"), did("2", cy, NOW - DAY, "search"))
    services.work(now=NOW)

    def people_of():
        return [
            {stage: n for stage, n in one.people.items() if n} for one in queries.plan("cart", "sms").groups
        ]

    assert people_of() == [{"none": 1, "decision": 1}, {"consideration": 1}, {"none": 1}]
    services.move_group(touchpoint="cart", group_id=second, **WHO)
    assert people_of() == [{"decision": 1, "consideration": 1}, {"none": 1}, {"none": 1}]
    services.remove_group(touchpoint="cart", group_id=first, **WHO)
    assert people_of() == [{"decision": 1, "consideration": 1}, {"none": 2}]


def test_a_group_that_comes_back_has_its_texts(the_map, people, text, segment):
    (ann,) = people(1)
    text("hers")
    number = segment("a", ann)
    group = services.add_group(touchpoint="cart", segment_id=number, **WHO)
    put({(group, "decision"): "hers"})
    services.remove_group(touchpoint="cart", group_id=group, **WHO)
    assert queries.used("cart") == {}
    assert plans.texts_of("cart", ("sms",)) == ((), {})
    assert services.add_group(touchpoint="cart", segment_id=number, **WHO) == group
    assert queries.plan("cart", "sms").groups[0].cells["decision"].template_code == "hers"
    actions = [one.action for one in audit.entries(audit.AuditFilter(object_type="content_plan"))]
    assert sorted(actions) == [
        "content_plan.group.add", "content_plan.group.add", "content_plan.group.remove", "content_plan.texts",
    ]  # fmt: skip


def test_what_is_not_there_is_refused_and_nothing_is_written(the_map, people, text, segment):
    text("one")
    text("letter", kind="call_script", purpose="service")
    for values in ({(0, ANY): "one", (0, "someday"): "one"}, {(0, ANY): "letter"}, {(99, ANY): "one"}):
        with pytest.raises(TailoringError):
            put(values)
    with pytest.raises(TailoringError):
        put({(0, ANY): "one"}, touchpoint="nowhere")
    with pytest.raises(TailoringError):
        services.add_group(touchpoint="nowhere", segment_id=segment("a"), **WHO)
    with pytest.raises(TailoringError):
        services.add_group(touchpoint="cart", segment_id=987, **WHO)
    assert queries.planned() == {}


def test_a_touchpoint_with_planned_texts_stays_on_the_map(the_map, text):
    from keepwell.outreach.touchpoints import queries as touchpoints
    from keepwell.outreach.touchpoints import services as the_maps
    from keepwell.outreach.touchpoints.contracts import MapError

    text("one")
    put({(0, ANY): "one"})
    points = [one for stage in touchpoints.the_map().stages for one in stage.touchpoints]
    (cart,) = [one for one in points if one.code == "cart"]
    with pytest.raises(MapError):
        the_maps.remove_touchpoint(touchpoint_id=cart.touchpoint_id, **WHO)
    put({(0, ANY): ""})
    the_maps.remove_touchpoint(touchpoint_id=cart.touchpoint_id, **WHO)
    assert touchpoints.touchpoint(cart.touchpoint_id) is None


def test_choices_follow_the_person(the_map, people, text):
    ann, bo = people(2)
    text("one")
    put({(0, ANY): "one"})
    general = wording.usual("win_back_sms")
    said = wording.words(general, [ann, bo], touchpoint="cart", channel="sms", purpose="marketing", now=NOW)
    services.keep(chosen=[("m1", ann, said[ann].choice), ("m2", bo, said[bo].choice)], now=NOW)
    memo = following.merge(ann, bo, NOW)
    assert set(chosen()) == {ann}
    following.split(ann, bo, memo, NOW)
    assert set(chosen()) == {ann, bo}
    assert queries.decisions(["m1"])["m1"].stage is Stage.NONE
