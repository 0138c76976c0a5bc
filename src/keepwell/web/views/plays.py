"""Plays: the list, and one with its arms, members and who was passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.plays.experiments import labels, planning, queries, services
from keepwell.plays.experiments.contracts import OVER, ArmCount, PlayCounts, PlayView, Status
from keepwell.plays.experiments.measured import Verdict
from keepwell.plays.learning import queries as learning
from keepwell.web import exports, play_words
from keepwell.web.mailings import ways
from keepwell.web.results import shown
from keepwell.web.results.words import VERDICT
from keepwell.web.shell import render

PAGE_SIZE = 25
BEFORE = (Status.DRAFT, Status.SUBMITTED, Status.APPROVED)
HEADER = (
    "customer_id", "arm", "propensity", "assigned_at", "tier", "risk_level", "reason", "clv", "cost", "state",
    "cause", "acted_at",
)  # fmt: skip


def listed(request: HttpRequest) -> HttpResponse:
    """Every play, the newest first."""
    access.require(request.user, Permission.VIEW_PLANS)
    names = segments.names()
    rows = []
    for one in queries.plays():
        counted = None if one.status in BEFORE else queries.counts(one.play_id)
        rows.append(
            {
                "one": one,
                "state": play_words.state(one),
                "whom": play_words.whom(one, names),
                "arms": [play_words.arm_name(arm) for arm in one.treated],
                "counts": counted,
                "share": _reached_share(one, counted),
                "verdicts": _verdicts(one) if counted else [],
            }
        )
    context = {
        "title": _("Plays"),
        "rows": rows,
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "now": clock.now(),
    }
    return render(request, "keepwell/plays/list.html", context)


def play(request: HttpRequest, play_id: int) -> HttpResponse:
    """What it is, how far it is, and what can be done with it."""
    access.require(request.user, Permission.VIEW_PLANS)
    return page(request, found(play_id), {})


def page(request: HttpRequest, one: PlayView, problems: Mapping[str, str]) -> HttpResponse:
    """The page of a play."""
    user: Any = request.user
    begun = one.status not in BEFORE
    counted = queries.counts(one.play_id) if begun else None
    people = users.names([one.owner_id])
    context = {
        "title": one.name,
        "one": one,
        "state": play_words.state(one),
        "whom": play_words.whom(one),
        "primary": labels.PRIMARY[one.primary],
        "owner": people.get(one.owner_id or 0, ""),
        "arms": _arms(one, counted),
        "counts": counted,
        "passed": _tallied(counted.passed, labels.PASSED) if counted else [],
        "causes": _causes(counted) if counted else [],
        "hurdles": _hurdles(one),
        "begun": begun,
        "better": _better(one),
        "may_write": access.may(user, Permission.SAVE_PLANS),
        "may_decide": one.status is Status.SUBMITTED and services.may_decide(one.play_id, user),
        "errors": play_words.worded(problems),
        "size": planning.size_of(
            segment_id=one.segment_id, plan_id=one.plan_id, plan_treatment=one.plan_treatment
        )
        if not begun
        else 0,
        "now": clock.now(),
        **_results(request, one, begun=begun),
    }
    return render(request, "keepwell/plays/one.html", context, status=422 if problems else 200)


def outlook(request: HttpRequest, play_id: int) -> HttpResponse:
    """Who would be dealt out at this moment, and what so many show; a part of the page."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = found(play_id)
    looked = planning.outlook(play_id)
    forecast = planning.forecast(
        segment_id=one.segment_id,
        plan_id=one.plan_id,
        plan_treatment=one.plan_treatment,
        primary=one.primary,
        control_share=one.control_share,
        treatments=len(one.treated),
        outcome_days=one.outcome_days,
        now=clock.now(),
        wanted=one.smallest_effect,
        units=looked.members,
    )
    context = {
        "one": one,
        "found": looked,
        "is_part": looked.asked < looked.size,
        "arms": [(play_words.arm_name(arm), looked.arms.get(arm.key, 0)) for arm in one.arms],
        "passed": _tallied(looked.passed, labels.PASSED),
        "lines": play_words.said(forecast, one.currency),
        "enough": forecast.enough or forecast.wanted is None,
    }
    part = "keepwell/plays/_outlook.html"
    return render(request, part, context, fragment=part)


def members(request: HttpRequest, play_id: int) -> HttpResponse:
    """Who is in, within reach; a part of the page with filters and pages."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = found(play_id)
    asked = request.GET
    arm = asked.get("arm", "") if asked.get("arm") in {each.key for each in one.arms} else ""
    state = asked.get("state", "") if asked.get("state") in labels.STATE else ""
    number = int(asked["page"]) if asked.get("page", "").isdecimal() and len(asked["page"]) < 8 else 1
    rows = queries.members(
        play_id,
        arm=arm,
        state=state,
        page=number,
        page_size=PAGE_SIZE,
        owner_ids=access.owners_within(request.user, Permission.VIEW_CUSTOMERS),
    )
    names = customers.names([each.customer_id for each in rows.rows])
    arms = {each.key: play_words.arm_name(each) for each in one.arms}
    first = (rows.page - 1) * PAGE_SIZE + 1
    context = {
        "one": one,
        "rows": [
            {
                "one": each,
                "name": names.get(each.customer_id, each.customer_id),
                "arm": arms[each.arm],
                "state": labels.STATE[each.state],
                "cause": play_words.cause(each.cause) if each.cause else "",
            }
            for each in rows.rows
        ],
        "arm": arm,
        "state": state,
        "arms": list(arms.items()),
        "states": list(labels.STATE.items()),
        "total": rows.total,
        "first": first,
        "last": first + len(rows.rows) - 1,
        "page": rows.page,
        "pages": -(-rows.total // PAGE_SIZE),
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
        "now": clock.now(),
    }
    part = "keepwell/plays/_members.html"
    return render(request, "keepwell/plays/members.html", {**context, "title": one.name}, fragment=part)


def export(request: HttpRequest, play_id: str, kind: str) -> HttpResponseBase:
    """Every member within reach with arm and state, and who was passed over."""
    access.require(request.user, Permission.VIEW_PLANS)
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    one = found(int(play_id))
    audit.log(
        actor=request.user.get_username(),
        action="play.export",
        object_type="play",
        object_id=play_id,
        details={"kind": kind, "code": one.code},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    owners = access.owners_within(request.user, Permission.EXPORT_CUSTOMERS)
    return respond(HEADER, _lines(one, owners), f"keepwell-play-{one.code}")


def _lines(one: PlayView, owners: frozenset[int] | None) -> Iterator[tuple[Any, ...]]:
    for each in queries.iter_members(one.play_id, owner_ids=owners):
        yield (
            each.customer_id, each.arm, each.propensity, each.assigned_at, each.tier, each.risk_level,
            each.reason, each.clv, each.cost, each.state, each.cause, each.acted_at,
        )  # fmt: skip
    if owners is None:
        for customer_id, cause in queries.passed_over(one.play_id):
            yield (customer_id, "", None, None, "", "", "", None, None, "passed_over", cause, None)


def found(play_id: int) -> PlayView:
    """The play of a number; raises Http404."""
    one = queries.play(play_id)
    if one is None:
        raise Http404
    return one


def _arms(one: PlayView, counted: PlayCounts | None) -> list[dict[str, Any]]:
    rows = []
    for arm in one.arms:
        mine: ArmCount | None = counted.arms.get(arm.key) if counted else None
        states = [
            (labels.STATE[code], mine.states[code]) for code in labels.STATE if mine and mine.states.get(code)
        ]
        rows.append(
            {
                "one": arm,
                "name": play_words.arm_name(arm),
                "how": play_words.how(arm),
                "treatment": play_words.treatment_name(arm.treatment_code) if arm.treatment_code else "",
                "count": mine,
                "channels": [
                    (ways.name(way.channel), mine.channels[way.channel])
                    for way in arm.ways
                    if mine and way.channel in mine.channels
                ],
                "states": [] if arm.is_control else states,
                "share": mine.reached / mine.members if mine and mine.members else 0.0,
            }
        )
    return rows


def _tallied(found_by_code: Mapping[str, int], words: Mapping[str, Any]) -> list[tuple[str, int]]:
    return sorted(
        ((str(words.get(code, code)), n) for code, n in found_by_code.items()), key=lambda row: -row[1]
    )


def _causes(counted: PlayCounts) -> list[tuple[str, int]]:
    return sorted(
        ((play_words.cause(code), n) for code, n in counted.causes.items()), key=lambda row: -row[1]
    )


def _hurdles(one: PlayView) -> list[tuple[str, str]]:
    if one.status in OVER:
        return []
    names = {arm.key: play_words.arm_name(arm) for arm in one.arms}
    return [
        (names[key], str(labels.PROBLEM.get(code, code)))
        for key, code in planning.hurdles(one.play_id).items()
    ]


def _reached_share(one: PlayView, counted: PlayCounts | None) -> float:
    if counted is None:
        return 0.0
    treated = [counted.arms[arm.key] for arm in one.treated]
    total = sum(each.members for each in treated)
    return sum(each.reached for each in treated) / total if total else 0.0


def _newest(one: PlayView) -> dict[str, str]:
    """The verdict of the newest look by arm, by the primary figure."""
    return {look.arm: look.verdict for look in learning.looks(one.play_id, metric=one.primary)}


def _better(one: PlayView) -> list[tuple[str, str]]:
    """Arms that may go to everybody, as far as the newest look knows; the service reads again."""
    newest = _newest(one) if one.status in OVER else {}
    return [
        (arm.key, play_words.arm_name(arm)) for arm in one.treated if newest.get(arm.key) == Verdict.BETTER
    ]


def _verdicts(one: PlayView) -> list[tuple[str, str]]:
    """What the newest look said of each arm by the primary figure."""
    newest = _newest(one)
    names = {arm.key: play_words.arm_name(arm) for arm in one.treated}
    return [(names[key], str(VERDICT[Verdict(newest[key])])) for key in names if newest.get(key)]


def _results(request: HttpRequest, one: PlayView, *, begun: bool) -> dict[str, Any]:
    """What the part with the results needs; it is about everybody, for those who may see all figures."""
    if not begun or access.reach(request.user, Permission.VIEW_FIGURES) is not Reach.ALL:
        return {"has_results": False}
    return {"has_results": True, **shown.panel(one.play_id)}
