"""The win-back desk and one case."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts import queries as account_queries
from keepwell.accounts.contracts import SHARES, ApprovalStatus, ApprovalView, Permission, Reach
from keepwell.accounts.standards import queries as standards
from keepwell.accounts.standards.contracts import Kind as StandardKind
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.insight import reasons
from keepwell.outreach import access as outreach_access
from keepwell.outreach import users
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.queries import tasks as task_queries
from keepwell.plays.winback import access, labels, services
from keepwell.plays.winback.contracts import (
    CaseError,
    CaseLine,
    CaseView,
    Grade,
    MeasureStatus,
    NoCaseError,
    Origin,
    Phase,
    Status,
)
from keepwell.plays.winback.queries import answers, cases
from keepwell.plays.winback.queries import rules as rule_queries
from keepwell.web import formats, role_words
from keepwell.web.coupons import words as coupon_words
from keepwell.web.shell import render
from keepwell.web.standards_words import TEXTS as FIELDS
from keepwell.web.winback import contacts, forms, words

WHOSE = ("mine", "all", "over")
BENCHMARKS_SHOWN = 5


def desk(request: HttpRequest) -> HttpResponse:
    """The open cases, most at stake first."""
    accounts.require(request.user, Permission.VIEW_CUSTOMERS)
    user = cast(Any, request.user)
    within = customer_access.scope(user, Permission.VIEW_CUSTOMERS)
    now = clock.now()
    usual = "mine" if accounts.may(user, Permission.CHANGE_TASKS) else "all"
    whose = request.GET.get("whose", usual)
    whose = whose if whose in WHOSE else usual
    status = request.GET.get("status", "")
    status = status if status in set(Status) else ""
    grade = request.GET.get("grade", "")
    grade = grade if grade in set(Grade) else ""
    found = cases.desk(
        within=within,
        owner_ids=[user.pk] if whose == "mine" else None,
        statuses=[status] if status else (),
        grades=[grade] if grade else (),
        finished=whose == "over",
    )
    names = customers.names([one.customer_id for one in found.lines])
    context = {
        "title": _("Win-back desk"),
        "lines": [line(one, names, now) for one in found.lines],
        "sentence": words.desk_sentence(
            sum(found.counts.values()),
            formats.compact_money(found.at_stake, found.currency),
            found.counts.get(Status.WAITING, 0),
        ),
        "whose": whose,
        "status": status,
        "grade": grade,
        "statuses": [
            (str(one), str(labels.STATUS[one]), found.counts.get(one, 0))
            for one in Status
            if one in found.counts
        ],
        "grades": [str(one) for one in Grade],
        "late": cases.due_before(now, within=within),
        "more": found.total - len(found.lines),
        "leads": accounts.reach(user, Permission.VIEW_CUSTOMERS) > Reach.OWN,
        "now": now,
        "zone": users.zone_of(user),
    }
    return render(request, "keepwell/winback/desk.html", context)


def line(one: CaseLine, names: dict[str, str], now: datetime) -> dict[str, Any]:
    """A case in the list."""
    return {
        "one": one,
        "name": names.get(one.customer_id) or one.customer_id,
        "status": str(labels.STATUS[one.status]),
        "causes": formats.listed(words.causes(one.causes)),
        "late": one.due_at is not None and one.due_at < now,
        "link": reverse("winback_case", args=[one.case_id]),
    }


@require_POST
def open_case(request: HttpRequest) -> HttpResponse:
    """Open a case for a customer whom one may do tasks for, and go to it."""
    accounts.require(request.user, Permission.CHANGE_TASKS)
    customer_id = request.POST.get("customer_id", "").strip()
    if not customers.existing([customer_id]):
        raise Http404(_("There is no customer with this number."))
    outreach_access.access_new_task(request.user, customer_id)
    user = cast(Any, request.user)
    task_id = forms.number(request.POST.get("task_id", ""))
    task = task_queries.get(task_id) if task_id else None
    task = task if task and task.customer_id == customer_id else None
    alert_id = task.alert_id if task else None
    origin = Origin.ALERT if alert_id else Origin.TASK if task else Origin.CUSTOMER
    owner = customers.owner_of(customer_id)
    try:
        number = services.open_case(
            customer_id=customer_id,
            origin=origin,
            actor=user.get_username(),
            now=clock.now(),
            alert_id=alert_id,
            owner_id=owner if owner is not None else user.pk,
        )
    except CaseError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("customer", args=[customer_id]))
    return HttpResponseRedirect(reverse("winback_case", args=[number]))


def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case: the five steps, and the one to do."""
    gate(request, Permission.VIEW_CUSTOMERS, case_id)
    return page(request, case_id)


def gate(request: HttpRequest, permission: Permission, case_id: int) -> None:
    """The gate of cases; one that does not exist is not found."""
    try:
        access.access_case(request.user, permission, case_id)
    except NoCaseError:
        raise Http404(_("There is no such case.")) from None


def page(
    request: HttpRequest, case_id: int, *, error: str = "", typed: QueryDict | None = None
) -> HttpResponse:
    """The page; with an error what was typed stands where it was typed."""
    found = cases.get(case_id)
    if found is None:
        raise Http404(_("There is no such case."))
    context = page_context(request, found, typed)
    return render(
        request, "keepwell/winback/case.html", {**context, "error": error}, status=400 if error else 200
    )


def page_context(request: HttpRequest, found: CaseView, typed: QueryDict | None) -> dict[str, Any]:
    """Everything on the page of a case."""
    user, now = cast(Any, request.user), clock.now()
    zone = users.zone_of(user)
    rules = rule_queries.current()
    customer_id = found.line.customer_id
    may_see = customer_access.may_access(user, Permission.VIEW_CUSTOMERS, customer_id)
    name = (customers.names([customer_id]).get(customer_id) if may_see else "") or customer_id
    # What somebody said stands in tasks too: who may not read these does not read it here.
    may_read = may_see and access.may_access(user, Permission.VIEW_TASKS, found.case_id)
    may_act = access.may_access(user, Permission.CHANGE_TASKS, found.case_id)
    suggested = rule_queries.suggested([one.code for one in found.reasons])
    planned = [
        one for one in found.measures if one.status is MeasureStatus.PLANNED and one.phase is Phase.ACTION
    ]
    lacking = cases.lacking(found.case_id, user) if found.status is Status.PLANNED and may_act else {}
    verdict = cases.verdict_now(found.case_id, now=now) if planned else None
    of_case = coupons.coupons(now, origin=f"case:{found.case_id}") if may_see else []
    codes = {one.origin: coupon_words.coupon(one) for one in of_case}
    return {
        "title": _("Win-back case"),
        "case": found,
        "line": found.line,
        "name": name,
        "may_see": may_see,
        "may_act": may_act,
        "may_read": may_read,
        "todo": words.todo(found, name=name),
        "path": words.path(found),
        "status_name": labels.STATUS[found.status],
        "way": labels.WAY[found.line.way],
        "origin": labels.ORIGIN[found.origin],
        "causes": words.causes(found.line.causes, rules),
        "asked_name": labels.ASKED.get(found.asked, ""),
        "obstacles": [str(labels.OBSTACLE[one]) for one in found.obstacles if one in labels.OBSTACLE],
        "why": [reasons.text(one) for one in found.reasons],
        "cause_rows": forms.cause_rows(found, suggested, rules),
        "asked_choices": [
            (code, str(label), code == (found.asked or "reasons")) for code, label in labels.ASKED.items()
        ],
        **forms.said_rows(found),
        "missing": words.not_planned(found),
        "plan": forms.plan_rows(found, now=now, zone=zone, typed=typed)
        if may_act and found.status in (Status.ANALYSED, Status.PLANNED)
        else None,
        "verdict": words.verdict(verdict) if verdict else None,
        "colleagues": forms.colleagues() if may_act else [],
        "measures": [
            {**measure(one, now), "coupon": codes.get(f"case:{found.case_id}:{one.measure_id}")}
            for one in found.measures
            if one.phase is Phase.ACTION
        ],
        "benchmarks": benchmarks(found) if may_read and accounts.may(user, Permission.VIEW_FIGURES) else None,
        "care": [measure(one, now) for one in found.measures if one.phase is Phase.CARE],
        "care_rows": forms.care_rows(found, now=now, zone=zone, typed=request.POST),
        "next_task": next(
            (one for one in found.measures if one.status is MeasureStatus.RUNNING and one.task_id), None
        ),
        "lacking": [need(kind, amount_, found.line.currency) for kind, amount_ in lacking.items()],
        "requests": [
            {"one": one, **asked(one, user)}
            for one in (cases.requests(found.case_id) if found.approval_ids else [])
        ],
        "lost_results": [(code, str(labels.RESULT[code])) for code in labels.LOST_RESULTS],
        "closed_results": [(code, str(labels.RESULT[code])) for code in labels.CLOSED_RESULTS],
        "steps": [words.step(one, rules) for one in reversed(found.steps)],
        "contacts": contacts.rows(request, found) if may_read else [],
        "answered": words.answered(answers.of_customer(customer_id), rules) if may_read else [],
        "window_over": found.until is not None and found.until < now,
        "typed": typed,
        "now": now,
        "zone": zone,
    }


def benchmarks(found: CaseView) -> dict[str, Any] | None:
    """What is kept of the competitor whom the customer named, for the statement of advantages (WIN-08)."""
    if not found.competitor:
        return None
    kept = standards.records(StandardKind.BENCHMARK, search=found.competitor, limit=BENCHMARKS_SHOWN)
    fields = ("service_strategy", "best_practice", "customer_expectation", "own_position", "seen_in")
    return {
        "competitor": found.competitor,
        "records": [
            {
                "title": one.title,
                "on": one.on,
                "lines": [(FIELDS[name], one.texts[name]) for name in fields if one.texts.get(name)],
            }
            for one in kept
        ],
    }


def measure(one: Any, now: datetime) -> dict[str, Any]:
    """A measure of the case in words."""
    return {
        "one": one,
        "name": str(labels.MEASURE.get(one.code, one.code)),
        "status": str(labels.MEASURE_STATUS[one.status]),
        "late": one.due_at is not None and one.due_at < now and one.status in ("planned", "running"),
        "ended": one.until is not None and one.until < now,
        "percent": forms.plain(one.discount * 100) if one.discount else "",
    }


def need(kind: Any, amount: Any, currency: str) -> str:
    """What the plan needs of authority, in words."""
    shown = formats.percent(float(amount), 1) if kind in SHARES else formats.money(amount, currency)
    return f"{role_words.REQUESTS[kind]} {shown}"


def asked(one: ApprovalView, user: Any) -> dict[str, Any]:
    """A request for approval, and whether the reader may decide it."""
    decides = (
        one.status is ApprovalStatus.WAITING
        and accounts.may(user, Permission.APPROVE)
        and one.asked_by != user.get_username()
        and account_queries.within_authority(user, one.kind, one.amount)
    )
    return {
        "words": need(one.kind, one.amount, one.currency),
        "approver": role_words.ROLES[one.approver] if one.approver else "",
        "decides": decides,
    }
