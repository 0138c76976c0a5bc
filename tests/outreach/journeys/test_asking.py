"""Journeys ask the shop's own system, once for each number, and go on by its answer."""

from __future__ import annotations

import orjson
import pytest

from keepwell.history import services as history
from keepwell.integrations import queries as integrations
from keepwell.integrations import services as webhooks
from keepwell.integrations.services.delivering import RETRY_AFTER, Answer
from keepwell.outreach.journeys import services
from keepwell.outreach.journeys.core.checks import Known, check
from keepwell.outreach.journeys.core.editing import Way, ways
from keepwell.outreach.journeys.core.reading import DefinitionError, parse
from keepwell.outreach.journeys.core.writing import to_json
from keepwell.outreach.journeys.models import Traveller
from keepwell.outreach.journeys.seeds import SEEDS
from keepwell.outreach.journeys.services import dryrun
from tests.integrations.raw_server import answering
from tests.outreach.journeys.conftest import CART, DAY, HOUR, MINUTE, NOW, cart_fact, plan, tell

pytestmark = pytest.mark.django_db(transaction=True)
ASK = {
    "kind": "request",
    "what": "payment.retry",
    "hours": 2,
    "next": "yes",
    "refused": "no",
    "otherwise": "silent",
}
ENDS = {name: {"kind": "end", "outcome": name} for name in ("yes", "no", "silent")}


def asking():
    return plan({"ask": ASK, **ENDS}, first="ask", start=CART, goals=[])


class Outside:
    """The shop's system: answers as told and keeps what came."""

    def __init__(self, *answers):
        self.answers, self.came = list(answers), []

    def __call__(self, target, body, headers):
        self.came.append((orjson.loads(body), headers["webhook-id"]))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def begun(people, switched_on, at, settings):
    """Somebody stands at the step and waits; gives the customer."""
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True
    endpoint = webhooks.webhooks.create(
        url="http://127.0.0.1:9/pay", event_types=["journey.request"], actor="ada", now=NOW - DAY
    )
    (one,) = people()
    switched_on(asking())
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.tick(now=at(NOW + MINUTE))
    history.flush()
    return one, endpoint


def state():
    row = Traveller.objects.get()
    return row.outcome or row.step


@pytest.mark.parametrize(
    ("answer", "goes"),
    [
        (Answer(204), "yes"),
        (Answer(200, b'{"outcome": "accepted"}'), "yes"),
        (Answer(200, b'{"outcome": "refused"}'), "no"),
        (Answer(402), "no"),
        (Answer(409, b"x"), "no"),
        (Answer(202), "ask"),
        (Answer(200, b'{"outcome": "pending"}'), "ask"),
        (Answer(500), "ask"),
    ],
)
def test_the_way_is_that_of_the_answer(begun, at, answer, goes):
    outside = Outside(answer)
    at(NOW + 2 * MINUTE)
    assert webhooks.deliver_due(now=NOW + 2 * MINUTE, send=outside) == 1
    (said, _name) = outside.came[0]
    assert (said["type"], said["data"]["what"], said["data"]["customer_id"]) == (
        "journey.request", "payment.retry", begun[0],
    )  # fmt: skip
    history.flush()
    services.tick(now=at(NOW + 3 * MINUTE))
    assert state() == goes


def long_words(outcome, size):
    words = orjson.dumps({"details": "x" * size, "outcome": outcome})
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(words) + words


@pytest.mark.parametrize(
    ("answer", "goes"),
    [
        (long_words("refused", 5_000), "no"),
        (long_words("accepted", 5_000), "yes"),
        # Where yes or no cannot be read, nothing is taken for a yes: it is asked again.
        (long_words("refused", 90_000), "ask"),
        (long_words("refused", 50)[:-20], "ask"),
    ],
)
def test_a_refusal_in_long_words_is_a_refusal_and_one_that_breaks_off_no_consent(begun, at, answer, goes):
    with answering(answer) as port:
        change = {"endpoint_id": begun[1].endpoint_id, "url": f"http://127.0.0.1:{port}/pay"}
        webhooks.webhooks.change(**change, actor="ada", now=NOW)
        at(NOW + 2 * MINUTE)
        assert webhooks.deliver_due(now=NOW + 2 * MINUTE) == 1
    history.flush()
    services.tick(now=at(NOW + 3 * MINUTE))
    assert state() == goes
    (found,) = integrations.deliveries(endpoint_id=begun[1].endpoint_id)
    assert found.status == ("pending" if goes == "ask" else "delivered")


def test_it_is_posted_again_under_the_same_number_and_answered_once(begun, at):
    outside = Outside(Answer(503), Answer(503), Answer(200))
    now = NOW + 2 * MINUTE
    for pause in (*RETRY_AFTER[:3], RETRY_AFTER[3]):
        webhooks.deliver_due(now=at(now), send=outside)
        now += pause
    assert len(outside.came) == 3
    assert len({name for _said, name in outside.came}) == 1
    assert len({said["data"]["request"] for said, _name in outside.came}) == 1
    history.flush()
    services.tick(now=at(now))
    assert state() == "yes"


def test_without_an_answer_in_time_the_journey_goes_on_and_the_request_is_posted_no_more(begun, at):
    late = NOW + 3 * HOUR
    services.tick(now=at(late))
    assert state() == "silent"
    outside = Outside(Answer(200))
    webhooks.deliver_due(now=late, send=outside)
    assert outside.came == []
    (found,) = integrations.deliveries(endpoint_id=begun[1].endpoint_id)
    assert found.status == "failed"


def test_an_answer_that_comes_later_by_a_fact_counts_and_another_ones_does_not(begun, at):
    outside = Outside(Answer(202))
    webhooks.deliver_due(now=at(NOW + 2 * MINUTE), send=outside)
    request = outside.came[0][0]["data"]["request"]

    def answer(name, number):
        fact = {"interaction_id": number, "customer_id": begun[0], "at": NOW + HOUR, "type": "system_answer"}
        tell(("interactions", {**fact, "subject": f"{name}:refused"}))

    at(NOW + HOUR)
    answer("req-1-1-999", "a1")
    services.tick(now=at(NOW + HOUR + MINUTE))
    assert state() == "ask"
    answer(request, "a2")
    services.tick(now=at(NOW + HOUR + 2 * MINUTE))
    assert state() == "no"


def test_a_dry_run_calls_nobody(begun):
    before = len(integrations.deliveries(endpoint_id=begun[1].endpoint_id))
    found = dryrun.dry_run(definition=asking(), since=NOW - DAY, until=NOW + DAY)
    assert found.steps["ask"]["asked"] == 1
    assert found.outcomes == {"silent": 1}
    history.flush()
    assert len(integrations.deliveries(endpoint_id=begun[1].endpoint_id)) == before


def test_the_step_is_written_read_and_drawn_with_its_three_ways():
    made = parse(asking())
    assert parse(to_json(made)) == made
    assert {str(way): to for way, to in ways(made).items()} == {
        ":next": "ask", "ask:next": "yes", "ask:refused": "no", "ask:otherwise": "silent",
    }  # fmt: skip
    assert Way("ask", "refused") in ways(made)
    with pytest.raises(DefinitionError, match="what"):
        parse(plan({"ask": {**ASK, "what": "Pay now!"}, **ENDS}, first="ask"))


def test_a_way_that_leads_nowhere_is_found():
    made = parse(plan({"ask": {**ASK, "refused": ""}, **ENDS}, first="ask"))
    assert "missing_branch" in {one.code for one in check(made, Known())}


def test_failed_payments_are_tried_after_one_three_and_seven_days_until_one_succeeds(
    people, switched_on, at, settings
):
    (one,) = people()
    switched_on(dict(SEEDS["payment_retry"].definition), code="retry")
    tell(("interactions", cart_fact("f1", one, NOW, "payment_failed")))
    asked = []

    def steps(until, now):
        while now <= until:
            services.tick(now=at(now))
            history.flush()
            row = Traveller.objects.get()
            if row.step.startswith("try_") and row.step not in dict(asked) and not row.outcome:
                asked.append((row.step, now))
            now += HOUR
        return now

    now = steps(NOW + 9 * DAY, NOW)
    assert [round((when - NOW) / DAY) for _step, when in asked] == [1, 3, 7]
    assert Traveller.objects.get().outcome == "end"
    assert Traveller.objects.get().memo["trail"][-2][0] == "other_way"
    # Another time the payment succeeds after the first try.
    Traveller.objects.all().delete()
    asked.clear()
    tell(("interactions", cart_fact("f2", one, at(now), "payment_failed")))
    later = steps(now + DAY + 4 * HOUR, now)
    tell(("interactions", cart_fact("s1", one, at(later), "payment_succeeded")))
    steps(later + 9 * DAY, later + MINUTE)
    assert [step for step, _when in asked] == ["try_1"]
    assert Traveller.objects.get().outcome == "goal"
