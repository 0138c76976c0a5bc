"""The steps of a case, as its page's forms ask for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach import users
from keepwell.plays.winback import services
from keepwell.plays.winback.contracts import CaseError
from keepwell.plays.winback.queries import cases
from keepwell.web.shell import render
from keepwell.web.views.winback import gate, page
from keepwell.web.winback import forms, words


@require_POST
def act(request: HttpRequest, case_id: int, action: str) -> HttpResponse:
    """Take one step of a case; what does not go says why, with what was typed."""
    if action not in ACTIONS and action != "preview":
        raise Http404
    gate(request, Permission.CHANGE_TASKS, case_id)
    user = cast(Any, request.user)
    zone, now = users.zone_of(user), clock.now()
    if action == "preview":
        return preview(request, case_id, zone, now)
    try:
        ACTIONS[action](request, case_id, zone, now)
    except (CaseError, ValidationError) as error:
        text = error.messages[0] if isinstance(error, ValidationError) else str(error)
        typed = request.POST if action == "plan" else None
        said = request.POST if action in ("analyse", "diagnose") else None
        return page(request, case_id, error=text, typed=typed, said=said)
    messages.success(request, _("Noted."))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("winback_case", args=[case_id])
    return HttpResponseRedirect(back)


def preview(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> HttpResponse:
    """What the plan that is being typed costs and keeps."""
    try:
        found = cases.preview(case_id, forms.wanted(request.POST, zone), now=now)
    except CaseError as error:
        context: dict[str, Any] = {"verdict": None, "problem": str(error)}
    else:
        context = {"verdict": words.verdict(found) if found else None}
    return render(
        request, "keepwell/winback/_verdict.html", context, fragment="keepwell/winback/_verdict.html"
    )


def _by(request: HttpRequest, case_id: int, now: datetime) -> dict[str, Any]:
    return {"case_id": case_id, "actor": request.user.get_username(), "now": now}


def _analyse(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    post = request.POST
    main = post.get("main", "")
    chosen = [one for one in (main, *post.getlist("cause")) if one]
    services.analyse(
        **_by(request, case_id, now),
        causes=chosen,
        asked=post.get("asked", ""),
        obstacles=post.getlist("obstacle"),
        competitor=post.get("competitor", ""),
        competitor_reason=post.get("competitor_reason", ""),
        said=post.get("said", ""),
        interview=forms.interview(post),
    )


def _diagnose(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.diagnose(
        **_by(request, case_id, now),
        obstacles=request.POST.getlist("obstacle"),
        interview=forms.interview(request.POST),
    )


def _plan(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.plan(**_by(request, case_id, now), wanted=forms.wanted(request.POST, zone))


def _ask(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    user = cast(Any, request.user)
    services.ask(case_id=case_id, user=user, reason=request.POST.get("reason", ""), now=now)


def _withdraw(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.withdraw(**_by(request, case_id, now))


def _start(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.start(**_by(request, case_id, now), user=cast(Any, request.user))


def _revise(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.revise(**_by(request, case_id, now))


def _win(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.win(**_by(request, case_id, now), note=request.POST.get("note", ""))


def _lose(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    post = request.POST
    services.lose(**_by(request, case_id, now), result=post.get("result", ""), lesson=post.get("lesson", ""))


def _close(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    post = request.POST
    services.close(**_by(request, case_id, now), result=post.get("result", ""), lesson=post.get("lesson", ""))


def _care(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.care(**_by(request, case_id, now), acts=forms.acts(request.POST, zone))


def _satisfaction(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    score = forms.number(request.POST.get("score", "")) or 0
    services.record_satisfaction(**_by(request, case_id, now), score=score, said=request.POST.get("said", ""))


def _finish(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    post = request.POST
    worked = {
        number: post[name]
        for name in post
        if name.startswith("worked.") and (number := forms.number(name.removeprefix("worked."))) is not None
    }
    services.finish(
        **_by(request, case_id, now),
        result=post.get("result", ""),
        lesson=post.get("lesson", ""),
        worked=worked,
    )


def _reopen(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    services.reopen(**_by(request, case_id, now))


def _assign(request: HttpRequest, case_id: int, zone: ZoneInfo, now: datetime) -> None:
    owner = forms.number(request.POST.get("owner", ""))
    if owner is None:
        raise CaseError(_("Please choose a colleague."))
    services.assign(**_by(request, case_id, now), owner_id=owner)


ACTIONS: dict[str, Callable[[HttpRequest, int, ZoneInfo, datetime], None]] = {
    "analyse": _analyse,
    "diagnose": _diagnose,
    "plan": _plan,
    "ask": _ask,
    "withdraw": _withdraw,
    "start": _start,
    "revise": _revise,
    "win": _win,
    "lose": _lose,
    "close": _close,
    "care": _care,
    "satisfaction": _satisfaction,
    "finish": _finish,
    "reopen": _reopen,
    "assign": _assign,
}
