"""Scripts and processes: how soon complaints are solved, and talks after which people stay."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from keepwell.plays.experiments import results
from keepwell.plays.experiments.measured import Refusal, Verdict
from keepwell.plays.experiments.outcomes import Metric
from tests.plays.learning.conftest import AS_OF, DAY, DEALT, append


def ticket(number, who, *events):
    """Rows of a ticket: (event, days after the lot)."""
    return [
        {"ticket_id": f"T{number}", "customer_id": who, "at": DEALT + day * DAY, "event": event}
        for event, day in events
    ]


def members(count):
    return [(f"{arm}{n}", arm, {}) for arm in ("a", "control") for n in range(count)]


def read(row, who):
    """Days and whether they ended, of one member."""
    one = results.read(row.pk)
    place = one.sample.customer_id.index(who)
    return round(float(one.found.solving_days[place]), 3), float(one.found.solved[place])


def test_times_by_hand(play):
    row = play(members(5), primary="solving_time")
    append(
        "tickets",
        [
            *ticket(1, "a0", ("opened", 2), ("responded", 2.5), ("resolved", 5), ("closed", 9)),
            *ticket(2, "a1", ("opened", -4), ("resolved", 3)),  # open at the lot: counted from then on
            *ticket(3, "a2", ("opened", -9), ("resolved", -5)),  # solved before it
            *ticket(4, "a3", ("opened", 1)),  # not solved yet
            *ticket(5, "a4", ("opened", -9), ("resolved", -5), ("reopened", -2), ("closed", 1)),
            *ticket(6, "control0", ("opened", 4), ("closed", 5)),
            *ticket(7, "control0", ("opened", 9), ("closed", 10)),  # the second one does not count
        ],
    )
    assert read(row, "a0") == (3.0, 1.0)
    assert read(row, "a1") == (3.0, 1.0)
    assert np.isnan(read(row, "a2")[0])
    assert read(row, "a3") == ((AS_OF - DEALT) / DAY - 1, 0.0)
    assert read(row, "a4") == (1.0, 1.0)
    assert read(row, "control0") == (1.0, 1.0)
    assert np.isnan(read(row, "control1")[0])


def solved(play, quick, slow, count=120):
    """A play whose treated are solved after about `quick` days and its control after `slow`."""
    rng = np.random.default_rng(3)
    row = play(members(count), primary="solving_time")
    rows = []
    for number, (who, arm, _more) in enumerate(members(count)):
        takes = float(rng.exponential(quick if arm == "a" else slow))
        events = [("opened", 1.0), ("resolved", 1.0 + round(takes, 3))]
        rows += ticket(number, who, *(events if takes < 50 else events[:1]))
    append("tickets", rows)
    return row


def test_a_process_that_solves_sooner_is_better_and_may_be_rolled_out(play):
    row = solved(play, 2.0, 6.0)
    found = results.results(row.pk)
    lift = found.lift(Metric.SOLVING, "a")
    assert found.primary is Metric.SOLVING
    assert lift.high < 0
    assert lift.low < 2 * (1 - np.exp(-14 / 2)) - 6 * (1 - np.exp(-14 / 6)) < lift.high
    assert found.verdict("a") is Verdict.BETTER
    assert found.best == "a"
    assert results.evidence(row.pk, "a").allowed


def test_a_process_that_takes_longer_is_worse_and_is_not_rolled_out(play):
    row = solved(play, 6.0, 2.0)
    found = results.results(row.pk)
    assert found.verdict("a") is Verdict.WORSE
    assert Refusal.NOT_BETTER in results.evidence(row.pk, "a").refusals


def test_who_had_no_complaint_says_nothing_of_the_time(play):
    row = solved(play, 2.0, 6.0, count=40)
    solving = next(one for one in results.results(row.pk).metrics if one.metric is Metric.SOLVING)
    assert solving.known == {"control": 40, "a": 40}
    assert solving.horizon_days == 14.0


def test_without_complaints_there_is_no_time_to_compare(play):
    found = results.results(play(members(3), primary="solving_time").pk)
    solving = next(one for one in found.metrics if one.metric is Metric.SOLVING)
    assert solving.known == {"control": 0, "a": 0}
    assert found.verdict("a") is Verdict.TOO_SMALL


@pytest.mark.parametrize(("kind", "outcome", "counts"), [
    ("call", "staying", 1.0), ("call", "leaving", 0.0), ("call", "not_reached", 0.0),
])  # fmt: skip
def test_a_talk_converts_where_the_customer_stays(play, kind, outcome, counts):
    row = play(members(2), primary="conversion")
    said = orjson.dumps({"task": 1, "outcome": outcome}, option=orjson.OPT_SORT_KEYS).decode()
    talk = {"customer_id": "a0", "at": DEALT + 2 * DAY, "channel": "phone", "type": kind, "properties": said}
    append("interactions", [{**talk, "interaction_id": "task-1"}, {**talk, "interaction_id": "other-1"}])
    found = results.results(row.pk)
    assert found.lift(Metric.CONVERSION, "a").difference == pytest.approx(counts / 2)


def test_looked_at_in_the_very_moment_of_the_complaint_there_is_no_time_to_compare(play):
    row = play(members(3), primary="solving_time")
    append("tickets", [*ticket(1, "a0", ("opened", 9)), *ticket(2, "control0", ("opened", 1))])
    found = results.results(row.pk, DEALT + 9 * DAY)
    solving = next(one for one in found.metrics if one.metric is Metric.SOLVING)
    assert solving.known == {"control": 0, "a": 0}


def test_of_two_processes_the_sentence_names_the_quicker_one(play):
    from keepwell.plays.experiments import queries
    from keepwell.web.results import words

    arms = ("control", "a", "b")
    row = play([(f"{arm}{n}", arm, {}) for arm in arms for n in range(12)], arms=arms, primary="solving_time")
    takes = {"control": 5, "a": 4, "b": 6}
    rows = [
        ticket(f"{arm}{n}", f"{arm}{n}", ("opened", 1), ("resolved", 1 + takes[arm] + n / 10))
        for arm in arms
        for n in range(12)
    ]
    append("tickets", [one for each in rows for one in each])
    found = results.results(row.pk)
    assert "“A”" in words.sentence(found, queries.play(row.pk))


def test_a_shorter_time_is_drawn_as_better_in_the_report_and_in_days_on_the_page(play):
    from keepwell.plays.experiments import queries
    from keepwell.web.charts import plays as charts
    from keepwell.web.results import pdf, words

    row = solved(play, 2.0, 6.0)
    found, names = results.results(row.pk), words.names(queries.play(row.pk))
    drawn = pdf.forest(found, names).contents
    place = next(n for n, one in enumerate(drawn) if getattr(one, "text", "").startswith("Days to solve"))
    assert drawn[place + 1].strokeColor == pdf.COLOUR[Verdict.BETTER]
    axis = charts.over_time((), found.primary, "", "").option["yAxis"]
    assert axis["axisLabel"]["formatter"]["$format"] == "decimal"
