"""Write a play: whom, arms, control, with what so many customers can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.insight.segments import queries as segments
from keepwell.insight.segments.access import access_segment
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import Kind as TextKind
from keepwell.outreach.labels import KIND as TASK_KIND
from keepwell.outreach.mailings.services.drafting import CHANNELS
from keepwell.plays import queries as treatments
from keepwell.plays.experiments import labels, planning, services
from keepwell.plays.experiments.contracts import ARMS_MAX, PlayError, PlayView, Primary, Status
from keepwell.plays.experiments.services.drafting import TASKS
from keepwell.web import play_typed, play_words
from keepwell.web.mailings import ways
from keepwell.web.shell import me, render
from keepwell.web.views.plays import found

PLANS_SHOWN = 10


def new(request: HttpRequest) -> HttpResponse:
    """Begin one; a segment or plan may be named by the address."""
    access.require(request.user, Permission.SAVE_PLANS)
    if request.method != "POST":
        return _form(request, None, play_typed.blank(request.GET.dict()), {})
    return _save(request, None)


def edit(request: HttpRequest, play_id: int) -> HttpResponse:
    """Change one that has not started; an approval holds no longer then."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = found(play_id)
    if request.method == "POST":
        return _save(request, one)
    return _form(request, one, play_typed.of(one), {})


def forecast(request: HttpRequest) -> HttpResponse:
    """What so many customers can show; a part of the form, read again when something changes."""
    access.require(request.user, Permission.SAVE_PLANS)
    said = play_typed.typed(request.GET)
    segment_id, plan_id, treatment = play_typed.whom(said["whom"])
    context: dict[str, Any] = {"lines": [], "enough": True}
    try:
        wanted = play_typed.values(said, owner_id=None)
        if segment_id:
            _require_segment(request, segment_id)
    except PlayError:
        wanted = None
    if wanted is not None and (segment_id or plan_id) and wanted.primary in tuple(Primary):
        cycle = insight.current_cycle()
        looked = planning.forecast(
            segment_id=segment_id,
            plan_id=plan_id,
            plan_treatment=treatment,
            primary=wanted.primary,
            control_share=min(max(wanted.control_share, 0.0), 0.95),
            treatments=max(1, len(wanted.arms)),
            outcome_days=min(max(wanted.outcome_days, 1), 730),
            now=clock.now(),
            wanted=wanted.smallest_effect if (wanted.smallest_effect or 0) > 0 else None,
        )
        context["lines"] = play_words.said(looked, cycle.currency if cycle else "")
        context["enough"] = looked.enough or looked.wanted is None
    page = "keepwell/plays/_forecast.html"
    return render(request, page, context, fragment=page)


def _save(request: HttpRequest, one: PlayView | None) -> HttpResponse:
    said = play_typed.typed(request.POST)
    if request.POST.get("do"):
        return _form(request, one, said, {}, status=200)
    who: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    try:
        values = play_typed.values(said, owner_id=one.owner_id if one else me(request))
        if not values.control_share:
            access.require(request.user, Permission.CHANGE_SETTINGS)
        if values.segment_id and (one is None or one.segment_id != values.segment_id):
            _require_segment(request, values.segment_id)
        if one is None:
            made = services.draft(values=values, **who)
        else:
            version = play_typed.whole(request.POST.get("version", "")) or 0
            made = services.change(play_id=one.play_id, version=version, values=values, **who)
    except PlayError as error:
        return _form(request, one, said, error.problems)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("play", args=[made.play_id]))


def _require_segment(request: HttpRequest, segment_id: int) -> None:
    """Let pass a segment that the person sees; raises PlayError."""
    user: Any = request.user
    try:
        access_segment(user, Permission.VIEW_SEGMENTS, segment_id)
    except PermissionDenied:
        raise PlayError({"segment_id": "no_segment"}) from None


def _form(
    request: HttpRequest,
    one: PlayView | None,
    said: play_typed.Typed,
    problems: Mapping[str, str],
    status: int | None = None,
) -> HttpResponse:
    errors = play_words.worded(problems)
    arms = [
        {
            "typed": arm,
            "place": place,
            "key": chr(ord("A") + place),
            "errors": {
                name: word
                for name in play_typed.ARM_FIELDS
                if (word := errors.get(f"arms_{place}_{name}")) is not None
            },
            "others": [
                {
                    "name": name,
                    "value": arm[name],
                    "cost": arm[f"{name}_cost"],
                    "treatment": arm[f"{name}_treatment"],
                    "error": errors.get(f"arms_{place}_others_{row}", ""),
                }
                for row, name in enumerate(play_typed.OTHERS)
            ],
        }
        for place, arm in enumerate(said["arms"])
    ]
    context = {
        "title": one.name if one else _("New play"),
        "one": one,
        "typed": said,
        "arms": arms,
        "errors": errors,
        "may_add": len(arms) < ARMS_MAX,
        "is_approved": one is not None and one.status is Status.APPROVED,
        "may_waive": access.may(request.user, Permission.CHANGE_SETTINGS),
        "primaries": list(labels.PRIMARY.items()),
        "kinds": list(labels.KIND.items()),
        "hours": [str(hour) for hour in range(24)],
        "task_kinds": [(code.value, TASK_KIND[code]) for code in TASKS],
        **_choices(request),
    }
    shown = status or (422 if problems else 200)
    return render(request, "keepwell/plays/form.html", context, status=shown)


def _choices(request: HttpRequest) -> dict[str, Any]:
    user: Any = request.user
    texts = content.templates(status="published")
    cycle = insight.current_cycle()
    return {
        "segments": [
            (f"segment:{row.segment_id}", row.name, row.size)
            for row in segments.segments(user)
            if not row.archived_at
        ],
        "plans": _plans(),
        "texts": [
            (row.code, row.name, " / ".join(str(CHANNEL.get(code, code)) for code in CHANNELS[row.kind]))
            for row in texts
            if row.kind in CHANNELS
        ],
        "way_texts": ways.texts(CHANNELS),
        "call_scripts": [(row.code, row.name) for row in texts if row.kind is TextKind.CALL_SCRIPT],
        "treatments": treatments.treatments(active_only=True),
        "currency": cycle.currency if cycle else "",
    }


def _plans() -> list[tuple[str, str, int]]:
    """The newest plans, whole and by treatment."""
    names = {one.code: one.name for one in treatments.treatments()}
    listed = []
    for plan in treatments.plans(PLANS_SHOWN):
        whole = _("Plan %(number)s") % {"number": plan.plan_id}
        listed.append((f"plan:{plan.plan_id}:", whole, plan.customers))
        for code, count in planning.plan_treatments(plan.plan_id):
            name = _("Plan %(number)s: %(treatment)s") % {
                "number": plan.plan_id,
                "treatment": names.get(code, code),
            }
            listed.append((f"plan:{plan.plan_id}:{code}", name, count))
    return listed
