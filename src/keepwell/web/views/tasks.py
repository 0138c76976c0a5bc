"""One task, and everything that can be done with one or many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.insight import reasons
from keepwell.outreach import access, core, labels, users, words
from keepwell.outreach.channels.person import queries as errands
from keepwell.outreach.contracts import Change, Kind, Outcome, TaskError, TaskView
from keepwell.outreach.policy import words as policy_words
from keepwell.outreach.queries import tasks as queries
from keepwell.outreach.services import contacting
from keepwell.outreach.services import tasks as services
from keepwell.web import people, task_contact, undoing, vip_panel, written_panel
from keepwell.web import today as lines
from keepwell.web.care import panel as care_panel
from keepwell.web.content.spoken import script_to_say, words_to_say
from keepwell.web.questions import panel as question_panel
from keepwell.web.shell import render, wants_fragment
from keepwell.web.views import today as today_page
from keepwell.web.winback import panel as winback_panel

ACTIONS = ("complete", "postpone", "delegate", "take", "cancel", "reopen", "plan", "record", "begin")
NOT_IN_BULK = ("record", "begin")


def task(request: HttpRequest, task_id: int) -> HttpResponse:
    """The page of one task: why, what to say, what came of it."""
    gate(request, Permission.VIEW_TASKS, [task_id])
    found = queries.get(task_id)
    if found is None:
        raise Http404
    return render(request, "keepwell/task.html", task_context(request, found))


def task_context(request: HttpRequest, found: TaskView) -> dict[str, Any]:
    """Everything on the page of a task."""
    now = clock.now()
    user = cast(Any, request.user)
    zone = users.zone_of(user)
    may_see = bool(found.customer_id) and customer_access.may_access(
        user, Permission.VIEW_CUSTOMERS, found.customer_id
    )
    record = customers.get(found.customer_id) if may_see else None
    codes = [one.code for one in found.reasons]
    suggested = core.responses(codes)
    chosen = found.response or suggested[0]
    treatment = people.treatments().get(found.treatment) if found.treatment else None
    (line,) = lines.fast([lines.task_line(found, now)])
    may_act = _may_change(request, found.task_id)
    return {
        "title": line.title,
        "task": found,
        "errand": errands.of_task(found.task_id) if may_see else None,
        "line": line,
        "fast_for": vip_panel.fast_for(found.customer_id) if may_see and line.is_fast else "",
        "record": record,
        "score": insight.score(found.customer_id) if may_see else None,
        "last": last_topic(found) if may_see else None,
        "why": [reasons.text(one) for one in found.reasons],
        "opening": words.opening(codes),
        "responses": [
            (str(code), str(labels.RESPONSE[code]), words.steps(code), code == chosen) for code in suggested
        ],
        "treatment": treatment,
        "words_to_say": words_to_say(request, found.customer_id, [str(code) for code in codes])
        if may_see
        else None,
        "script": script_to_say(request, found.customer_id, found.script) if may_see else None,
        "channels": [
            (str(code), str(labels.CHANNEL[code]), code == found.channel)
            for code in core.channels(found.kind)
        ],
        "remedies": [(code, str(label), code in found.remedies) for code, label in labels.REMEDY.items()],
        "kept_choices": [(code, str(label), code == found.kept) for code, label in labels.KEPT.items()],
        "outcomes": line.outcomes,
        "events": [(one, str(labels.ACTION[one.action])) for one in queries.events(found.task_id)],
        "others": [
            lines.task_line(one, now)
            for one in queries.of_customer(found.customer_id, limit=10)
            if one.task_id != found.task_id
        ]
        if found.customer_id
        else [],
        "may_act": may_act,
        "contact": task_contact.context(request, found, now),
        "later": lines.later(now, zone),
        "colleagues": today_page.colleagues(user),
        "planned": found.planned_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if found.planned_at else "",
        "winback": winback_panel.of_task(request, found),
        "written": written_panel.of_task(request, found.customer_id, found.task_id) if may_act else None,
        "question_id": question_panel.of_task(request, found.task_id),
        "care": care_panel.of_task(request, found),
        "undo": undoing.offered(request, now),
        "now": now,
        "zone": zone,
    }


def last_topic(found: TaskView) -> dict[str, Any] | None:
    """What was spoken of last: the newest record of another task, or the newest note, whichever is later."""
    finished = queries.of_customer(found.customer_id, active=False, limit=10)
    said = [one for one in finished if one.task_id != found.task_id and (one.need or one.dissatisfaction)]
    noted = customers.notes(found.customer_id, sensitive=False, limit=1)
    talk = said[0] if said else None
    if noted and (talk is None or talk.finished_at is None or noted[0].at > talk.finished_at):
        return {"text": noted[0].text, "at": noted[0].at, "by": noted[0].updated_by}
    if talk is None:
        return None
    text = " · ".join(part for part in (talk.need, talk.dissatisfaction, talk.solution) if part)
    return {"text": text, "at": talk.finished_at, "by": talk.finished_by}


def _may_change(request: HttpRequest, task_id: int) -> bool:
    try:
        access.access_tasks(request.user, Permission.CHANGE_TASKS, [task_id])
    except PermissionDenied:
        return False
    return True


def gate(request: HttpRequest, permission: Permission, task_ids: list[int]) -> None:
    """The gate of tasks; a task that does not exist is not found."""
    try:
        access.access_tasks(request.user, permission, task_ids)
    except access.NoTaskError:
        raise Http404(_("There is no task with this number.")) from None


@require_POST
def act(request: HttpRequest, task_id: int, action: str) -> HttpResponse:
    """Take one step of one task."""
    if action not in ACTIONS:
        raise Http404
    gate(request, Permission.CHANGE_TASKS, [task_id])
    if action == "begin":
        return begin(request, task_id)
    return answer(request, lambda: step(request, action, [task_id]))


def begin(request: HttpRequest, task_id: int) -> HttpResponse:
    """Get in touch now, if the contact policy lets one; else say why not."""
    try:
        verdict = contacting.begin(task_id=task_id, actor=request.user.get_username(), now=clock.now())
    except TaskError as error:
        messages.error(request, str(error))
    else:
        if not verdict:
            messages.error(request, policy_words.sentence(verdict.cause, verdict.figures))
    return back(request)


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Take one step of several tasks, all or none."""
    accounts.require(request.user, Permission.CHANGE_TASKS)
    ids = [int(text) for text in request.POST.getlist("task") if text.isdecimal() and len(text) < 19]
    action = request.POST.get("action", "")
    if action not in ACTIONS or action in NOT_IN_BULK:
        raise Http404
    gate(request, Permission.CHANGE_TASKS, ids)
    return answer(request, lambda: step(request, action, ids))


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Give back what was before the last step."""
    accounts.require(request.user, Permission.CHANGE_TASKS)
    token, actor, now = request.POST.get("token", ""), request.user.get_username(), clock.now()
    promised = undoing.promised(request, now) if token == undoing.PROMISE else None
    try:
        if promised is None:
            services.undo(token=token, actor=actor, now=now)
        else:
            customer_id, promise_id = promised
            customer_access.access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
            customer_services.reopen_promise(
                customer_id=customer_id, promise_id=promise_id, actor=actor, at=now
            )
    except TaskError as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    undoing.withdraw(request)
    return back(request)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """A new task; for a customer only where one may see the customer."""
    accounts.require(request.user, Permission.CHANGE_TASKS)
    customer_id = request.POST.get("customer_id", "").strip()
    if customer_id:
        if not customers.existing([customer_id]):
            messages.error(request, _("There is no customer with this number."))
            return back(request)
        access.access_new_task(request.user, customer_id)
    user = cast(Any, request.user)
    try:
        now = clock.now()
        at = moment(request.POST.get("at", ""), users.zone_of(user))
        score = insight.score(customer_id) if customer_id else None
        kind = request.POST.get("kind", "")
        services.create(
            kind=kind,
            customer_id=customer_id,
            channel=request.POST.get("channel", ""),
            title=request.POST.get("title", ""),
            reasons=score.reasons if score and score.status == "at_risk" else (),
            treatment=(score.action or "") if score else "",
            at_stake=score.expected_loss if score else None,
            currency=score.currency if score else "",
            due_at=at,
            planned_at=at if kind in (Kind.CALL, Kind.VISIT) else None,
            assignee_id=_number(request.POST.get("assignee", "")) or user.pk,
            actor=user.get_username(),
            now=now,
        )
        messages.success(request, _("The task is on the list."))
    except TaskError as error:
        messages.error(request, str(error))
    return back(request)


def step(request: HttpRequest, action: str, ids: list[int]) -> Change:
    """The step that the form asks for."""
    asked, actor, now = request.POST, request.user.get_username(), clock.now()
    user = cast(Any, request.user)
    zone = users.zone_of(user)
    common: dict[str, Any] = {"task_ids": ids, "actor": actor, "now": now}
    if action == "postpone":
        until = moment(asked.get("until", ""), zone)
        if until is None:
            raise TaskError(_("Please choose a day."))
        return services.postpone(**common, until=until)
    if action == "delegate":
        chosen = _number(asked.get("assignee", ""))
        if chosen is None:
            raise TaskError(_("Please choose a colleague."))
        return services.delegate(**common, assignee_id=chosen)
    if action == "plan":
        return services.plan(
            **common,
            planned_at=moment(asked.get("planned_at", ""), zone),
            channel=asked.get("channel") or None,
            response=asked.get("response") or None,
        )
    if action == "take":
        return services.take(**common, assignee_id=user.pk)
    if action in ("cancel", "reopen"):
        plain: Callable[..., Change] = getattr(services, action)
        return plain(**common)
    noted = _noted(request)
    if action == "record":
        return services.record(task_id=ids[0], actor=actor, now=now, **noted)
    outcome = asked.get("outcome", "")
    again = core.tomorrow_morning(now, zone) if outcome == Outcome.NOT_REACHED else None
    follow_up_at = moment(asked.get("follow_up_at", ""), zone) or again
    return services.complete(**common, outcome=outcome, follow_up_at=follow_up_at, **noted)


def _noted(request: HttpRequest) -> dict[str, Any]:
    """What the record's fields say; what the form does not have stays as it is."""
    asked = request.POST
    noted: dict[str, Any] = {
        name: asked[name] for name in ("need", "dissatisfaction", "solution") if name in asked
    }
    if "record" in asked:
        noted["remedies"] = asked.getlist("remedy")
        if asked.get("kept") in ("kept", "lost"):
            noted["kept"] = asked["kept"]
    return noted


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A local date-time from a form, where the user is; None for nothing, TaskError for nonsense."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise TaskError(_("Please choose a day.")) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def answer(request: HttpRequest, do: Callable[[], Change]) -> HttpResponse:
    """Do it and offer to undo it; what does not go says why."""
    try:
        change = do()
    except (TaskError, ValueError) as error:
        messages.error(request, str(error))
    else:
        undoing.offer(request, change, clock.now())
    return back(request)


def back(request: HttpRequest) -> HttpResponse:
    """The renewed list for htmx; else the page that one came from."""
    if wants_fragment(request):
        context = today_page.today_context(request)
        context["notes"] = [str(one) for one in messages.get_messages(request)]
        return render(request, "keepwell/today.html", context, fragment="keepwell/_today.html")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("today")
    return HttpResponseRedirect(target)
