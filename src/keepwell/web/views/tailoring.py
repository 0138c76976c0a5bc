"""Texts of a touchpoint by group and buying stage, what counts for a stage, and where a customer is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.customers.identity import queries as identity
from keepwell.customers.labels import PURPOSE
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import labels as content_labels
from keepwell.outreach.content import queries as content
from keepwell.outreach.tailoring import labels, queries, services
from keepwell.outreach.tailoring.contracts import (
    ANY,
    SIGNS,
    STAGES,
    TYPED,
    GroupView,
    PlanView,
    Rule,
    Stage,
    TailoringError,
)
from keepwell.outreach.tailoring.wording import KINDS, PLANNED
from keepwell.outreach.touchpoints import queries as touchpoints
from keepwell.outreach.touchpoints.contracts import TouchpointView
from keepwell.web import exports, formats
from keepwell.web.shell import render
from keepwell.web.touchpoints.shown import bought_words

COLUMNS = (*(str(one) for one in STAGES), ANY)
CELL = re.compile(r"^cell\.(\d{1,18})\.([a-z]*)$")
HEADER = ("touchpoint", "kind", "segment_id", "group", "stage", "customers", "text", "from")
SHADES = 4
NUMBERS = ("days", "product_times", "category_times")


def texts(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    """The matrix of a touchpoint for one kind of text; POST saves its texts."""
    access.require(request.user, Permission.VIEW_PLANS)
    point = _point(touchpoint_id)
    kind = _kind(request, point)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        access.require(request.user, Permission.SAVE_PLANS)
        try:
            changed = services.set_texts(
                touchpoint=point.code, kind=kind, values=_cells(request.POST), **_who(request)
            )
        except TailoringError as error:
            wrong = error.wrong
        else:
            said = ngettext("%(n)s text changed.", "%(n)s texts changed.", changed) % {"n": changed}
            messages.success(request, said if changed else _("Nothing was changed."))
            return HttpResponseRedirect(_address(touchpoint_id, kind))
    found = queries.plan(point.code, kind)
    known = {one.code: one for one in content.templates(kind=kind)}
    measured = next(
        (
            one
            for stage in touchpoints.the_map().stages
            for one in stage.touchpoints
            if one.touchpoint_id == touchpoint_id
        ),
        None,
    )
    present = {one.segment_id for one in found.groups}
    used = queries.used(point.code)
    context = {
        "title": _("Texts: %(touchpoint)s") % {"touchpoint": point.name},
        "one": point,
        "kind": kind,
        "kinds": [(code, content_labels.KIND[code], used.get(code, 0), code == kind) for code in PLANNED],
        "columns": [(column, _column(column)) for column in COLUMNS],
        "rows": matrix(found),
        "sentence": sentence(found),
        "bought": bought_words(measured.figures) if measured and measured.figures else "",
        "options": [
            (code, f"{one.name} · {PURPOSE.get(one.purpose, one.purpose)}")
            for code, one in known.items()
            if one.published is not None
        ],
        "segments": [
            (row.segment_id, row.name, row.size)
            for row in segments.segments(request.user)
            if row.archived_at is None and row.segment_id not in present
        ],
        "wrong": " ".join(wrong.values()),
        "counted_at": found.counted_at,
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "now": clock.now(),
    }
    return render(request, "keepwell/touchpoints/texts.html", context, status=400 if wrong else 200)


@require_POST
def group(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    """Add a group, ask one earlier, take one away, or count who is where."""
    access.require(request.user, Permission.SAVE_PLANS)
    point, who = _point(touchpoint_id), _who(request)
    kind, do = _kind(request, point), request.POST.get("do", "")
    number = _whole(request.POST.get("group", ""))
    try:
        if do == "add":
            segment_id = _whole(request.POST.get("segment", ""))
            services.add_group(touchpoint=point.code, segment_id=segment_id, **who)
            messages.success(request, _("The group is in the plan."))
        elif do == "earlier":
            services.move_group(touchpoint=point.code, group_id=number, **who)
        elif do == "remove":
            services.remove_group(touchpoint=point.code, group_id=number, **who)
            messages.success(
                request, _("Taken from the plan. Add the group again, and its texts are there again.")
            )
        elif do == "count":
            services.work_out(now=who["now"])
            services.count(touchpoint=point.code, now=who["now"])
            messages.success(request, _("The figures are of this moment."))
        else:
            raise Http404
    except TailoringError as error:
        messages.error(request, " ".join(error.wrong.values()))
    return HttpResponseRedirect(_address(touchpoint_id, kind))


def export(request: HttpRequest, touchpoint_id: str, kind: str) -> HttpResponseBase:
    """The matrix as a table: a line for each cell, of every kind of text."""
    access.require(request.user, Permission.VIEW_PLANS)
    point = _point(int(touchpoint_id))
    audit.log(
        actor=request.user.get_username(),
        action="content_plan.export",
        object_type="report",
        object_id=f"content_plan:{point.code}",
        details={},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, _lines(point), f"keepwell-texts-{point.code}")


def _lines(point: TouchpointView) -> Iterator[tuple[Any, ...]]:
    used = queries.used(point.code)
    for kind in (one for one in PLANNED if used.get(one)):
        for row in matrix(queries.plan(point.code, kind)):
            for cell in row["cells"]:
                one: GroupView = row["one"]
                yield (
                    point.name, kind, one.segment_id, one.name, cell["column"] or "any", cell["people"],
                    cell["code"], cell["from"],
                )  # fmt: skip


def matrix(found: PlanView) -> list[dict[str, Any]]:
    """The rows of a plan with, for each cell, the text that is taken there and where it comes from."""
    rest = found.groups[-1]
    most = max((n for one in found.groups for n in one.people.values()), default=0)
    return [
        {
            "one": one,
            "key": one.group_id,
            "is_rest": one.segment_id is None,
            "cells": [_shown(one, rest, column, most) for column in COLUMNS],
        }
        for one in found.groups
    ]


def _shown(one: GroupView, rest: GroupView, column: str, most: int) -> dict[str, Any]:
    own = one.cells.get(column)
    ways = [("own", own), ("group", one.cells.get(ANY)), ("stage", rest.cells.get(column))]
    ways.append(("rest", rest.cells.get(ANY)))
    origin, taken = next(((name, cell) for name, cell in ways if cell and not cell.problem), ("", None))
    people = one.people.get(column, 0) if column else None
    return {
        "column": column,
        "name": _column(column),
        "own": own,
        "chosen": own.template_code if own else "",
        "problem": labels.PROBLEM.get(own.problem, "") if own else "",
        "people": people,
        "code": taken.template_code if taken else "",
        "from": origin,
        "instead": taken.name if taken and origin != "own" else "",
        "is_gap": bool(column) and taken is None,
        "shade": round(SHADES * people / most) if people and most else 0,
    }


def sentence(found: PlanView) -> str:
    """How many people there is no text for, in one sentence."""
    shown = matrix(found)
    missing = sum(cell["people"] or 0 for row in shown for cell in row["cells"] if cell["is_gap"])
    everybody = sum(one.size for one in found.groups)
    if not any(one.cells for one in found.groups):
        return _("Which text for whom, at which stage of buying? Nothing is planned here yet.")
    if not missing:
        return _("There is a text for everybody here.")
    return ngettext(
        "%(people)s customer of %(all)s is where nothing is planned: they get the usual text.",
        "%(people)s customers of %(all)s are where nothing is planned: they get the usual text.",
        missing,
    ) % {"people": formats.number(missing), "all": formats.number(everybody)}


def buying_stages(request: HttpRequest) -> HttpResponse:
    """What counts for which stage, and how many customers are at each; POST saves."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    wrong: dict[str, str] = {}
    asked = request.POST if request.method == "POST" else None
    if asked is not None:
        access.require(request.user, Permission.CHANGE_SETTINGS)
        values, wrong = _rule(asked)
        if not wrong:
            try:
                services.set_rule(values=values, **_who(request))
            except TailoringError as error:
                wrong = error.wrong
            else:
                services.work_out(now=clock.now())
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("buying_stages"))
    rule, counted = queries.rule(), queries.counted()
    total = sum(counted.stages.values())
    context = {
        "title": _("Buying stages"),
        "signs": [_sign(code, rule, asked, wrong) for code in SIGNS],
        "numbers": {name: (asked.get(name, "") if asked else getattr(rule, name)) for name in NUMBERS},
        "price_words": asked.get("price_words", "") if asked else ", ".join(rule.price_words),
        "stages": [(str(one), labels.stage_word(one)) for one in STAGES],
        "bars": [
            {
                "name": labels.stage_word(one),
                "people": counted.stages.get(str(one), 0),
                "share": counted.stages.get(str(one), 0) / total if total else 0,
            }
            for one in STAGES
            if one is not Stage.NONE
        ],
        "made_at": counted.made_at,
        "errors": wrong,
        "may_change": access.may(request.user, Permission.CHANGE_SETTINGS),
        "now": clock.now(),
    }
    return render(request, "keepwell/touchpoints/buying_stages.html", context, status=400 if wrong else 200)


def stage_of(request: HttpRequest, customer_id: str) -> HttpResponse:
    """A customer's stage at this moment and what says so; a part of their page."""
    number = identity.canonical_id(customer_id)
    access_customer(request.user, Permission.VIEW_CUSTOMERS, number)
    if customers.get(number) is None:
        raise Http404(_("There is no customer with this number."))
    now = clock.now()
    found = queries.standing(number, now=now)
    context = {
        "title": _("Buying stage"),
        "stage": str(found.stage),
        "word": labels.stage_word(found.stage),
        "evidence": [
            {"said": labels.evidence(one), "at": one.last_at, "stage": labels.stage_word(one.stage)}
            for one in found.evidence
        ],
        "days": queries.rule().days,
        "may_see_rule": access.may(request.user, Permission.VIEW_SETTINGS),
        "now": now,
    }
    template = "keepwell/_buying_stage.html"
    return render(request, template, context, fragment=template)


def _sign(code: str, rule: Rule, asked: QueryDict | None, wrong: Mapping[str, str]) -> dict[str, Any]:
    types = ", ".join(rule.types.get(code, ()))
    return {
        "code": code,
        "name": labels.SIGN[code],
        "about": labels.ABOUT.get(code, ""),
        "stage": asked.get(f"stage.{code}", "") if asked else str(rule.stages[code]),
        "types": asked.get(f"types.{code}", "") if asked else types,
        "is_typed": code in TYPED,
        "error": wrong.get(f"stage.{code}") or wrong.get(f"types.{code}", ""),
    }


def _rule(asked: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {
        "stages": {code: asked[f"stage.{code}"] for code in SIGNS if f"stage.{code}" in asked},
        "types": {code: _listed(str(asked[f"types.{code}"])) for code in TYPED if f"types.{code}" in asked},
        "price_words": _listed(asked.get("price_words", "")),
    }
    wrong = {}
    for name in NUMBERS:
        text = asked.get(name, "").strip()
        if text.isascii() and text.isdecimal() and len(text) < 5:
            values[name] = int(text)
        else:
            wrong[name] = _("Please type a whole number.")
    return values, wrong


def _listed(text: str) -> list[str]:
    found = [one.strip() for one in text.replace("，", ",").replace("、", ",").split(",")]
    return list(dict.fromkeys(one for one in found if one))


def _cells(asked: QueryDict) -> dict[tuple[int, str], str]:
    found = {}
    for name, value in asked.items():
        match = CELL.match(name)
        if match:
            found[int(match[1]), "" if match[2] == "any" else match[2]] = str(value)
    return found


def _point(touchpoint_id: int) -> TouchpointView:
    point = touchpoints.touchpoint(touchpoint_id)
    if point is None:
        raise Http404(_("This is no longer on the map."))
    return point


def _kind(request: HttpRequest, point: TouchpointView) -> str:
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    if asked in PLANNED:
        return asked
    used = queries.used(point.code)
    usual = [str(kind) for kind in KINDS.get(point.channel, ())]
    return next((one for one in (*usual, *used) if used.get(one)), (usual or [PLANNED[0]])[0])


def _address(touchpoint_id: int, kind: str) -> str:
    return reverse("touchpoint_texts", args=[touchpoint_id]) + f"?kind={kind}"


def _column(column: str) -> str:
    return pgettext("buying stage", "at every stage") if not column else labels.stage_word(column)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.user.get_username(), "now": clock.now()}
