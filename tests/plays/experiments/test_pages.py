"""The pages of plays: write, decide, start, look, act."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from keepwell.plays.experiments import queries, services
from keepwell.plays.experiments.contracts import Status
from tests.outreach.sending.conftest import NOW
from tests.plays.experiments.conftest import CALL, saved_plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch):
    from keepwell.foundation import clock

    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def page(client, staff):
    """Asks a page as somebody."""

    def ask(name, *args, as_="ada", data=None, query="", **more):
        client.force_login(staff[as_])
        url = reverse(name, args=args) + query
        return client.get(url, **more) if data is None else client.post(url, data, **more)

    return ask


def form(segment_id, **more):
    day = NOW.date()
    return {
        "name": "Spring",
        "whom": f"segment:{segment_id}",
        "starts_on": day.isoformat(),
        "ends_on": (day + timedelta(days=30)).isoformat(),
        "budget": "",
        "outcome_days": "60",
        "control_share": "20",
        "primary": "retention",
        "smallest_effect": "5",
        "arm_name": ["Call"],
        "arm_kind": ["task"],
        "arm_weight": ["1"],
        "arm_treatment_code": [""],
        "arm_text_code": [""],
        "arm_task_kind": ["call"],
        "arm_script_code": [""],
        "arm_offer": ["Tea for free"],
        "arm_hour": [""],
        "arm_unit_cost": ["2.50"],
        **more,
    }


def test_a_play_is_written_approved_by_a_second_person_and_started(page, shared_oslo, rated):
    segment = shared_oslo(30)
    rated(segment)
    made = page("play_new", data=form(segment))
    row = queries.plays()[0]
    assert made.url == reverse("play", args=[row.play_id])
    assert (row.treated[0].offer, row.treated[0].unit_cost, row.smallest_effect) == (
        "Tea for free",
        2.5,
        0.05,
    )
    page("play_act", row.play_id, "submit", data={})
    assert b"play_decide" not in page("play", row.play_id).content
    page("play_decide", row.play_id, "approve", data={"reason": "mine"})
    assert queries.play(row.play_id).status is Status.SUBMITTED
    seen = page("play", row.play_id, as_="kai").content.decode()
    assert reverse("play_decide", args=[row.play_id, "approve"]) in seen
    page("play_decide", row.play_id, "approve", as_="kai", data={"reason": "good"})
    wrong = page("play_start", row.play_id, data={"typed": "29"})
    assert wrong.status_code == 422
    assert queries.play(row.play_id).status is Status.APPROVED
    page("play_start", row.play_id, data={"typed": "30"})
    begun = queries.play(row.play_id)
    assert (begun.status, begun.approved_by) == (Status.RUNNING, "kai")
    shown = page("play", row.play_id).content.decode()
    assert "Tea for free" in shown


def test_a_button_adds_and_takes_away_an_arm_and_nothing_is_saved(page, shared_oslo):
    segment = shared_oslo(3)
    more = page("play_new", data=form(segment, do="add"))
    assert more.content.decode().count('name="arm_name"') == 2
    fewer = page("play_new", data=form(segment, arm_name=["Call", "Letter"], do="remove-0"))
    assert fewer.content.decode().count('name="arm_name"') == 1
    assert 'value="Letter"' in fewer.content.decode()
    assert not queries.plays()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("whom", "", "Choose a segment"),
        ("control_share", "3", "Keep between 5 and 95"),
        ("control_share", "0", "Please say why"),
        ("control_share", "x", "Keep between 5 and 95"),
        ("ends_on", "2020-01-01", "The last day must come after"),
        ("arm_weight", ["0"], "greater than 0"),
        ("arm_task_kind", [""], "Choose what is to be done"),
        ("budget", "much", "Type an amount"),
        ("arm_unit_cost", ["-1"], "Type an amount"),
    ],
)
def test_what_is_missing_is_said_at_its_field(page, shared_oslo, field, value, said):
    answer = page("play_new", data=form(shared_oslo(3), **{field: value}))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not queries.plays()


def test_the_forecast_says_nothing_of_a_segment_that_one_may_not_see(page, oslo):
    from urllib.parse import urlencode

    from keepwell.insight.segments.models import Segment

    segment_id = oslo(40)
    Segment.objects.update(shared="private", author=None)
    query = "?" + urlencode(form(segment_id), doseq=True)
    seen = page("play_forecast", query=query, headers={"HX-Request": "true"}).content.decode()
    assert "Choose whom, and this says" in seen


def test_the_forecast_says_what_so_many_can_show(page, shared_oslo):
    segment = shared_oslo(40)
    query = "?" + "&".join(
        f"{name}={one}"
        for name, value in form(segment).items()
        for one in (value if isinstance(value, list) else [value])
    )
    answer = page("play_forecast", query=query, headers={"HX-Request": "true"})
    assert "With 40 customers a difference of" in answer.content.decode()
    assert b"<html" not in answer.content
    assert page("play_forecast").status_code == 200


def test_the_outlook_counts_who_would_be_in(page, play):
    row = play(20)
    answer = page("play_outlook", row.play_id, headers={"HX-Request": "true"}).content.decode()
    assert "If it started now" in answer
    assert "kept aside from all marketing" in answer or "Passed over" not in answer


def test_members_are_listed_filtered_and_exported(page, begun):
    row = begun(20, arms=(CALL,))
    services.dispatch(now=NOW)
    control = [one.customer_id for one in queries.iter_members(row.play_id, arm="control")]
    listed = page("play_members", row.play_id, query="?arm=control").content.decode()
    assert all(one in listed for one in control)
    assert page("play_members", row.play_id, query="?arm=nonsense&state=x&page=99").status_code == 200
    told = b"".join(page("play_export", row.play_id, "csv").streaming_content).decode()
    assert told.count("\n") == 1 + 20
    assert told.startswith("\ufeffcustomer_id,arm,propensity")
    book = page("play_export", row.play_id, "xlsx")
    assert b"".join(book.streaming_content).startswith(b"PK")


def test_nobody_without_the_permission_writes_decides_or_exports(page, play):
    row = play(3)
    for name, args in (
        ("play_act", (row.play_id, "submit")),
        ("play_decide", (row.play_id, "approve")),
        ("play_start", (row.play_id,)),
        ("play_edit", (row.play_id,)),
    ):
        assert page(name, *args, as_="ann", data={}).status_code == 403
    assert page("plays", as_="ann").status_code == 200
    assert page("play", row.play_id, as_="ann").status_code == 200


def test_buttons_hold_end_stop_copy_and_throw_away(page, begun, play):
    row = begun(10, arms=(CALL,))
    for action, status in (("pause", "paused"), ("resume", "running"), ("end", "ended")):
        page("play_act", row.play_id, action, data={})
        assert queries.play(row.play_id).status == status
        assert page("play", row.play_id).status_code == 200
    copied = page("play_act", row.play_id, "copy", data={})
    assert copied.url == reverse("play_edit", args=[queries.plays()[0].play_id])
    draft = queries.plays()[0]
    assert page("play_edit", draft.play_id).status_code == 200
    page("play_act", draft.play_id, "discard", data={})
    assert queries.play(draft.play_id) is None
    assert page("play_act", row.play_id, "nonsense", data={}).status_code == 404


def test_who_starts_too_early_is_told_why_not(page, play, staff):
    first = NOW.date() + timedelta(days=10)
    row = play(5, starts_on=first, ends_on=first + timedelta(days=30))
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    services.approve(play_id=row.play_id, user=staff["kai"], reason="good", now=NOW)
    answer = page("play_start", row.play_id, data={"typed": "5"})
    assert answer.status_code == 422
    assert "Its first day is still to come" in answer.content.decode()


def test_stop_asks_for_a_reason(page, begun):
    row = begun(10)
    page("play_act", row.play_id, "stop", data={})
    assert queries.play(row.play_id).status is Status.RUNNING
    page("play_act", row.play_id, "stop", data={"reason": "wrong offer"})
    assert queries.play(row.play_id).end_reason == "wrong offer"


def test_nothing_is_rolled_out_without_evidence(page, begun):
    row = begun(20)
    page("play_act", row.play_id, "end", data={})
    page("play_act", row.play_id, "roll-out", data={"arm": "a", "reason": "looks good"})
    assert queries.play(row.play_id).rolled_out_arm == ""
    assert len(queries.plays()) == 1


def test_a_change_takes_the_approval_back(page, play, staff):
    row = play(10)
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    services.approve(play_id=row.play_id, user=staff["kai"], reason="good", now=NOW)
    late = page("play_edit", row.play_id, data=form(row.segment_id, version="99"))
    assert late.status_code == 422
    page("play_edit", row.play_id, data=form(row.segment_id, version=str(row.version), name="Summer"))
    after = queries.play(row.play_id)
    assert (after.status, after.name, after.approved_by) == (Status.DRAFT, "Summer", "")


def test_the_list_is_empty_and_says_what_to_do(page):
    assert b"Write the first" in page("plays").content
    assert b"Write the first" not in page("plays", as_="ann").content


def test_the_task_of_an_arm_shows_its_call_script(page, begun):
    row = begun(10, arms=(replace(CALL, script_code="call_back_script", offer="Tea for free"),))
    services.dispatch(now=NOW)
    one = next(queries.iter_members(row.play_id, arm="a"))
    shown = page("task", one.task_id).content.decode()
    assert reverse("content_template", args=["call_back_script"]) in shown
    assert "Call: Tea for free" in shown


def test_a_plan_and_a_segment_lead_to_a_play(page, shared_oslo):
    segment = shared_oslo(3)
    assert f"{reverse('play_new')}?segment={segment}" in page("segment", segment).content.decode()
    filled = page("play_new", query=f"?segment={segment}").content.decode()
    assert f'<option value="segment:{segment}" selected>' in filled
    plan = saved_plan({"C00000": "call_back", "C00001": "gift"})
    wanted = page("play_new", query=f"?plan={plan}&treatment=gift").content.decode()
    assert f'<option value="plan:{plan}:gift" selected>' in wanted


def test_somebody_else_s_private_segment_is_none_for_a_play(page, oslo):
    answer = page("play_new", data=form(oslo(3)))
    assert answer.status_code == 422
    assert "This segment is not there any more" in answer.content.decode()


def test_the_list_says_what_the_newest_look_found(page, begun):
    row = begun(20)
    look(row, "too_small", NOW)
    look(row, "better", NOW + timedelta(days=7))
    shown = page("plays").content.decode()
    assert "Better" in shown
    assert "Too small to tell" not in shown


def test_only_what_was_seen_to_be_better_is_offered_to_everybody(page, begun):
    row = begun(20)
    page("play_act", row.play_id, "end", data={})
    look(row, "too_small", NOW)
    assert "Make a draft for everybody" not in page("play", row.play_id).content.decode()
    look(row, "better", NOW + timedelta(days=7))
    assert "Make a draft for everybody" in page("play", row.play_id).content.decode()


def look(row, verdict, at):
    from keepwell.plays.learning.models import Look

    Look.objects.create(
        play_id=row.play_id,
        metric="retention",
        arm="a",
        verdict=verdict,
        at=at,
        as_of=at,
        treated=16,
        control=4,
    )
