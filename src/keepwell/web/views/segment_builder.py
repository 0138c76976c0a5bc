"""The builder of segments: conditions as fields, the count and a preview while one builds."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.insight.segments import access, queries, services
from keepwell.insight.segments.contracts import DefinitionError, SegmentError, SegmentView
from keepwell.insight.segments.queries import NoStoreError
from keepwell.web import segment_form
from keepwell.web.segment_fields import Shown
from keepwell.web.segment_form import Draft
from keepwell.web.shell import render

SAMPLE = 8


def new(request: HttpRequest) -> HttpResponse:
    """An empty builder with one condition to begin with."""
    accounts.require(request.user, Permission.CHANGE_SEGMENTS)
    root = Draft(segment_form.ROOT, is_group=True)
    root.children.append(Draft(f"{segment_form.ROOT}-0", is_group=False))
    return _page(request, root, {"name": "", "description": "", "shared": "private"}, None)


def edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The builder with a segment's present rule."""
    access.access_segment(request.user, Permission.CHANGE_SEGMENTS, segment_id)
    found = queries.segment(segment_id)
    assert found is not None
    root = segment_form.from_definition(found.definition)
    if root is None:
        messages.info(request, _("This rule is nested deeper than the builder shows; change it by the API."))
        return HttpResponseRedirect(reverse("segment", args=[segment_id]))
    typed = {"name": found.name, "description": found.description, "shared": found.shared}
    return _page(request, root, typed, found)


@require_POST
def build(request: HttpRequest) -> HttpResponse:
    """What is being built: changed by a button, counted, or saved."""
    accounts.require(request.user, Permission.CHANGE_SEGMENTS)
    number = request.POST.get("segment", "")
    found: SegmentView | None = None
    if number.isdecimal():
        access.access_segment(request.user, Permission.CHANGE_SEGMENTS, int(number))
        found = queries.segment(int(number))
    root = segment_form.read(request.POST)
    action = request.POST.get("do", "")
    if action and action != "save":
        segment_form.act(root, action)
    typed = {name: request.POST.get(name, "") for name in ("name", "description", "shared")}
    segment_form.settle(root)
    said = segment_form.definition(root, complete_only=True)
    access.access_named(request.user, said, found.definition if found else None)
    if action == "save":
        return _save(request, root, typed, found)
    if request.headers.get("HX-Target") == "kw-count":
        context = {**_counted(request, root), "problems": segment_form.problems(root)}
        return render(request, "keepwell/_segment_count.html", context)
    return _page(request, root, typed, found)


def _save(
    request: HttpRequest, root: Draft, typed: dict[str, str], found: SegmentView | None
) -> HttpResponse:
    problem = ""
    if segment_form.unfinished(root):
        problem = _("Some conditions are not complete yet. Complete them or take them away.")
    else:
        try:
            saved = services.save(
                name=typed["name"],
                description=typed["description"],
                shared=typed["shared"] or "private",
                definition=segment_form.definition(root),
                author_id=request.user.pk,
                actor=request.user.get_username(),
                segment_id=found.segment_id if found else None,
            )
        except (SegmentError, DefinitionError) as error:
            problem = str(error)
        else:
            services.fill(segment_id=saved.segment_id)
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return HttpResponseRedirect(reverse("segment", args=[saved.segment_id]))
    return _page(request, root, typed, found, problem=problem, status=422)


def _page(
    request: HttpRequest,
    root: Draft,
    typed: dict[str, str],
    found: SegmentView | None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    segment_form.settle(root)
    others = [
        one for one in queries.segments(request.user) if found is None or one.segment_id != found.segment_id
    ]
    context = {
        "title": _("Change the segment") if found else _("New segment"),
        "root": Shown(root, others),
        "typed": typed,
        "segment": found,
        "problem": problem,
        "shared_with": shared_choices(),
        "build_url": reverse("segment_build"),
        "build_target": "#kw-builder",
        **_counted(request, root),
    }
    return render(
        request,
        "keepwell/segment_builder.html",
        context,
        fragment="keepwell/_segment_form.html",
        status=status,
    )


def shared_choices() -> list[tuple[str, str]]:
    """Who may see a segment."""
    return [("private", _("Only me")), ("team", _("My team")), ("all", _("Everybody"))]


def _counted(request: HttpRequest, root: Draft) -> dict[str, Any]:
    """The count, some of the customers, and the rule in words; without what is not complete."""
    segment_form.settle(root)
    rule = segment_form.definition(root, complete_only=True)
    context: dict[str, Any] = {
        "unfinished": segment_form.unfinished(root),
        "sentence": queries.sentence(rule),
        "counted": None,
        "count_error": "",
        "sample": [],
    }
    try:
        counted = queries.count(rule, owner_ids=access.reach(request.user), sample=SAMPLE)
    except NoStoreError:
        context["count_error"] = _("There is nothing to count yet. The first cycle makes it possible.")
        return context
    except DefinitionError as error:
        context["count_error"] = error.message
        return context
    names = customers.names(counted.sample)
    context["counted"] = counted
    context["share"] = counted.size / counted.total if counted.total else None
    context["sample"] = [(one, names.get(one, one)) for one in counted.sample]
    return context
