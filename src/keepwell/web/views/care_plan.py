"""The care plan of one customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer, may_access
from keepwell.customers.labels import TRAIT
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.policy import queries as policy
from keepwell.plays.care import labels, services
from keepwell.plays.care.contracts import CareError, LineSpec, NoPlanError, Occasion, PlanView
from keepwell.plays.care.queries import advice, catalogue, money, packages, plans
from keepwell.web.care import forms, words
from keepwell.web.shell import render
from keepwell.web.views.care import offered


def plan(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The plan, its acts, gifts, and what reactions propose."""
    access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
    return page(request, customer_id)


def page(request: HttpRequest, customer_id: str, *, error: str = "", action: str = "") -> HttpResponse:
    """The page; where an `action` failed, the error stands above, and what was typed stays."""
    record = customers.get(customer_id)
    if record is None:
        raise Http404(_("There is no customer with this number."))
    now = clock.now()
    today = timezone.localdate(now)
    found, score = plans.plan_of(customer_id), insight.score(customer_id)
    gifts = catalogue.gift_names()
    acts = [words.act_row(one, today, gifts, {}) for one in plans.acts_of(customer_id)]
    suited = catalogue.suited(
        tier=score.tier if score else "", group=score.communication_group if score else ""
    )
    offers = advice.gifts(customer_id, today=today)
    lines_typed = action == "lines"
    context = {
        "title": _("Care plan"),
        "customer_id": customer_id,
        "name": record.name or customer_id,
        "plan": found,
        "status": labels.PLAN_STATUS[found.status] if found else "",
        "template": _name(found),
        "lines": [
            {
                "one": line,
                "act": str(labels.ACT[line.spec.act]),
                "rhythm": words.rhythm(line.spec),
                "channel": words.channel(line.spec.channel),
            }
            for line in (found.lines if found else ())
        ],
        "line_rows": forms.typed_lines(request.POST) if lines_typed else forms.line_rows(_specs(found)),
        "lines_typed": lines_typed,
        "coming": sorted((row for row in acts if row["one"].is_open), key=lambda row: row["one"].due_on),
        "past": [row for row in acts if not row["one"].is_open],
        "templates": [
            (one.code, one.name, one.code == suited) for one in catalogue.templates(only_active=True)
        ],
        "gifts": offers,
        "hobbies": [str(TRAIT["interest"].get(code, code)) for code in offers.hobbies],
        "limit": money.limit(customer_id),
        "spent": money.spent(customer_id, today=today),
        "currency": money.currency(),
        "reactions": [words.reaction(one) for one in advice.reactions(found, now=now)] if found else [],
        "hints": [str(labels.HINT[code]) for code in advice.service_hints(customer_id)],
        "packages": [
            {"one": one, "status": str(labels.PACKAGE_STATUS[one.status])}
            for one in packages.of_customer(customer_id)
        ],
        "kept_aside": customer_id in policy.held_out([customer_id]),
        "may_act": may_access(request.user, Permission.CHANGE_TASKS, customer_id),
        "today": today,
        "error": error,
        "typed": request.POST if action == "add" else {},
        "undo": offered(request, now),
        **forms.choices(),
    }
    status = 400 if error else 200
    return render(request, "keepwell/care/plan.html", context, status=status)


def _specs(found: PlanView | None) -> list[LineSpec]:
    return [line.spec for line in found.lines] if found else []


def _name(found: PlanView | None) -> str:
    known = catalogue.template(found.template) if found and found.template else None
    return known.name if known else ""


@require_POST
def act(request: HttpRequest, customer_id: str, action: str) -> HttpResponse:
    """One step of a customer's plan."""
    if action not in ACTIONS:
        raise Http404
    access_customer(request.user, Permission.CHANGE_TASKS, customer_id)
    try:
        ACTIONS[action](request, customer_id, clock.now())
    except (CareError, TaskError) as error:
        return page(request, customer_id, error=str(error), action=action)
    except NoPlanError:
        return page(request, customer_id, error=_("This customer has no care plan."))
    messages.success(request, _("Noted."))
    return HttpResponseRedirect(reverse("care_plan", args=[customer_id]))


def _begin(request: HttpRequest, customer_id: str, now: datetime) -> None:
    services.assign(
        customer_id=customer_id,
        template=request.POST.get("template", ""),
        actor=request.user.get_username(),
        now=now,
    )


def _add(request: HttpRequest, customer_id: str, now: datetime) -> None:
    post = request.POST
    services.add(
        customer_id=customer_id,
        act=post.get("act", ""),
        due_on=forms.day(post.get("due_on", "")),
        channel=post.get("channel", ""),
        owner_id=forms.number(post.get("owner", "")),
        budget=forms.amount(post.get("budget", "")),
        words=post.get("words", ""),
        occasion=post["occasion"] if post.get("occasion") in set(Occasion) else Occasion.ONCE,
        actor=request.user.get_username(),
        now=now,
    )


def _lines(request: HttpRequest, customer_id: str, now: datetime) -> None:
    before = _specs(plans.plan_of(customer_id))
    services.set_lines(lines=forms.lines(request.POST, before), **_by(request, customer_id, now))


def _pause(request: HttpRequest, customer_id: str, now: datetime) -> None:
    services.pause(**_by(request, customer_id, now))


def _resume(request: HttpRequest, customer_id: str, now: datetime) -> None:
    services.resume(**_by(request, customer_id, now))


def _end(request: HttpRequest, customer_id: str, now: datetime) -> None:
    services.end(**_by(request, customer_id, now))


def _accept(request: HttpRequest, customer_id: str, now: datetime) -> None:
    _decide(request, customer_id, now, accepted=True)


def _decline(request: HttpRequest, customer_id: str, now: datetime) -> None:
    _decide(request, customer_id, now, accepted=False)


def _decide(request: HttpRequest, customer_id: str, now: datetime, *, accepted: bool) -> None:
    found = plans.plan_of(customer_id)
    if found is None:
        raise NoPlanError(customer_id)
    key = request.POST.get("key", "")
    proposed = next((one for one in advice.reactions(found, now=now) if one.key == key), None)
    if proposed is None:
        raise CareError(_("This is no longer proposed."))
    services.decide(
        plan_id=found.plan_id,
        reaction=proposed,
        accepted=accepted,
        actor=request.user.get_username(),
        now=now,
    )


def _by(request: HttpRequest, customer_id: str, now: datetime) -> dict[str, Any]:
    found = plans.plan_of(customer_id)
    if found is None:
        raise NoPlanError(customer_id)
    return {"plan_id": found.plan_id, "actor": request.user.get_username(), "now": now}


ACTIONS: dict[str, Callable[[HttpRequest, str, datetime], None]] = {
    "begin": _begin,
    "add": _add,
    "lines": _lines,
    "pause": _pause,
    "resume": _resume,
    "end": _end,
    "accept": _accept,
    "decline": _decline,
}
