"""The website: what pages of the shop ask (for anybody), and our own page about it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.limits import Policy, Shared, Verdict
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode
from keepwell.outreach.channels.onsite import labels, queries, services
from keepwell.outreach.channels.onsite.contracts import (
    Event,
    NoSuchSiteError,
    Notice,
    OnsiteError,
    RefusedError,
    TooOftenError,
    Visitor,
)
from keepwell.outreach.content import labels as content_labels
from keepwell.outreach.content.queries import addressing
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.contracts import AccountView
from keepwell.web.public.pages import public
from keepwell.web.shell import render

BODY_MAX = 4_096
CLOSED_MAX = 50
NOTICE_DAYS, NOTICE_PRIORITY = 14, 30
# A page asks once when it opens. Everybody behind one address of a company counts together.
PER_CALLER = Policy("site", 240, 60)
PER_CUSTOMER = Policy("site-customer", 60, 60)
LIMITS = Shared()
SCRIPT = Path(__file__).parent.parent / "static" / "keepwell" / "site.js"


@cache
def _script() -> tuple[bytes, str]:
    body = SCRIPT.read_bytes()
    return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'


@login_not_required
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script that a page of the shop includes."""
    body, tag = _script()
    if request.headers.get("If-None-Match") == tag:
        return _open_to_all(HttpResponse(status=304), tag)
    return _open_to_all(HttpResponse(body, content_type="text/javascript; charset=utf-8"), tag)


def _open_to_all(response: HttpResponse, tag: str) -> HttpResponse:
    # Any page may load it, also with a checksum of its own (subresource integrity asks for CORS).
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["ETag"] = tag
    response["Cache-Control"] = "public, max-age=3600"
    return response


@public
@require_http_methods(["POST", "OPTIONS"])
def ask(request: HttpRequest) -> HttpResponse:
    """What a page shows now: {"notice": null} or one; only to pages of the origins that are set."""
    origin = request.headers.get("Origin", "")
    if request.method == "OPTIONS":
        return _preflight(origin)
    said = _said(request)
    if said is None:
        return _answer({"error": "unreadable"}, origin, 400)
    visitor = _visitor(said)
    key = _text(said, "key", 64)
    if (waiting := _too_many(request)) is not None:
        return waiting
    limit = Limit(f"{key} {visitor.customer_id}", PER_CUSTOMER)
    try:
        notice = services.ask(key=key, origin=origin, visitor=visitor, now=clock.now(), admit=limit)
    except NoSuchSiteError:
        return _answer({"error": "no_such_site"}, "", 404)
    except TooOftenError:
        return _wait(request, limit.verdict)
    except RefusedError as error:
        # A page of nobody we know is told nothing that its browser would hand on.
        return _answer({"error": error.code}, origin if error.code != "origin" else "", 403)
    return _answer({"notice": _shown(notice) if notice else None}, origin)


@public
@require_http_methods(["POST", "OPTIONS"])
def event(request: HttpRequest) -> HttpResponse:
    """Something was seen, pressed or closed."""
    origin = request.headers.get("Origin", "")
    if request.method == "OPTIONS":
        return _preflight(origin)
    said = _said(request)
    kind = said.get("event") if said else None
    if said is None or kind not in list(Event):
        return _answer({"error": "unreadable"}, origin, 400)
    key = _text(said, "key", 64)
    if (waiting := _too_many(request)) is not None:
        return waiting
    try:
        _row, account = queries.site(key)
    except NoSuchSiteError:
        return _answer({"error": "no_such_site"}, "", 404)
    if not queries.may_ask(origin, account):
        return _answer({"error": "origin"}, "", 403)
    if not services.note(token=_text(said, "token", 80), event=Event(kind), now=clock.now()):
        return _answer({"error": "token"}, origin, 403)
    return _answer({}, origin)


def _said(request: HttpRequest) -> dict[str, Any] | None:
    """The JSON object of the body, whatever type it says it has; None where it is none."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length[:12]) > BODY_MAX or len(request.body) > BODY_MAX:
        return None
    try:
        found = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _text(said: dict[str, Any], name: str, length: int) -> str:
    value = said.get(name, "")
    # A database may refuse a text with NUL in it; no number or key of ours has one.
    return value.replace("\0", "")[:length] if isinstance(value, str) else ""


def _visitor(said: dict[str, Any]) -> Visitor:
    issued, closed = said.get("issued"), said.get("closed")
    language = _text(said, "language", 35)
    return Visitor(
        customer_id=_text(said, "customer", 64),
        issued=issued if isinstance(issued, int) and not isinstance(issued, bool) else 0,
        signature=_text(said, "signature", 64),
        language=addressing.spoken(language, "", tuple(dict(settings.LANGUAGES))) if language else "en",
        closed=tuple(one for one in closed[:CLOSED_MAX] if isinstance(one, str))
        if isinstance(closed, list)
        else (),
    )


def _too_many(request: HttpRequest) -> HttpResponse | None:
    # By address alone: whoever makes keys up would have a quota for each of them.
    verdict = LIMITS.take(get_adapter(request).get_client_ip(request), PER_CALLER)
    return None if verdict.allowed else _wait(request, verdict)


class Limit:
    """Whether a customer may ask once more; counted only when asked, so that others cannot use it up."""

    def __init__(self, caller: str, policy: Policy) -> None:
        self._caller, self._policy = caller, policy
        self.verdict: Verdict | None = None

    def __call__(self) -> bool:
        """Count it."""
        self.verdict = LIMITS.take(self._caller, self._policy)
        return self.verdict.allowed


def _wait(request: HttpRequest, verdict: Verdict | None) -> HttpResponse:
    response = _answer({"error": "too_many"}, request.headers.get("Origin", ""), 429)
    for name, value in verdict.headers().items() if verdict else ():
        response[name] = value
    return response


def _answer(body: dict[str, Any], origin: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(body), content_type="application/json", status=status)
    if origin:
        response["Access-Control-Allow-Origin"] = origin
    response["Vary"] = "Origin"
    return response


def _preflight(origin: str) -> HttpResponse:
    """Which pages may ask with a type of their own; the script asks in a way that needs no such question."""
    response = HttpResponse(status=204)
    if origin and queries.origin_known(origin):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = "Content-Type"
        response["Access-Control-Max-Age"] = "86400"
    response["Vary"] = "Origin"
    return response


def _shown(notice: Notice) -> dict[str, str]:
    known = dict(settings.LANGUAGES)
    language = addressing.spoken(notice.language, "", tuple(known))
    with translation.override(language if language in known else "en"):
        close = pgettext("button of a banner", "Close")
    return {
        **asdict(notice),
        "language": translation.to_locale(notice.language).replace("_", "-"),
        "close": close,
    }


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What pages of the shop show: the snippet, what is for everybody, how often it was seen."""
    access.require(request.user, Permission.VIEW_PLANS)
    return _page(request, {}, "")


@require_POST
def add(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show a text to everybody who comes."""
    access.require(request.user, Permission.SAVE_PLANS)
    found = _site(account_id)
    typed = {
        name: request.POST.get(name, "").strip() for name in ("template", "starts_on", "ends_on", "priority")
    }
    starts, ends = parse_date_or_none(typed["starts_on"]), parse_date_or_none(typed["ends_on"])
    priority = int(typed["priority"]) if typed["priority"].isdecimal() and len(typed["priority"]) < 4 else -1
    if starts is None or ends is None:
        return _page(request, typed, "period")
    try:
        services.add_notice(
            channel=found.channel,
            template_code=typed["template"],
            priority=priority,
            starts_at=starts,
            ends_at=ends + timedelta(days=1),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except OnsiteError as error:
        return _page(request, typed, error.code)
    messages.success(request, _("It is shown to everybody who comes and is not known."))
    return HttpResponseRedirect(reverse("onsite"))


@require_POST
def act(request: HttpRequest, notice_id: int, action: str) -> HttpResponse:
    """Show it no more, or again."""
    access.require(request.user, Permission.SAVE_PLANS)
    if action not in ("stop", "resume"):
        raise Http404
    try:
        services.stop_notice(
            notice_id=notice_id,
            stopped=action == "stop",
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except OnsiteError as error:
        raise Http404 from error
    messages.success(request, _("It is shown no more.") if action == "stop" else _("It is shown again."))
    return HttpResponseRedirect(reverse("onsite"))


@require_GET
def sample(request: HttpRequest, account_id: int) -> HttpResponse:
    """A page such as the shop's own, with the script in it."""
    access.require(request.user, Permission.VIEW_PLANS)
    found = _site(account_id)
    code = request.GET.get("template", "")
    context = {
        "code": code,
        "ask": reverse("onsite_sample_notice", args=[found.account_id])
        + (f"?template={code}" if code else ""),
        "language": translation.get_language(),
    }
    return TemplateResponse(request, "keepwell/onsite/sample.html", context)


@require_GET
def sample_notice(request: HttpRequest, account_id: int) -> HttpResponse:
    """What the page of the sample shows: a text in use with examples of its values; nothing is kept."""
    access.require(request.user, Permission.VIEW_PLANS)
    found = _site(account_id)
    notice = services.example(
        channel=found.channel,
        template_code=request.GET.get("template", ""),
        language=translation.get_language() or "en",
        now=clock.now(),
    )
    return JsonResponse({"notice": _shown(notice) if notice else None})


def parse_date_or_none(value: str) -> datetime | None:
    """The beginning of a day on our clock."""
    try:
        day = parse_date(value)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def _site(account_id: int) -> AccountView:
    found = sending.account(account_id)
    provider = registry.providers().get(found.provider) if found else None
    if found is None or provider is None or provider.contract.mode is not Mode.NEXT_VISIT:
        raise Http404
    return found


def _page(request: HttpRequest, typed: dict[str, str], problem: str) -> HttpResponse:
    now = clock.now()
    today = timezone.localtime(now).date()
    home = settings.KEEPWELL_URL.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    sites = [
        {
            "account": one,
            "label": registry.provider(one.provider).label,
            "is_web": one.channel == "web",
            "key": one.token,
            "origins": one.values.get("origins", "").split(),
            "templates": queries.templates(one.channel),
            "notices": [_row(notice, now) for notice in queries.notices(one.channel)],
            "waiting": queries.waiting(one.channel),
            "shown": queries.shown(one.channel),
        }
        for one in sending.accounts()
        if one.active
        and one.provider in registry.providers()
        and registry.provider(one.provider).contract.mode is Mode.NEXT_VISIT
    ]
    context = {
        "title": _("On the website"),
        "sites": sites,
        "home": home,
        "script": home + reverse("site_script"),
        "is_public": bool(settings.KEEPWELL_URL),
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "may_set_up": access.may(request.user, Permission.MANAGE_INTEGRATIONS),
        "typed": {
            "starts_on": today.isoformat(),
            "ends_on": (today + timedelta(days=NOTICE_DAYS)).isoformat(),
            "priority": str(NOTICE_PRIORITY),
            **typed,
        },
        "problem": labels.PROBLEM.get(problem, problem),
        "now": now,
    }
    return render(request, "keepwell/onsite/page.html", context, status=422 if problem else 200)


def _row(one: Any, now: datetime) -> dict[str, Any]:
    if one.stopped_at is not None:
        state = "stopped"
    elif one.ends_at <= now:
        state = "over"
    else:
        state = "planned" if one.starts_at > now else "shown"
    return {"one": one, "state": state, "form": content_labels.KIND.get(one.form, one.form)}
