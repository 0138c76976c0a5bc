"""Journeys are written, checked, approved and switched on; the ready-made ones are sound."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from keepwell.customers import queries as people_queries
from keepwell.customers import services as people_services
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys import labels, queries, services
from keepwell.outreach.journeys.contracts import JourneyError, Severity
from keepwell.outreach.journeys.core.graph import Message, Task
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.models import Journey
from keepwell.outreach.journeys.seeding import seed
from keepwell.outreach.journeys.seeds import SEEDS
from tests.outreach.journeys.conftest import DAY, END, NOW, plan

SHANGHAI = ZoneInfo("Asia/Shanghai")
TRIGGERS = {f"JRN-{n:02}" for n in range(6, 37)} | {"JRN-39", "COM-35"}


def refused(call, **given):
    with pytest.raises(JourneyError) as caught:
        call(**given)
    assert labels.problem(caught.value)
    return caught.value.code


def written(definition=None, code="mine"):
    return services.create(
        code=code, name="Mine", definition=definition or plan(), actor="kai", now=NOW
    ).journey_id


def test_from_draft_to_on_and_to_the_next_version(people, brand):
    people(1)
    journey = written()
    on = {"journey_id": journey, "actor": "ada", "now": NOW}
    assert refused(services.switch_on, revision=1, **on) == "not_approved"
    assert refused(services.approve, revision=2, **on) == "edited_meanwhile"
    approved = services.approve(revision=1, **on)
    changed = plan(entry={"again": "once"})
    later = {"journey_id": journey, "definition": changed, "actor": "kai", "now": NOW}
    assert refused(services.save_draft, revision=approved.revision, **later) == "approved"
    reopened = services.reopen(**on)
    saved = services.save_draft(revision=reopened.revision, **later)
    approved = services.approve(revision=saved.revision, **on)
    view = services.switch_on(revision=approved.revision, **on)
    assert (view.status, view.on.number, view.draft) == ("on", 1, None)
    assert refused(services.save_draft, revision=1, **later) == "edited_meanwhile"
    assert services.save_draft(revision=0, **later).number == 2
    assert queries.by_code("mine").on.number == 1
    actions = list(AuditEntry.objects.filter(action__startswith="journey.").values_list("action", flat=True))
    assert actions == [
        "journey.create",
        "journey.approve",
        "journey.reopen",
        "journey.write",
        "journey.approve",
        "journey.on",
        "journey.write",
    ]


def test_what_is_not_sound_is_not_approved_and_what_has_become_unsound_not_switched_on(people, brand):
    from keepwell.outreach.content import services as texts

    people(1)
    broken = written(plan({"day": {"kind": "wait", "days": 1, "next": ""}, "end": END}), "broken")
    on = {"actor": "ada", "now": NOW}
    assert refused(services.approve, journey_id=broken, revision=1, **on) == "has_errors"
    journey = written()
    approved = services.approve(journey_id=journey, revision=1, **on)
    texts.archive(code="win_back_sms", actor="ada", now=NOW)
    assert refused(services.switch_on, journey_id=journey, revision=approved.revision, **on) == "has_errors"


def test_refusals(db):
    journey = written()
    given = {"name": "x", "definition": plan(), "actor": "kai", "now": NOW}
    assert refused(services.create, code="mine", **given) == "code_in_use"
    assert refused(services.create, code="My journey", **given) == "bad_code"
    assert refused(services.create, code="other", **{**given, "name": " "}) == "bad_name"
    who = {"journey_id": journey, "actor": "ada", "now": NOW}
    assert refused(services.pause, **who) == "not_on"
    assert refused(services.stop, **who) == "not_on"
    assert refused(services.resume, **who) == "not_paused"
    assert refused(services.close, **who) == "not_on"
    assert refused(services.approve, **{**who, "journey_id": 10**9}, revision=1) == "no_such_journey"


def test_ready_made_journeys_serve_every_trigger_and_have_no_mistake_of_their_own(people, brand):
    served = {one for known in SEEDS.values() for one in known.serves}
    assert served >= TRIGGERS
    for channel in ("sms", "email"):
        people(1, start=ord(channel[0]), agreed=(channel,))
    for code, known in SEEDS.items():
        definition = parse(known.definition)
        errors = [one for one in services.check(definition) if one.severity is Severity.ERROR]
        # Nobody has been asked for consent to surveys yet, and tags are the shop's own: those must be named.
        assert {one.code for one in errors} <= {"nobody_consents", "no_such_tag"}, (code, errors)
        for one in errors:
            assert one.code != "no_such_tag" or f"“{one.figures['tag']}”" in str(known.needs), code
        for step in definition.steps.values():
            if isinstance(step, Message):
                for _channel, template in step.contents:
                    texts = content.published(template).texts
                    assert {text.language for text in texts} == {"en", "zh-hans", "zh-hant"}
            if isinstance(step, Task):
                assert {language for language, _words in step.words} == {"en", "zh-hans", "zh-hant"}


def test_every_message_of_a_ready_made_journey_may_go_by_e_mail(db):
    """By the channel that suits best: who has no number, or agreed to e-mail only, is reached too."""
    from keepwell.outreach.content.contracts import Kind

    for code, known in SEEDS.items():
        for step in parse(known.definition).steps.values():
            if isinstance(step, Message):
                found = {channel: content.get(template) for channel, template in step.contents}
                assert found["email"].kind is Kind.EMAIL, code
                assert step.channel == ("best" if len(found) > 1 else "email"), code
                assert {one.purpose for one in found.values()} == {step.purpose}, code


def test_ready_made_journeys_come_once_as_drafts_and_stay_as_they_were_edited(db):
    assert {one.code for one in queries.journeys()} == set(SEEDS)
    assert {one.status for one in queries.journeys()} == {"draft"}
    row = Journey.objects.get(code="abandoned_cart")
    saved = services.save_draft(
        journey_id=row.pk, definition=plan(entry={"again": "once"}), revision=1, actor="kai", now=NOW
    )
    Journey.objects.filter(code="birthday").delete()
    seed()
    assert {one.code for one in queries.journeys()} == set(SEEDS)
    assert queries.by_code("abandoned_cart").draft.definition == saved.definition
    assert queries.by_code("birthday").name == str(SEEDS["birthday"].name)
    services.change(journey_id=row.pk, name="Our carts", description="", actor="kai", now=NOW + DAY)
    assert queries.by_code("abandoned_cart").name == "Our carts"


def test_every_code_has_words(db):
    from keepwell.outreach.journeys.contracts import Status, VersionStatus
    from keepwell.outreach.journeys.core import calendar, reading

    assert set(labels.STATUS) == set(Status)
    assert set(labels.VERSION_STATUS) == set(VersionStatus)
    assert set(labels.STEP) == set(reading.READERS)
    assert set(labels.FESTIVAL) == set(calendar.FESTIVALS)
    with translation.override("en"):
        assert all(str(one.name) and str(one.description) for one in SEEDS.values())


@pytest.mark.django_db(transaction=True)
def test_the_first_order_and_another_one_begin_what_they_should(people, brand, at):
    from keepwell.outreach.journeys.models import Traveller
    from tests.outreach.journeys.conftest import HOUR, order_fact, tell

    one, other = people(2)
    assert refused(
        services.approve,
        journey_id=queries.by_code("repurchase_points").journey_id,
        revision=1,
        actor="ada",
        now=NOW,
    ) == ("has_errors")
    people_services.save_tag(name="came back", actor="ada")
    for code in ("first_order", "repurchase_points"):
        journey = queries.by_code(code).journey_id
        approved = services.approve(journey_id=journey, revision=1, actor="ada", now=NOW)
        services.switch_on(journey_id=journey, revision=approved.revision, actor="ada", now=NOW)
    at(NOW + HOUR)
    tell(("orders", order_fact("o1", one, NOW + HOUR)), ("orders", order_fact("o2", other, NOW)))
    at(NOW + 2 * HOUR)
    tell(("orders", order_fact("o3", one, NOW + 2 * HOUR)))
    came = sorted(Traveller.objects.values_list("journey__code", "customer_id"))
    assert came == [("first_order", one), ("first_order", other), ("repurchase_points", one)]
    services.tick(now=NOW + 2 * HOUR)
    assert {one.outcome for one in queries.travellers(one)} == {"end"}
    badges = {number: [tag.name for tag in people_queries.tags_of(number)] for number in (one, other)}
    assert badges == {one: ["came back"], other: []}, "the badge is kept as a tag"


@pytest.mark.django_db(transaction=True)
def test_a_first_purchase_leads_to_the_guide_and_the_answers_once(people, brand, at):
    from keepwell.outreach.sending.models import Message
    from tests.outreach.journeys.conftest import HOUR, order_fact, tell

    (one,) = people(1, agreed=("email",))
    for code in ("product_guide", "faq_set"):
        journey = queries.by_code(code).journey_id
        approved = services.approve(journey_id=journey, revision=1, actor="ada", now=NOW)
        services.switch_on(journey_id=journey, revision=approved.revision, actor="ada", now=NOW)
    for place in range(2):
        then = NOW + place * 10 * DAY + HOUR
        line = {
            "order_id": f"o{place}", "line": 1, "customer_id": one, "ordered_at": then, "product_id": "p1",
            "category": "Tea", "quantity": 1.0, "unit_price": 9,
        }  # fmt: skip
        at(then)
        tell(("orders", order_fact(f"o{place}", one, then)), ("order_items", line))
        for days in range(1, 6):
            at(then + days * DAY)
            services.tick(now=then + days * DAY)
    assert sorted(Message.objects.values_list("content", flat=True)) == [
        "faq_set_email",
        "product_guide_email",
    ]


def code_of(journey, kind):
    from keepwell.outreach.journeys.models import JourneyVersion

    steps = JourneyVersion.objects.get(journey=journey, status="on").definition["steps"]
    return next(code for code, step in steps.items() if step["kind"] == kind)


@pytest.mark.parametrize(
    ("code", "family", "day", "send_on"),
    [
        ("valentines_day", "couple", date(2027, 2, 14), date(2027, 2, 14)),
        ("entrance_exam", "children", date(2027, 6, 7), date(2027, 6, 6)),
    ],
)
def test_a_gift_is_got_ready_before_the_greeting_goes(people, brand, at, code, family, day, send_on):
    from keepwell.outreach.sending.models import Message as Queued

    one, other = people(2)
    people_services.save_trait(
        customer_id=one, kind="family", code=family, actor="ada", source="hand", at=NOW
    )
    journey = queries.by_code(code).journey_id
    approved = services.approve(journey_id=journey, revision=1, actor="ada", now=NOW)
    services.switch_on(journey_id=journey, revision=approved.revision, actor="ada", now=NOW)
    begins = datetime.combine(day, time(8), tzinfo=SHANGHAI).astimezone(UTC) - 5 * DAY
    assert services.start_due(now=at(begins)) == 1
    # A worker looks every other minute, and never at the very second.
    now, late = begins, timedelta(seconds=3)
    services.tick(now=at(now + late))
    counts = {each.step: each.counts for each in queries.statistics(journey)[0].steps}
    assert counts[code_of(journey, "task")]["done"] == 1
    while not Queued.objects.exists() and now < begins + 7 * DAY:
        now += timedelta(hours=1)
        services.tick(now=at(now + late))
    went = Queued.objects.get().created_at.astimezone(SHANGHAI)
    assert (went.date(), went.hour) == (send_on, 10)
    assert (queries.travellers(one)[0].outcome, queries.travellers(other)) == ("end", [])
