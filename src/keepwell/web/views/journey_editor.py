"""The editor of journeys: the drawing, the panel of a place, and one change after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.insight.segments import access as segment_access
from keepwell.outreach.journeys import labels, queries, services
from keepwell.outreach.journeys.contracts import (
    ACTOR,
    DefinitionError,
    JourneyError,
    JourneyView,
    Severity,
    VersionStatus,
    VersionView,
)
from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.editing import EditError, Way
from keepwell.outreach.journeys.core.graph import Branch, Definition
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.core.writing import to_json
from keepwell.web.journeys import drawing, panels, showing, steps, trials
from keepwell.web.journeys.panels import Panel, Piece
from keepwell.web.shell import render, wants_fragment

Change = Callable[[Definition], Definition]
# What a change is called where it can be taken back.
WHAT = {
    "insert": pgettext_lazy("change of a journey", "a step added"),
    "save": pgettext_lazy("change of a journey", "a step changed"),
    "remove": pgettext_lazy("change of a journey", "a step taken out"),
    "move": pgettext_lazy("change of a journey", "a step moved"),
    "reconnect": pgettext_lazy("change of a journey", "a way led elsewhere"),
    "case": pgettext_lazy("change of a journey", "a condition added"),
    "uncase": pgettext_lazy("change of a journey", "a condition taken away"),
    "unend": pgettext_lazy("change of a journey", "an ending taken away"),
    "": gettext_lazy("the last change"),
}


def new(request: HttpRequest) -> HttpResponse:
    """Name a journey and begin to draw it, from nothing or from another."""
    access.require(request.user, Permission.SAVE_PLANS)
    problem = ""
    typed = {name: request.POST.get(name, "").strip() for name in ("name", "description", "like")}
    if request.method == "POST":
        try:
            made = _begin(request, typed)
        except JourneyError as error:
            problem = labels.problem(error)
        else:
            return HttpResponseRedirect(reverse("journey_edit", args=[made.journey_id]))
    context = {
        "title": _("New journey"),
        "typed": typed,
        "problem": problem,
        "others": [(str(one.journey_id), one.name) for one in queries.journeys()],
    }
    return render(request, "keepwell/journeys/new.html", context, status=422 if problem else 200)


def _begin(request: HttpRequest, typed: dict[str, str]) -> JourneyView:
    actor, now = request.user.get_username(), clock.now()
    if not typed["like"].isdecimal():
        return services.begin(name=typed["name"], description=typed["description"], actor=actor, now=now)
    return services.copy(journey_id=int(typed["like"][:9]), name=typed["name"], actor=actor, now=now)


@require_POST
def copy(request: HttpRequest, journey_id: int) -> HttpResponse:
    """A journey of one's own with the steps of this one."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = _found(journey_id)
    name = _("%(name)s (copy)") % {"name": one.name[:100]}
    made = services.copy(journey_id=journey_id, name=name, actor=request.user.get_username(), now=clock.now())
    messages.success(request, _("Copied. The copy is yours to change."))
    return HttpResponseRedirect(reverse("journey_edit", args=[made.journey_id]))


@require_POST
def write(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Begin a new version, or go on with the one that is being written."""
    access.require(request.user, Permission.SAVE_PLANS)
    _found(journey_id)
    services.new_version(journey_id=journey_id, actor=request.user.get_username(), now=clock.now())
    return HttpResponseRedirect(reverse("journey_edit", args=[journey_id]))


def edit(request: HttpRequest, journey_id: int) -> HttpResponse:
    """The drawing with the panel of a place beside it."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = _found(journey_id)
    draft = one.draft
    if draft is None or draft.status is VersionStatus.APPROVED:
        error = JourneyError("no_draft" if draft is None else "approved")
        messages.info(request, labels.problem(error))
        return HttpResponseRedirect(reverse("journey", args=[journey_id]))
    place = request.GET.get("panel", "")
    plan = parse(draft.definition)
    if not panels.exists(place, plan):
        place = ""
    part = request.GET.get("part", "")
    context = _context(request, one, draft, place)
    fragment = {"panel": "keepwell/journeys/_panel.html", "canvas": "keepwell/journeys/_canvas.html"}.get(
        part
    )
    return render(request, "keepwell/journeys/edit.html", context, fragment=fragment)


@require_POST
def change(request: HttpRequest, journey_id: int) -> HttpResponse:
    """One change of the drawing, or another look at a form that is not kept yet."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = _found(journey_id)
    draft = one.draft
    if draft is None or draft.status is VersionStatus.APPROVED:
        error = JourneyError("no_draft" if draft is None else "approved")
        return _refused(request, one, labels.problem(error))
    place, do = request.POST.get("panel", ""), request.POST.get("do", "look")
    plan = parse(draft.definition)
    if not panels.exists(place, plan):
        return _refused(request, one, _("This step is not there any more."))
    data = to_json(plan)
    if do == "save":
        return _save(request, one, draft, place, data)
    if do in _CHANGES:
        return _change(request, one, do, place)
    if do in ("undo", "redo"):
        return _step_back(request, one, do)
    if do == "name":
        return _name(request, one)
    piece = panels.typed(place, request.POST, data)
    panels.act(piece, do)
    return _panel(request, one, draft, place, piece)


def _save(
    request: HttpRequest, one: JourneyView, draft: VersionView, place: str, data: dict[str, Any]
) -> HttpResponse:
    piece = panels.typed(place, request.POST, data)

    def change(plan: Definition) -> Definition:
        told = panels.put(place, piece, request.POST, to_json(plan))
        segment_access.access_named(request.user, told, data)
        return parse(told)

    try:
        _edit(request, one, change, "save")
    except (DefinitionError, panels.UnfinishedError) as error:
        return _panel(request, one, draft, place, piece, panels.why_not(error))
    except JourneyError as error:
        return _refused(request, one, labels.problem(error))
    verb, _sep, rest = place.partition(".")
    after = (
        "ends" if verb in ("goals", "exits") else f"step.{rest.partition('.')[0]}" if verb == "case" else ""
    )
    return _done(request, one, after)


def _change(request: HttpRequest, one: JourneyView, do: str, place: str) -> HttpResponse:
    after = [place if do in ("case", "uncase", "unend") else ""]
    try:
        _edit(request, one, lambda plan: _CHANGES[do](request, plan, after), do)
    except (DefinitionError, EditError) as error:
        return _refused(request, one, panels.why_not(error))
    except JourneyError as error:
        return _refused(request, one, labels.problem(error))
    return _done(request, one, after[0])


def _edit(request: HttpRequest, one: JourneyView, change: Change, what: str) -> None:
    services.edit(
        journey_id=one.journey_id,
        revision=_revision(request),
        change=change,
        what=what,
        actor=request.user.get_username(),
        now=clock.now(),
    )


def _step_back(request: HttpRequest, one: JourneyView, do: str) -> HttpResponse:
    given: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    step = services.undo if do == "undo" else services.redo
    try:
        step(journey_id=one.journey_id, revision=_revision(request), **given)
    except JourneyError as error:
        return _refused(request, one, labels.problem(error))
    return _done(request, one, "")


def _name(request: HttpRequest, one: JourneyView) -> HttpResponse:
    """Call the journey otherwise."""
    try:
        services.change(
            journey_id=one.journey_id,
            name=request.POST.get("name", ""),
            description=request.POST.get("description", "").strip(),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except JourneyError as error:
        return _refused(request, one, labels.problem(error))
    return _done(request, one, "")


def _revision(request: HttpRequest) -> int:
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1


def _insert(request: HttpRequest, plan: Definition, after: list[str]) -> Definition:
    kind = request.POST.get("kind", "")
    if kind not in steps.PALETTE:
        raise EditError("no_such_step")
    whole = to_json(plan)
    whole["steps"]["new_step"] = steps.new(kind)
    step = parse(whole).steps["new_step"]
    made, code = editing.insert(plan, Way.of(request.POST.get("way", "")), step)
    after[0] = f"step.{code}"
    return made


def _reconnect(request: HttpRequest, plan: Definition, after: list[str]) -> Definition:
    return editing.reconnect(plan, Way.of(request.POST.get("way", "")), request.POST.get("to", ""))


def _move(request: HttpRequest, plan: Definition, after: list[str]) -> Definition:
    code = request.POST.get("code", "")
    after[0] = f"step.{code}"
    return editing.move(plan, code, Way.of(request.POST.get("way", "")))


def _remove(request: HttpRequest, plan: Definition, after: list[str]) -> Definition:
    return editing.remove(plan, request.POST.get("code", ""))


def _case(request: HttpRequest, plan: Definition, after: list[str]) -> Definition:
    code = request.POST.get("code", "")
    if not isinstance(plan.steps.get(code), Branch):
        raise EditError("no_such_step")
    told = to_json(plan)
    step = told["steps"][code]
    step["cases"].append({"happened": {"fact": "orders", "where": []}, "next": step["otherwise"]})
    after[0] = f"case.{code}.{len(step['cases']) - 1}"
    return parse(told)


def _uncase(request: HttpRequest, plan: Definition, after: list[str]) -> Definition:
    code, _sep, n = request.POST.get("code", "").partition(".")
    told = to_json(plan)
    cases = told["steps"].get(code, {}).get("cases", [])
    if not n.isdecimal() or int(n) >= len(cases) or len(cases) < 2:
        raise EditError("no_such_step")
    cases.pop(int(n))
    return parse(told)


def _unend(request: HttpRequest, plan: Definition, after: list[str]) -> Definition:
    which, _sep, n = request.POST.get("ending", "").partition(".")
    told = to_json(plan)
    if which not in ("goals", "exits") or not n.isdecimal() or int(n) >= len(told[which]):
        raise EditError("no_such_step")
    told[which].pop(int(n))
    return parse(told)


_CHANGES: dict[str, Callable[[HttpRequest, Definition, list[str]], Definition]] = {
    "insert": _insert,
    "reconnect": _reconnect,
    "move": _move,
    "remove": _remove,
    "case": _case,
    "uncase": _uncase,
    "unend": _unend,
}


def _done(request: HttpRequest, one: JourneyView, place: str) -> HttpResponse:
    """The drawing as it is now, with the panel that follows."""
    if not wants_fragment(request):
        address = reverse("journey_edit", args=[one.journey_id])
        return HttpResponseRedirect(f"{address}?{urlencode({'panel': place})}" if place else address)
    now = _found(one.journey_id)
    assert now.draft is not None
    context = _context(request, now, now.draft, place)
    response = render(
        request, "keepwell/journeys/edit.html", context, fragment="keepwell/journeys/_editor.html"
    )
    response["HX-Retarget"] = "#kw-jed"
    return response


def _refused(request: HttpRequest, one: JourneyView, why: str) -> HttpResponse:
    """What is there now, and why the change was not made."""
    now = _found(one.journey_id)
    if now.draft is None or now.draft.status is VersionStatus.APPROVED or not wants_fragment(request):
        messages.error(request, why)
        address = reverse("journey_edit", args=[one.journey_id])
        response: HttpResponse = HttpResponseRedirect(address)
        if wants_fragment(request):
            response = HttpResponse()
            response["HX-Redirect"] = address
        return response
    context = {**_context(request, now, now.draft, ""), "refused": why}
    response = render(
        request, "keepwell/journeys/edit.html", context, fragment="keepwell/journeys/_editor.html"
    )
    response["HX-Retarget"] = "#kw-jed"
    return response


def _panel(
    request: HttpRequest, one: JourneyView, draft: VersionView, place: str, piece: Piece, error: str = ""
) -> HttpResponse:
    """The form again, as it was typed."""
    # Whoever typed on an older drawing is told when they save, not passed on to the newer one unseen.
    context = _context(request, one, draft, place, piece, error, retyped=_revision(request))
    response = render(
        request,
        "keepwell/journeys/edit.html",
        context,
        fragment="keepwell/journeys/_panel.html",
        status=422 if error and not wants_fragment(request) else 200,
    )
    response["HX-Retarget"] = "#kw-jed-panel"
    return response


def _context(
    request: HttpRequest,
    one: JourneyView,
    draft: VersionView,
    place: str,
    piece: Piece | None = None,
    error: str = "",
    retyped: int | None = None,
) -> dict[str, Any]:
    plan = parse(draft.definition)
    findings = services.check(plan)
    made = drawing.draw(plan, findings)
    piece = piece or panels.stored(place, to_json(plan))
    panel: Panel = showing.show(place, piece, plan, request.user, made)
    panel.error = error
    drawn = queries.drawn(draft.version_id)
    tried = trials.context(one.journey_id, draft.definition)
    if tried["trial"] and tried["trial"].found and tried["trial"].definition == draft.definition:
        found = tried["trial"].found
        drawing.count(made, found.ways, found.entries)
    return {
        "title": one.name,
        "one": one,
        "draft": draft,
        "saver": "Keepwell" if draft.updated_by == ACTOR else draft.updated_by,
        "drawing": made,
        "panel": panel,
        "errors": sum(1 for each in findings if each.severity is Severity.ERROR),
        "warnings": sum(1 for each in findings if each.severity is not Severity.ERROR),
        "undo": WHAT.get(drawn.undo, WHAT[""]) if drawn.undo is not None else "",
        "redo": WHAT.get(drawn.redo, WHAT[""]) if drawn.redo is not None else "",
        "revision": draft.revision if retyped is None else retyped,
        "is_editor": True,
        "canvas_url": reverse("journey_edit", args=[one.journey_id]),
        "now": clock.now(),
        "build_url": reverse("journey_draw", args=[one.journey_id]),
        "build_target": "#kw-jed-panel",
        "others_inside": one.inside if one.on else 0,
        **tried,
    }


def _found(journey_id: int) -> JourneyView:
    one = queries.journey(journey_id)
    if one is None:
        raise Http404
    return one
