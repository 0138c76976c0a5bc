"""Feedback that was passed to departments: their lists, one, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import access as outreach_access
from keepwell.outreach import users
from keepwell.outreach.questions import access, core, services
from keepwell.outreach.questions.contracts import NoFeedbackError, QuestionError, State
from keepwell.outreach.questions.queries import feedback as queries
from keepwell.outreach.questions.queries import routing
from keepwell.web.questions import forms, words
from keepwell.web.shell import render
from keepwell.web.today import visible_names

VIEWS = {
    "department": queries.OPEN,
    "all": queries.OPEN,
    "nobody": (State.NOBODY, State.WAITING),
    "over": queries.OVER,
}


@require_safe
def feedback(request: HttpRequest) -> HttpResponse:
    """What waits for one's departments or oneself, for everybody within reach, for nobody; what is over."""
    accounts.require(request.user, Permission.VIEW_TASKS)
    user, now = cast(Any, request.user), clock.now()
    own = outreach_access.team_ids(user)
    usual = "department" if own else "all"
    view = request.GET.get("view", usual)
    view = view if view in VIEWS else usual
    within = access.scope(user, Permission.VIEW_TASKS)
    found = queries.page(
        within=within,
        now=now,
        states=VIEWS[view],
        team_ids=own if view == "department" else None,
        owner_id=user.pk if view == "department" else None,
    )
    names = visible_names(user, {one.customer_id for one in found.lines})
    teams = users.teams()
    context = {
        "title": _("Feedback"),
        "sentence": words.feedback_sentence(found.total, found.overdue),
        "lines": [words.feedback_line(one, names, teams, now) for one in found.lines],
        "more": found.total - len(found.lines),
        "view": view,
        "counts": sum(queries.counts(within=within).values()),
        "is_on": routing.is_on(),
        "may_route": accounts.may(user, Permission.VIEW_SETTINGS),
        "now": now,
        "zone": users.zone_of(user),
    }
    return render(request, "keepwell/questions/feedback.html", context)


@require_safe
def item(request: HttpRequest, feedback_id: int) -> HttpResponse:
    """One feedback; reading it is on record."""
    gate(request, Permission.VIEW_TASKS, feedback_id)
    return page(request, feedback_id)


def gate(request: HttpRequest, permission: Permission, feedback_id: int) -> None:
    """The gate of feedback; one that does not exist is not found."""
    try:
        access.access_feedback(request.user, permission, feedback_id)
    except NoFeedbackError:
        raise Http404(_("There is no such feedback.")) from None


def page(request: HttpRequest, feedback_id: int, *, error: str = "") -> HttpResponse:
    """The page; with an error what was typed stands where it was typed."""
    found = queries.get(feedback_id)
    if found is None:
        raise Http404(_("There is no such feedback."))
    user, now, one = cast(Any, request.user), clock.now(), found.line
    audit.log(
        actor=user.get_username(),
        action="feedback.view",
        object_type="feedback",
        object_id=str(feedback_id),
        details={"customer_id": one.customer_id},
    )
    may_see = customer_access.may_access(user, Permission.VIEW_CUSTOMERS, one.customer_id)
    names = customers.names([one.customer_id]) if may_see else {}
    teams, zone = users.teams(), users.zone_of(user)
    may_act = access.may_access_feedback(user, Permission.CHANGE_TASKS, feedback_id)
    context = {
        "title": _("Feedback"),
        "feedback": found,
        "row": words.feedback_line(one, names, teams, now),
        "may_see": may_see,
        "steps": {step for step in core.FEEDBACK_STEPS if may_act and core.next_state(one.state, step)},
        "may_follow": may_act and one.question_id is None,
        "history": [words.step(each, teams) for each in reversed(found.steps)],
        **forms.form(now, zone, request.POST.dict(), []),
        "error": error,
        "now": now,
        "zone": zone,
    }
    return render(request, "keepwell/questions/item.html", context, status=400 if error else 200)


@require_POST
def act(request: HttpRequest, feedback_id: int, action: str) -> HttpResponse:
    """Take one step of feedback; what does not go says why, with what was typed."""
    if action not in ACTIONS and action != "follow":
        raise Http404
    gate(request, Permission.CHANGE_TASKS, feedback_id)
    user = cast(Any, request.user)
    by = {"feedback_id": feedback_id, "actor": user.get_username(), "now": clock.now()}
    try:
        if action == "follow":
            number = services.follow_up(**by)
            return HttpResponseRedirect(reverse("question", args=[number]))
        ACTIONS[action](request.POST, user.pk, by)
    except QuestionError as error:
        return page(request, feedback_id, error=str(error))
    messages.success(request, _("Noted."))
    if not access.may_access_feedback(user, Permission.VIEW_TASKS, feedback_id):
        return HttpResponseRedirect(reverse("feedback"))  # it was handed on, out of reach
    return HttpResponseRedirect(reverse("feedback_item", args=[feedback_id]))


def _hand_on(post: Any, _user_id: int, by: dict[str, Any]) -> None:
    team_id = forms.number(post.get("team", ""))
    if team_id is None:
        raise QuestionError(_("Choose the department."))
    services.hand_on(
        **by, team_id=team_id, owner_id=forms.number(post.get("owner", "")), reason=post.get("reason", "")
    )


def _answer(post: Any, _user_id: int, by: dict[str, Any]) -> None:
    services.answer_feedback(**by, said=post.get("said", ""), channel=post.get("channel", ""))


ACTIONS: dict[str, Callable[[Any, int, dict[str, Any]], None]] = {
    "accept": lambda _post, user_id, by: services.accept(**by, user_id=user_id),
    "hand_on": _hand_on,
    "answer": _answer,
    "no_action": lambda post, _user_id, by: services.no_action(**by, reason=post.get("reason", "")),
    "reopen": lambda _post, _user_id, by: services.reopen_feedback(**by),
}
