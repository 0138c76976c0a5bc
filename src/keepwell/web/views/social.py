"""Social accounts: the matrix of accounts and groups of customers, what is planned, what came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.social import labels, queries, services
from keepwell.outreach.social.contracts import AccountView, SocialError
from keepwell.web import exports
from keepwell.web.shell import render

SEE, WRITE = Permission.VIEW_CONTENT, Permission.CHANGE_CONTENT
AHEAD, BEHIND = timedelta(days=60), timedelta(days=30)
FILE_MAX = 1_000_000


@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Which account says what to whom; what comes next; what was asked."""
    access.require(request.user, SEE)
    return _matrix(request, "")


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Accounts and figures out of pasted lines."""
    access.require(request.user, WRITE)
    text = request.POST.get("lines", "")[:FILE_MAX]
    try:
        done = services.import_csv(text=text, actor=request.user.get_username(), now=clock.now())
    except SocialError as error:
        return _matrix(request, str(labels.PROBLEM[error.problems["file"]]), text)
    count = ngettext("%(count)s figure", "%(count)s figures", done.figures) % {"count": done.figures}
    messages.success(
        request,
        _("Taken: %(figures)s, new accounts: %(accounts)s.") % {"figures": count, "accounts": done.accounts},
    )
    for number, code in done.refused[:10]:
        said = {"number": number, "why": labels.PROBLEM.get(code, code)}
        messages.warning(request, _("Line %(number)s was left out: %(why)s") % said)
    return HttpResponseRedirect(reverse("social"))


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The matrix as a file that can be taken in again."""
    access.require(request.user, WRITE)
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    header = ("platform", "name", "link", "owner", "on_date", "followers", "segment", "themes", "templates")
    return respond(header, _lines(request), "keepwell-social")


def new(request: HttpRequest) -> HttpResponse:
    """Add an account."""
    access.require(request.user, WRITE)
    if request.method != "POST":
        return _account(request, None, {}, {})
    return _save(request, None)


def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One account with all that is kept of it."""
    if request.method == "POST":
        access.require(request.user, WRITE)
        return _save(request, _found(account_id))
    access.require(request.user, SEE)
    return _account(request, _found(account_id), {}, {})


@require_POST
def keep(request: HttpRequest, account_id: int, what: str) -> HttpResponse:
    """Keep a cell of the matrix, a figure, a post, or a topic."""
    access.require(request.user, WRITE)
    found = _found(account_id)
    said = request.POST
    who: dict[str, Any] = {
        "account_id": account_id,
        "actor": request.user.get_username(),
        "now": clock.now(),
    }
    try:
        if what == "aim":
            segment_id = _number(said.get("segment", "")) or 0
            services.set_aim(
                segment_id=segment_id if segment_id in _segments(request) else 0,
                themes=said.get("themes", "").replace("，", ",").split(","),
                templates=said.getlist("template"),
                **who,
            )
        elif what == "followers":
            services.note_followers(
                on_date=_day(said.get("on_date", "")), followers=_number(said.get("followers", "")), **who
            )
        elif what == "post":
            services.save_post(
                on_date=_day(said.get("on_date", "")),
                title=said.get("title", ""),
                theme=said.get("theme", ""),
                template_code=said.get("template", ""),
                state=said.get("state", "planned"),
                link=said.get("link", ""),
                post_id=_number(said.get("post", "")),
                **who,
            )
        elif what == "topic":
            services.save_topic(
                kind=said.get("kind", ""),
                title=said.get("title", ""),
                opened_on=_day(said.get("opened_on", "")),
                closed_on=_day(said.get("closed_on", "")),
                participants=_number(said.get("participants", "")),
                answers=said.get("answers", ""),
                result=said.get("result", ""),
                topic_id=_number(said.get("topic", "")),
                **who,
            )
        else:
            raise Http404
    except SocialError as error:
        # A post that is there already has its own form, which shows what is kept.
        kept = {} if said.get("post") else {what: said}
        return _account(request, found, {}, {what: _words(error)}, status=422, said=kept)
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("social_account", args=[account_id]))


def _save(request: HttpRequest, found: AccountView | None) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("platform", "name", "link", "owner", "active")}
    try:
        account_id = services.save_account(
            platform=typed["platform"],
            name=typed["name"],
            link=typed["link"],
            owner_id=_number(typed["owner"]),
            active=bool(typed["active"]),
            account_id=found.account_id if found else None,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except SocialError as error:
        return _account(request, found, typed, {"account": _words(error)}, status=422)
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("social_account", args=[account_id]))


def _matrix(request: HttpRequest, problem: str, lines: str = "") -> HttpResponse:
    today = timezone.localtime(clock.now()).date()
    found = queries.accounts()
    shown = _segments(request)
    columns = sorted({aim.segment_id for one in found for aim in one.aims if aim.segment_id in shown})
    people = users.names([one.owner_id for one in found])
    rows = [
        {
            "one": one,
            "platform": labels.PLATFORM.get(one.platform, one.platform),
            "owner": people.get(one.owner_id or 0, ""),
            "cells": [{aim.segment_id: aim for aim in one.aims}.get(column) for column in columns],
        }
        for one in found
    ]
    context = {
        "title": _("Social accounts"),
        "rows": rows,
        "columns": [shown[column] for column in columns],
        "posts": [
            {"one": one, "state": labels.STATE[one.state]}
            for one in queries.posts(since=today - BEHIND, until=today + AHEAD)
        ],
        "topics": [{"one": one, "kind": labels.TOPIC[one.kind]} for one in queries.topics()[:50]],
        "may_write": access.may(request.user, WRITE),
        "problem": problem,
        "lines": lines,
    }
    return render(request, "keepwell/social/matrix.html", context, status=422 if problem else 200)


def _account(
    request: HttpRequest,
    found: AccountView | None,
    typed: dict[str, str],
    problems: dict[str, str],
    status: int = 200,
    said: dict[str, Any] | None = None,
) -> HttpResponse:
    shown = _segments(request)
    context = {
        "title": found.name if found else _("A new account"),
        "account": found,
        "typed": typed
        or {
            "platform": found.platform if found else "",
            "name": found.name if found else "",
            "link": found.link if found else "",
            "owner": str(found.owner_id or "") if found else "",
            "active": "on" if found is None or found.active else "",
        },
        "said": said or {},
        "problems": problems,
        "platforms": list(labels.PLATFORM.items()),
        "people": [(str(number), users.name_of(user)) for number, user in users.workers().items()],
        "segments": sorted(shown.items(), key=lambda one: one[1].casefold()),
        "aims": [(shown[aim.segment_id], aim) for aim in found.aims if aim.segment_id in shown]
        if found
        else [],
        "templates": [(one.code, one.name) for one in content.templates()],
        "posts": [
            {"one": one, "state": labels.STATE[one.state]}
            for one in queries.posts(account_id=found.account_id)
        ]
        if found
        else [],
        "states": list(labels.STATE.items()),
        "topics": [
            {"one": one, "kind": labels.TOPIC[one.kind]}
            for one in queries.topics(account_id=found.account_id)
        ]
        if found
        else [],
        "kinds": list(labels.TOPIC.items()),
        "today": timezone.localtime(clock.now()).date().isoformat(),
        "may_write": access.may(request.user, WRITE),
    }
    return render(request, "keepwell/social/account.html", context, status=status)


def _segments(request: HttpRequest) -> dict[int, str]:
    """Names of the segments that one may see; the others' cells are not shown."""
    if not access.may(request.user, Permission.VIEW_SEGMENTS):
        return {}
    return {one.segment_id: one.name for one in segments.segments(request.user)}


def _lines(request: HttpRequest) -> Iterator[tuple[Any, ...]]:
    shown = _segments(request)
    found = queries.accounts()
    people = {user.pk: user.get_username() for user in users.active()}
    for one in found:
        head = (one.platform, one.name, one.link, people.get(one.owner_id or 0, ""))
        for on_date, followers in one.followers:
            yield (*head, on_date, followers, "", "", "")
        for aim in one.aims:
            if aim.segment_id in shown:
                yield (*head, "", "", shown[aim.segment_id], ", ".join(aim.themes), ", ".join(aim.templates))
        if not one.followers and not one.aims:
            yield (*head, "", "", "", "", "")


def _found(account_id: int) -> AccountView:
    found = queries.account(account_id)
    if found is None:
        raise Http404
    return found


def _words(error: SocialError) -> str:
    return " ".join(str(labels.PROBLEM.get(code, code)) for code in error.problems.values())


def _number(said: str) -> int | None:
    return int(said) if said.isdecimal() and len(said) < 12 else None


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None
