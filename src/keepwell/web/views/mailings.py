"""Mailings: one text to one segment, from the draft to what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers.labels import CHANNEL, PURPOSE
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.controls.contracts import CONTROL_SHARE
from keepwell.outreach.mailings import labels, queries, services
from keepwell.outreach.mailings.contracts import (
    KEEP_TRYING_DAYS,
    PRIORITY,
    MailingError,
    MailingView,
    Progress,
    Status,
)
from keepwell.outreach.mailings.services.drafting import CHANNELS, Plan
from keepwell.outreach.policy.words import CAUSE
from keepwell.outreach.sending import labels as sending_labels
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.web import exports
from keepwell.web.lifts import panel as effect_panel
from keepwell.web.mailings import roles, ways
from keepwell.web.shell import render

HEADER = ("customer_id", "status", "reason", "standing", "at", "channel")
STEPS = (
    ("sent", gettext_lazy("Sent")),
    ("delivered", gettext_lazy("Delivered")),
    ("opened", gettext_lazy("Opened")),
    ("clicked", gettext_lazy("Clicked")),
)


def listed(request: HttpRequest) -> HttpResponse:
    """Every mailing, the newest first."""
    access.require(request.user, Permission.VIEW_PLANS)
    names = segments.names()
    context = {
        "title": _("Mailings"),
        "rows": [
            {
                "one": one,
                "status": _state(one),
                "segment": names.get(one.segment_id, ""),
                "channel": ways.said(one),
                "to_role": roles.said(one.role),
            }
            for one in queries.mailings()
        ],
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "now": clock.now(),
    }
    return render(request, "keepwell/mailings/list.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Begin one."""
    access.require(request.user, Permission.SAVE_PLANS)
    if request.method != "POST":
        return _form(request, None, _blank(request), {})
    try:
        made = services.create(plan=_typed(request), actor=request.user.get_username(), now=clock.now())
    except MailingError as error:
        return _form(request, None, _again(request), error.problems)
    return HttpResponseRedirect(reverse("mailing", args=[made.mailing_id]))


def mailing(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """A draft with what it would do, or what became of it."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = _found(mailing_id)
    if request.method == "POST":
        access.require(request.user, Permission.SAVE_PLANS)
        return _save(request, one)
    if one.status is Status.DRAFT:
        return _form(request, one, _of(one, _zone(request)), {})
    context = {
        "title": one.name,
        **_progress(request, one),
        **effect_panel.place(request, "mailing", one.mailing_id),
    }
    return render(request, "keepwell/mailings/one.html", context, fragment="keepwell/mailings/_progress.html")


def audience(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """Who would get a draft at this moment, and who not and why; a part of its page."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = _found(mailing_id)
    now = clock.now()
    found = queries.audience(one, now=now)
    outcomes = sorted(found.outcomes.items(), key=_outcome_place)
    context = {
        "one": one,
        "found": found,
        "outcomes": [(_outcome(code), count, count / max(found.asked, 1)) for code, count in outcomes],
        "ways": ways.before(one, found),
        "hours": ways.hours(found),
        "names": ways.names(found),
        "to_role": roles.said(one.role),
        "example": roles.example(request.user, found),
        "problems": _worded(queries.problems(one, now=now)),
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
    }
    return render(
        request, "keepwell/mailings/_audience.html", context, fragment="keepwell/mailings/_audience.html"
    )


@require_POST
def confirm(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """Let it go, by the number of its members."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = _found(mailing_id)
    typed = request.POST.get("typed", "").replace(",", "").replace(" ", "")
    try:
        services.confirm(
            mailing_id=mailing_id,
            revision=_whole(request.POST.get("revision", "")) or 0,
            typed=_whole(typed),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except MailingError as error:
        if error.problems.get("") == "not_draft":
            return _confirmed_before(request, mailing_id)
        return _form(request, one, _of(one, _zone(request)), error.problems)
    messages.success(request, _("Confirmed. Its messages are being prepared."))
    return HttpResponseRedirect(reverse("mailing", args=[mailing_id]))


@require_POST
def act(request: HttpRequest, mailing_id: int, action: str) -> HttpResponse:
    """Pause, resume, stop, or throw a draft away."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = _found(mailing_id)
    who: dict[str, Any] = {"mailing_id": mailing_id, "actor": request.user.get_username(), "now": clock.now()}
    back = reverse("mailing", args=[mailing_id])
    try:
        if action == "pause":
            services.pause(**who, reason=request.POST.get("reason", ""))
        elif action == "resume":
            services.resume(**who)
        elif action == "stop":
            services.stop(**who, reason=request.POST.get("reason", ""))
            messages.success(request, _("Stopped. What had not gone yet will not go."))
        elif action == "discard":
            services.discard(revision=one.revision, **who)
            messages.success(request, _("Thrown away; nothing was sent."))
            back = reverse("mailings")
        else:
            raise Http404
    except MailingError as error:
        messages.error(request, " ".join(_worded(error.problems).values()))
    return HttpResponseRedirect(back)


def export(request: HttpRequest, mailing_id: str, kind: str) -> HttpResponseBase:
    """Every member and what became of their message."""
    access.require(request.user, Permission.VIEW_PLANS)
    if access.require(request.user, Permission.EXPORT_CUSTOMERS) is not Reach.ALL:
        raise Http404
    one = _found(int(mailing_id))
    audit.log(
        actor=request.user.get_username(),
        action="mailing.export",
        object_type="mailing",
        object_id=mailing_id,
        details={"kind": kind},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, _lines(one), f"keepwell-mailing-{one.mailing_id}")


def _lines(one: MailingView) -> Iterator[tuple[Any, ...]]:
    yield from sending.of_origin(one.origin)
    for customer_id, code, figure in queries.left_out(one):
        yield (customer_id, "left_out", f"{code} {figure}".strip(), "", None, "")


def _found(mailing_id: int) -> MailingView:
    one = queries.mailing(mailing_id)
    if one is None:
        raise Http404
    return one


def _save(request: HttpRequest, one: MailingView) -> HttpResponse:
    try:
        services.change(
            mailing_id=one.mailing_id,
            revision=_whole(request.POST.get("revision", "")) or 0,
            plan=_typed(request),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except MailingError as error:
        if error.problems.get("") == "not_draft":
            return _confirmed_before(request, one.mailing_id)
        return _form(request, one, _again(request), error.problems)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("mailing", args=[one.mailing_id]))


def _confirmed_before(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """Whoever clicked twice, or had an older page open, sees what becomes of it, and no form."""
    messages.info(request, str(labels.PROBLEM["not_draft"]))
    return HttpResponseRedirect(reverse("mailing", args=[mailing_id]))


def _form(
    request: HttpRequest, one: MailingView | None, typed: Mapping[str, Any], problems: Mapping[str, str]
) -> HttpResponse:
    user: Any = request.user
    kinds = tuple(CHANNELS)
    context = {
        "title": one.name if one else _("New mailing"),
        "one": one,
        "typed": typed,
        "errors": _worded(problems),
        "segments": [
            (str(row.segment_id), row.name, row.size)
            for row in segments.segments(user)
            if not row.archived_at
        ],
        "templates": [
            (row.code, row.name, _channels_said(row.kind), PURPOSE.get(row.purpose, row.purpose))
            for row in content.templates(status="published")
            if row.kind in kinds
        ],
        "touchpoints": places(),
        "roles": roles.choices(),
        "ways": ways.rows(typed, _worded(problems)),
        "way_texts": ways.texts(kinds),
        "may_write": access.may(user, Permission.SAVE_PLANS),
        "now": clock.now(),
    }
    return render(request, "keepwell/mailings/draft.html", context, status=422 if problems else 200)


def places() -> list[tuple[str, str, int]]:
    """The touchpoints of the map, those with planned texts first, each with how many."""
    planned = tailoring.planned()
    named = [(code, name, planned.get(code, 0)) for code, name in tailoring.places_named().items()]
    return sorted(named, key=lambda one: (not one[2], one[1].casefold()))


def _channels_said(kind: Any) -> str:
    return " / ".join(str(CHANNEL.get(code, code)) for code in CHANNELS[kind])


def _typed(request: HttpRequest) -> Plan:
    given = request.POST
    return Plan(
        name=given.get("name", ""),
        segment_id=_whole(given.get("segment_id", "")),
        template_code=given.get("template_code", ""),
        channel=given.get("channel", ""),
        send_at=_moment(given.get("send_at", ""), _zone(request)),
        keep_trying_days=_whole(given.get("keep_trying_days", "")),
        priority=_whole(given.get("priority", "")),
        touchpoint=given.get("touchpoint", ""),
        role=given.get("role", ""),
        control_share=_share(given.get("control_share", "")),
        others=ways.typed(given),
        best_hour="best_hour" in given,
        from_manager="from_manager" in given,
    )


def _share(text: str) -> float | None:
    """A share that was typed in percent; the usual one where the form does not ask."""
    typed = text.replace("%", "").replace(",", ".").strip()
    try:
        return round(float(typed) / 100, 6) if typed else CONTROL_SHARE
    except ValueError:
        return None


def _again(request: HttpRequest) -> dict[str, Any]:
    """What was typed, as it was typed."""
    return {**request.POST.dict(), "others": request.POST.getlist("other")}


def _blank(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET
    return {
        "segment_id": asked.get("segment", ""),
        "template_code": asked.get("template", ""),
        "keep_trying_days": KEEP_TRYING_DAYS,
        "priority": PRIORITY,
        "control_share": f"{100 * CONTROL_SHARE:g}",
    }


def _of(one: MailingView, zone: ZoneInfo) -> dict[str, Any]:
    local = one.send_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if one.send_at else ""
    return {
        "name": one.name,
        "segment_id": str(one.segment_id),
        "template_code": one.template_code,
        "channel": one.channel,
        "send_at": local,
        "keep_trying_days": one.keep_trying_days,
        "priority": one.priority,
        "touchpoint": one.touchpoint,
        "role": one.role,
        "control_share": f"{100 * one.chosen_share:g}",
        "others": [f"{way.channel}:{way.template_code}" for way in one.others],
        "best_hour": one.best_hour,
        "from_manager": one.from_manager,
    }


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A time as the writer's clock says it; None for nothing, MailingError for nonsense."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise MailingError({"send_at": "no_time"}) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _zone(request: HttpRequest) -> ZoneInfo:
    user: Any = request.user
    return users.zone_of(user)


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _worded(problems: Mapping[str, str]) -> dict[str, str]:
    return {name or "all": str(labels.PROBLEM.get(code, code)) for name, code in problems.items()}


def _outcome_place(item: tuple[str, int]) -> tuple[int, int]:
    """Who gets it first, then who gets it later, then the others by number."""
    code, count = item
    return (0 if code == "allowed" else 1 if code.startswith("later:") else 2, -count)


def _outcome(code: str) -> str:
    if code.startswith("later:"):
        cause = code.removeprefix("later:")
        return _("later: %(cause)s") % {"cause": CAUSE.get(cause, cause)}
    return str(labels.OUTCOME.get(code) or CAUSE.get(code, code))


def _state(one: MailingView) -> dict[str, Any]:
    live = one.status in (Status.PREPARING, Status.GOING)
    return {
        "code": one.status,
        "word": _("paused") if one.paused and live else labels.STATUS[one.status],
        "is_live": live,
    }


def _progress(request: HttpRequest, one: MailingView) -> dict[str, Any]:
    found = queries.progress(one)
    prepared = one.planned + one.left_out + one.control
    return {
        "one": one,
        "state": _state(one),
        "segment": segments.names().get(one.segment_id, ""),
        "channel": ways.said(one),
        "to_role": roles.said(one.role),
        "ways": ways.after(one, found),
        "touchpoint": tailoring.places_named().get(one.touchpoint, one.touchpoint),
        "found": found,
        "prepared": prepared,
        "share": prepared / one.audience if one.audience else 1.0,
        "gone_share": _gone(found) / max(found.messages, 1),
        "steps": _steps(one, found),
        "statuses": [
            (str(word), found.statuses[code])
            for code, word in sending_labels.MESSAGE_STATUS.items()
            if found.statuses.get(code)
        ],
        "bad": [
            (str(sending_labels.STANDING[code]), found.standings[code])
            for code in ("bounced", "unsubscribed", "complained")
            if found.standings.get(code)
        ],
        "reasons": _reasons(found),
        "problem": _worded(queries.problems(one, now=clock.now())).get("marks", "")
        if one.status in (Status.PREPARING, Status.GOING)
        else "",
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
        "now": clock.now(),
    }


def _gone(found: Progress) -> int:
    return sum(count for code, count in found.statuses.items() if code not in ("waiting", "held", "sending"))


def _steps(one: MailingView, found: Progress) -> list[tuple[str, int, float]]:
    """The way of a mailing: members, messages, and how far they came, each as a share of the members."""
    counts = [(_("Members"), one.audience)]
    if one.control_share:
        counts.append((_("Kept as control"), one.control))
    counts.append((_("Messages made"), one.planned))
    for code, word in STEPS:
        counts.append((str(word), found.came_to(code)))
    return [(name, count, count / max(one.audience, 1)) for name, count in counts]


def _reasons(found: Progress) -> list[tuple[str, str, int]]:
    """Why messages were not made, withheld, put off or lost: kind, reason, how many."""
    rows = [
        (_("left out"), str(labels.LEFT_OUT.get(code, code)), count) for code, count in found.left_out.items()
    ]
    for (status, code), count in found.reasons.items():
        word = CAUSE.get(code) or sending_labels.FAILURE.get(code, code)
        kind = _("put off") if status == "waiting" else str(sending_labels.MESSAGE_STATUS[status])
        rows.append((kind, str(word), count))
    return sorted(rows, key=lambda row: -row[2])
