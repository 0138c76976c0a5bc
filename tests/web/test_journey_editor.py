"""Drawing a journey on its page: places, changes, checks, taking back, two people at once, versions."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.outreach.journeys import queries, services
from keepwell.outreach.journeys.contracts import Entrant, Status
from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.reading import parse
from tests.outreach.journeys.conftest import (  # noqa: F401
    HOUR,
    NOW,
    at,
    brand,
    people,
    plan,
    switched_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(home, db):
    def sign_in(role="retention_manager", name=""):
        from keepwell.accounts.models import User

        client = Client()
        client.force_login(User.objects.create_user(name or role, password="correct horse", roles=[role]))
        return client

    return sign_in


@pytest.fixture
def drawing(browser):
    """An empty drawing in the hands of somebody who may draw."""
    client = browser()
    answer = client.post(reverse("journey_new"), {"name": "Welcome"})
    assert answer.status_code == 302
    (one,) = [each for each in queries.journeys() if each.name == "Welcome"]
    assert answer.url == reverse("journey_edit", args=[one.journey_id])
    return Drawing(client, one.journey_id)


class Drawing:
    """The editor of one journey."""

    def __init__(self, client, journey_id):
        self.client, self.journey_id = client, journey_id

    @property
    def draft(self):
        return queries.journey(self.journey_id).draft

    @property
    def plan(self):
        return parse(self.draft.definition)

    def do(self, do, panel="", revision=None, status=200, **data):
        known = {"revision": self.draft.revision if revision is None else revision}
        answer = self.client.post(
            reverse("journey_draw", args=[self.journey_id]),
            {"panel": panel, "do": do, **known, **data},
            headers={"HX-Request": "true"},
        )
        assert answer.status_code == status
        return answer.content.decode()

    def insert(self, way, kind):
        """Put a step on a way; the code that it got."""
        before = set(self.plan.steps)
        self.do("insert", panel=f"way.{way}", way=way, kind=kind)
        (code,) = set(self.plan.steps) - before
        return code

    def show(self, panel, **more):
        address = reverse("journey_edit", args=[self.journey_id])
        answer = self.client.get(address, {"panel": panel, **more}, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.mark.parametrize(
    "kind",
    [
        "wait",
        "wait_until",
        "wait_for",
        "branch",
        "split",
        "message",
        "task",
        "tag",
        "notice",
        "request",
        "end",
    ],
)
def test_every_kind_of_step_is_added_shown_and_kept_as_it_is(drawing, kind):
    code = drawing.insert(":next", kind)
    step = drawing.plan.steps[code]
    shown = drawing.show(f"step.{code}", part="panel")
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', shown))
    assert "kw-jed-panel" in shown
    if kind == "branch":
        return  # each of its conditions has a form of its own
    posted = said(shown)
    drawing.do("save", panel=f"step.{code}", **posted)
    assert drawing.plan.steps[code] == step, form


def said(shown):
    """What a browser would send of the form that a panel shows."""
    found = {}
    form = re.search(r'<form[^>]*class="kw-jed-form".*?</form>', shown, re.S).group(0)
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_check = 'type="checkbox"' in tag
        if name and (not is_check or "checked" in tag):
            found.setdefault(name.group(1), []).append(unescape(value.group(1)) if value else "on")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[-1:] or re.findall(r'<option value="([^"]*)"', options)[:1]
    for name in ("csrfmiddlewaretoken", "revision", "panel"):
        found.pop(name, None)
    return found


@pytest.mark.one_store
def test_every_ready_made_journey_is_drawn_and_every_form_keeps_what_it_shows(browser):
    """Forms that forget something would change a journey by merely being kept."""
    client = browser()
    for one in queries.journeys():
        drawing = Drawing(client, one.journey_id)
        before = drawing.plan
        places = ["start", "entry"]
        places += [f"goals.{n}" for n in range(len(before.goals))]
        places += [f"exits.{n}" for n in range(len(before.exits))]
        for code, step in before.steps.items():
            cases = getattr(step, "cases", ())
            places += [f"case.{code}.{n}" for n in range(len(cases))] if cases else [f"step.{code}"]
        assert "kw-jed-svg" in drawing.show("")
        for place in places:
            drawing.do("save", panel=place, **said(drawing.show(place, part="panel")))
            assert same_order(drawing.plan) == same_order(before), (one.code, place)


def same_order(plan):
    """A definition's text with the values of each condition in one order: boxes are ticked, not listed."""
    return re.sub(
        r"value=\((.*?)\)", lambda found: ",".join(sorted(found[1].strip(",").split(", "))), repr(plan)
    )


def test_steps_are_changed_moved_led_elsewhere_and_taken_out(drawing):
    wait = drawing.insert(":next", "wait")
    drawing.do("save", panel=f"step.{wait}", amount="3", unit="hours", **{"to.next": "end"})
    assert drawing.plan.steps[wait].minutes == 180
    branch = drawing.insert(f"{wait}:next", "branch")
    task = drawing.insert(f"{branch}:case.0", "task")
    told = {"task": "call", "words.en": "Ring them", "due_days": "2", "owner": "queue"}
    drawing.do("save", panel=f"step.{task}", **told, **{"to.next": "end"})
    assert dict(drawing.plan.steps[task].words) == {"en": "Ring them"}
    drawing.do("move", code=task, way=f"{branch}:otherwise")
    assert drawing.plan.steps[branch].otherwise == task
    assert drawing.plan.steps[branch].cases[0][1] == "end"
    drawing.do("reconnect", way=f"{branch}:case.0", to=task)
    assert drawing.plan.steps[branch].cases[0][1] == task
    assert "steps that nobody could come to" not in drawing.show(f"remove.{task}", part="panel")
    drawing.do("remove", panel=f"remove.{task}", code=task)
    assert set(drawing.plan.steps) == {wait, branch, "end"}
    drawing.do("undo")
    assert task in drawing.plan.steps
    drawing.do("redo")
    assert task not in drawing.plan.steps
    assert "nothing to make again" in drawing.do("redo").lower()


def test_a_form_that_makes_no_sense_is_shown_again_and_nothing_is_kept(drawing):
    wait = drawing.insert(":next", "wait")
    before = drawing.draft
    for amount in ("", "-1", "soon", "99999999"):
        shown = drawing.do("save", panel=f"step.{wait}", amount=amount, unit="days")
        assert "A number is missing or not possible." in shown
        assert f'value="{amount}"' in shown
    assert drawing.draft == before
    shown = drawing.do(
        "save", panel="start", kind="fact", fact="orders", filter="0", **{"column.0": "amount"}
    )
    assert "A condition has no value yet" in shown
    assert drawing.draft == before


def test_looking_at_another_kind_keeps_nothing(drawing):
    before = drawing.draft
    shown = drawing.do("look", panel="start", kind="day:festival")
    assert "Spring Festival" in shown
    assert "Somebody enters a segment" in shown
    assert drawing.draft == before
    drawing.do(
        "save", panel="start", kind="day:festival", festival="qixi", offset="7", side="before", at="09:30"
    )
    start = drawing.plan.start
    assert (start.kind, start.code, start.offset_days) == ("festival", "qixi", -7)


def test_who_may_come_in_is_a_condition_of_segments(drawing):
    rule = {"node": "0-0", "join.0": "all", "what.0-0": "a:tier", "is.0-0": "in", "v.0-0": "high"}
    shown = drawing.do("look", panel="entry", again="after", fresh_hours="24", who="on")
    assert "Condition" in shown
    answer = drawing.do(
        "save", panel="entry", again="after", after_days="30", fresh_hours="24", who="on", **rule
    )
    entry = drawing.plan.entry
    assert (entry.again, entry.after_days, entry.fresh_hours) == ("after", 30, 24), answer
    assert '"tier"' in entry.who.definition
    drawing.do("save", panel="entry", again="once", fresh_hours="48")
    assert drawing.plan.entry.who is None


def test_goals_are_added_and_taken_away(drawing):
    told = {
        "kind": "fact",
        "fact": "orders",
        "filter": "0",
        "column.0": "status",
        "is.0": "in",
        "value.0": "paid",
    }
    drawing.do("save", panel="goals.0", **told)
    assert drawing.plan.goals[0].where[0].value == ("paid",)
    drawing.do("unend", panel="ends", ending="goals.0")
    assert drawing.plan.goals == ()


def test_two_who_draw_at_once_do_not_write_over_each_other(drawing, browser):
    first = drawing.draft.revision
    drawing.insert(":next", "wait")
    other = Drawing(browser("administrator", "bob"), drawing.journey_id)
    shown = other.do("insert", panel="way.:next", way=":next", kind="message", revision=first)
    assert "Somebody changed it meanwhile" in shown
    assert "your last change was not made" in shown
    assert set(other.plan.steps) == {"wait_1", "end"}


def test_problems_stand_at_their_step_and_keep_it_from_being_approved(drawing):
    wait = drawing.insert(":next", "wait")
    drawing.do("reconnect", way=f"{wait}:next", to="")
    shown = drawing.show("")
    assert "A way from here leads nowhere." in shown
    assert "kw-jed-bad" in shown
    address = reverse("journey_act", args=[drawing.journey_id, "approve"])
    refused = drawing.client.post(address, {"revision": drawing.draft.revision}, follow=True)
    assert "The checks find errors" in refused.content.decode()
    assert queries.journey(drawing.journey_id).status is Status.DRAFT


def test_what_is_approved_is_not_drawn_on(drawing):
    drawing.insert(":next", "task")
    client, revision = drawing.client, drawing.draft.revision
    client.post(reverse("journey_act", args=[drawing.journey_id, "approve"]), {"revision": revision})
    answer = client.get(reverse("journey_edit", args=[drawing.journey_id]), follow=True)
    assert "This version is approved" in answer.content.decode()
    assert drawing.do("undo") == ""
    assert drawing.draft.status == "approved"


def test_a_segment_of_somebody_elses_cannot_be_named(drawing, browser):
    from keepwell.insight.segments import services as segments

    browser("administrator", "bob")
    from keepwell.accounts.models import User

    bob = User.objects.get(username="bob")
    hidden = segments.save(
        name="Secret",
        definition={"attribute": "city", "is": "in", "value": ["Oslo"]},
        author_id=bob.pk,
        actor="bob",
    )
    told = {"kind": "enters", "segment": str(hidden.segment_id)}
    drawing.do("save", panel="start", status=403, **told)
    assert "Secret" not in drawing.do("look", panel="start", **told)


def test_a_journey_is_called_otherwise(drawing):
    drawing.do("name", name="Hello", description="For those who are new")
    one = queries.journey(drawing.journey_id)
    assert (one.name, one.description) == ("Hello", "For those who are new")
    assert "Please give it a name" in drawing.do("name", name=" ")
    assert queries.journey(drawing.journey_id).name == "Hello"


def test_a_copy_is_ones_own_and_the_first_stays_as_it_is(browser):
    client = browser()
    one = queries.by_code("after_sales")
    client.post(reverse("journey_copy", args=[one.journey_id]))
    (made,) = [each for each in queries.journeys() if each.is_own]
    assert made.draft.definition == one.draft.definition
    assert one.name in made.name
    drawing = Drawing(client, made.journey_id)
    drawing.insert(":next", "wait")
    assert queries.by_code("after_sales").draft == one.draft


def test_each_of_the_three_ways_of_asking_a_system_leads_where_the_form_says(drawing):
    ask = drawing.insert(":next", "request")
    wait = drawing.insert(f"{ask}:refused", "wait")
    assert drawing.plan.steps[ask].refused == wait
    told = {"what": "locker.open", "amount": "2", "unit": "hours"}
    ways = {"to.next": wait, "to.refused": "end", "to.otherwise": wait}
    drawing.do("save", panel=f"step.{ask}", **told, **ways)
    step = drawing.plan.steps[ask]
    assert (step.what, step.next, step.refused, step.otherwise) == ("locker.open", wait, "end", wait)


def test_a_new_version_is_written_while_people_finish_on_theirs(browser, people, switched_on):  # noqa: F811
    from tests.outreach.journeys.conftest import DAY

    people(1)
    client = browser()
    journey_id = switched_on()
    client.post(reverse("journey_write", args=[journey_id]))
    drawing = Drawing(client, journey_id)
    assert drawing.draft.number == 2
    drawing.do("save", panel="step.day", amount="2", unit="days", **{"to.next": "say"})
    drawing.insert("day:next", "task")
    assert parse(queries.journey(journey_id).on.definition).steps["day"].minutes == DAY.total_seconds() / 60
    shown = client.get(reverse("journey_compare", args=[journey_id])).content.decode()
    assert "Wait 1 day" in shown
    assert "Wait 2 days" in shown
    assert "Task for a person" in shown


def test_the_page_shows_who_waits_where_and_the_way_of_each(browser, people, switched_on, at):  # noqa: F811
    number = people(1)[0]
    journey_id = switched_on()
    services.enter(journey_id=journey_id, entrants=[Entrant(number, "one", NOW)], now=NOW)
    services.tick(now=NOW)
    client = browser()
    shown = client.get(reverse("journey", args=[journey_id])).content.decode()
    assert "1 here" in shown
    there = client.get(reverse("journey_at", args=[journey_id, "day"])).content.decode()
    way = reverse("journey_person", args=[journey_id, number])
    assert way in there
    shown = client.get(way).content.decode()
    assert "kw-jed-here" in shown
    services.tick(now=NOW + 25 * HOUR)
    (passage,) = queries.passages(journey_id, number)
    assert [stop.step for stop in passage.trail] == ["day", "say", "end"]
    shown = client.get(way).content.decode()
    assert "kw-jed-here" not in shown
    assert shown.count('class="kw-jed-line kw-jed-walked"') == 3
    (counted,) = queries.statistics(journey_id)
    assert [dict(one.ways) for one in counted.steps] == [{"next": 1}, {"next": 1}, {}]


def test_a_dry_run_is_drawn_on_the_ways(drawing):
    drawing.insert(":next", "task")
    drawing.client.post(reverse("journey_dry_run", args=[drawing.journey_id]), {"days": "30"})
    assert services.run_next_trial(now=clock.now())
    assert "kw-jed-count" in drawing.show("", part="canvas")
    drawing.insert(":next", "wait")
    assert "kw-jed-count" not in drawing.show("", part="canvas")  # the steps are others by now
    assert "The steps have changed since" in drawing.show("")


def test_who_may_not_write_may_not_draw(browser):
    one = queries.by_code("after_sales")
    client = browser("read_only")
    assert client.get(reverse("journey_edit", args=[one.journey_id])).status_code == 403
    assert client.post(reverse("journey_draw", args=[one.journey_id]), {"do": "undo"}).status_code == 403
    assert client.get(reverse("journey_new")).status_code == 403
    assert reverse("journey_new") not in client.get(reverse("journeys")).content.decode()


def test_ways_are_named_as_the_drawing_names_them():
    assert str(editing.Way.of("say:case.0")) == "say:case.0"
    assert editing.ways(parse(plan()))[editing.BEGINNING] == "day"


def test_a_new_message_begins_with_a_text_that_everybody_can_get(browser, monkeypatch):
    from django.utils import translation

    from keepwell.outreach.coupons.queries import lacking
    from keepwell.web.journeys.steps import first_text

    browser()
    with translation.override("zh-hans"):
        texts = queries.texts()
        need = lacking([code for code, _name in texts["email"]])
        first = sorted(texts["email"], key=lambda one: one[0] not in need)
        assert first[0][0] in need  # names a code, and no offer goes with it
        monkeypatch.setattr(queries, "texts", lambda: {**texts, "email": first})
        assert not lacking([first_text()[1]])
