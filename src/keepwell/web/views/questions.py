"""Questions of customers: the list, one with its thread, and every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
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
from keepwell.outreach.questions import access, core, labels, services
from keepwell.outreach.questions.contracts import (
    Closing,
    Importance,
    NoQuestionError,
    QuestionError,
    QuestionView,
    Status,
)
from keepwell.outreach.questions.queries import questions as queries
from keepwell.web import exports
from keepwell.web.questions import forms, words
from keepwell.web.shell import render
from keepwell.web.today import visible_names

WHOSE = ("mine", "department", "all", "over")


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """Questions that are not settled: one's own, one's departments', all within reach; what is over."""
    accounts.require(request.user, Permission.VIEW_TASKS)
    user, now = cast(Any, request.user), clock.now()
    usual = "mine" if accounts.may(user, Permission.CHANGE_TASKS) else "all"
    whose = request.GET.get("whose", usual)
    whose = whose if whose in WHOSE else usual
    importance = request.GET.get("importance", "")
    importance = importance if importance in set(Importance) else ""
    found = queries.page(
        within=access.scope(user, Permission.VIEW_TASKS),
        now=now,
        owner_id=user.pk if whose == "mine" else None,
        team_ids=outreach_access.team_ids(user) if whose == "department" else None,
        is_over=whose == "over",
        importance=importance,
    )
    names = visible_names(user, {one.customer_id for one in found.lines})
    teams = users.teams()
    context = {
        "title": _("Questions"),
        "sentence": words.list_sentence(found.total, found.overdue),
        "lines": [words.line(one, names, teams, now) for one in found.lines],
        "more": found.total - len(found.lines),
        "whose": whose,
        "importance": importance,
        "importances": forms.importances(),
        "may_add": accounts.may(user, Permission.CHANGE_TASKS),
        "may_export": accounts.may(user, Permission.EXPORT_CUSTOMERS),
        "now": now,
        "zone": users.zone_of(user),
    }
    return render(request, "keepwell/questions/list.html", context)


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """All questions within reach, as codes and times, without anybody's words."""
    accounts.require(request.user, Permission.EXPORT_CUSTOMERS)
    within = access.scope(request.user, Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(),
        action="question.export",
        object_type="report",
        object_id="questions",
        details={"kind": kind},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, _lines(within), "keepwell-questions")


HEADER = (
    "question", "customer_id", "status", "importance", "topic", "origin", "channel", "department", "owner",
    "opened_at", "due_at", "rounds", "closed_at", "reason",
)  # fmt: skip


def _lines(within: Any) -> Iterator[tuple[Any, ...]]:
    teams = users.teams()
    for one in queries.every(within=within):
        yield (
            one.question_id, one.customer_id, str(one.status), str(one.importance), one.topic,
            str(one.origin), one.channel, teams.get(one.team_id or 0, ""), one.owner_name, one.opened_at,
            one.due_at, one.rounds, one.closed_at, one.reason,
        )  # fmt: skip


def add(request: HttpRequest) -> HttpResponse:
    """Write a question down; the form keeps what was typed where something is missing."""
    accounts.require(request.user, Permission.CHANGE_TASKS)
    user, now = cast(Any, request.user), clock.now()
    zone = users.zone_of(user)
    if request.method != "POST":
        typed = {
            "customer_id": request.GET.get("customer", ""),
            "importance": "normal",
            "owner": str(user.pk),
            "team": str(user.team_id or ""),
            "origin": "call",
            "channel": "phone",
        }
        return _form(request, now, zone, typed)
    customer_id = request.POST.get("customer_id", "").strip()
    if customers.existing([customer_id]):
        outreach_access.access_new_task(user, customer_id)
    try:
        number = services.open_question(**forms.asked(request.POST, zone), actor=user.get_username(), now=now)
    except QuestionError as error:
        return _form(request, now, zone, request.POST.dict(), error=str(error))
    messages.success(
        request, _("The question is kept. It stays open until the customer says that it is settled.")
    )
    return HttpResponseRedirect(reverse("question", args=[number]))


def _form(
    request: HttpRequest, now: datetime, zone: ZoneInfo, typed: Mapping[str, Any], *, error: str = ""
) -> HttpResponse:
    number = str(typed.get("customer_id", ""))
    context = {
        "title": _("New question"),
        **forms.form(now, zone, typed, queries.topics()),
        "customer_name": visible_names(request.user, [number]).get(number, "") if number else "",
        "error": error,
    }
    return render(request, "keepwell/questions/add.html", context, status=400 if error else 200)


@require_safe
def question(request: HttpRequest, question_id: int) -> HttpResponse:
    """One question with its thread; reading it is on record."""
    gate(request, Permission.VIEW_TASKS, question_id)
    return page(request, question_id)


def gate(request: HttpRequest, permission: Permission, question_id: int) -> None:
    """The gate of questions; one that does not exist is not found."""
    try:
        access.access_question(request.user, permission, question_id)
    except NoQuestionError:
        raise Http404(_("There is no such question.")) from None


def page(request: HttpRequest, question_id: int, *, error: str = "") -> HttpResponse:
    """The page; with an error what was typed stands where it was typed."""
    found = queries.get(question_id)
    if found is None:
        raise Http404(_("There is no such question."))
    audit.log(
        actor=request.user.get_username(),
        action="question.view",
        object_type="question",
        object_id=str(question_id),
        details={"customer_id": found.line.customer_id},
    )
    context = {**_context(request, found), "error": error}
    return render(request, "keepwell/questions/question.html", context, status=400 if error else 200)


def _context(request: HttpRequest, found: QuestionView) -> dict[str, Any]:
    user, now = cast(Any, request.user), clock.now()
    zone, teams, one = users.zone_of(user), users.teams(), found.line
    may_see = customer_access.may_access(user, Permission.VIEW_CUSTOMERS, one.customer_id)
    names = customers.names([one.customer_id]) if may_see else {}
    people = words.people_of(found.thread)
    may_act = access.may_access_question(user, Permission.CHANGE_TASKS, one.question_id)
    steps = {step for step in core.STEPS if may_act and core.next_status(one.status, step) is not None}
    settled = one.status is Status.SATISFIED
    return {
        "title": _("Question"),
        "question": found,
        "row": words.line(one, names, teams, now),
        "todo": words.todo(one, now),
        "may_see": may_see,
        "steps": steps - {"ask"} if found.is_asked else steps,
        "thread": [words.entry(each, teams, people) for each in reversed(found.thread)],
        "closings": [
            (str(code), str(word))
            for code, word in labels.CLOSING.items()
            if (code is Closing.SETTLED) == settled
        ],
        "due_day": one.due_at.astimezone(zone).date().isoformat() if one.due_at else "",
        **forms.form(now, zone, request.POST.dict(), []),
        "now": now,
        "zone": zone,
    }


@require_POST
def act(request: HttpRequest, question_id: int, action: str) -> HttpResponse:
    """Take one step of a question; what does not go says why, with what was typed."""
    if action not in ACTIONS:
        raise Http404
    gate(request, Permission.CHANGE_TASKS, question_id)
    user = cast(Any, request.user)
    by = {"question_id": question_id, "actor": user.get_username(), "now": clock.now()}
    try:
        ACTIONS[action](request.POST, users.zone_of(user), by)
    except QuestionError as error:
        return page(request, question_id, error=str(error))
    messages.success(request, _("Noted."))
    return HttpResponseRedirect(reverse("question", args=[question_id]))


def _note(post: Any, _zone: ZoneInfo, by: dict[str, Any]) -> None:
    services.note(**by, said=post.get("said", ""), channel=post.get("channel", ""))


def _answer(post: Any, _zone: ZoneInfo, by: dict[str, Any]) -> None:
    services.answer(**by, said=post.get("said", ""), channel=post.get("channel", ""))


def _word(post: Any, zone: ZoneInfo, by: dict[str, Any]) -> None:
    services.take_word(
        **by,
        is_satisfied=post.get("word") == "satisfied",
        said=post.get("said", ""),
        channel=post.get("channel", ""),
        heard_at=forms.moment(post.get("heard_at", ""), zone),
        due_at=forms.end_of_day(post.get("due", ""), zone),
    )


def _assign(post: Any, _zone: ZoneInfo, by: dict[str, Any]) -> None:
    services.assign(
        **by, owner_id=forms.number(post.get("owner", "")), team_id=forms.number(post.get("team", ""))
    )


def _plan(post: Any, zone: ZoneInfo, by: dict[str, Any]) -> None:
    due_at = forms.end_of_day(post.get("due", ""), zone)
    services.plan(**by, importance=post.get("importance", ""), due_at=due_at)


def _close(post: Any, _zone: ZoneInfo, by: dict[str, Any]) -> None:
    services.close(**by, reason=post.get("reason", ""), said=post.get("said", ""))


def _reopen(post: Any, zone: ZoneInfo, by: dict[str, Any]) -> None:
    services.reopen(**by, said=post.get("said", ""), due_at=forms.end_of_day(post.get("due", ""), zone))


ACTIONS: dict[str, Callable[[Any, ZoneInfo, dict[str, Any]], None]] = {
    "note": _note,
    "answer": _answer,
    "ask": lambda _post, _zone, by: services.ask_customer(**by),
    "word": _word,
    "assign": _assign,
    "plan": _plan,
    "close": _close,
    "reopen": _reopen,
}
