"""Approvals: what waits for one's decision, what one asked for, what was decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access, queries, services
from keepwell.accounts.contracts import SHARES, ApprovalView, Permission
from keepwell.customers.access import may_access
from keepwell.foundation import clock
from keepwell.web import formats, role_words
from keepwell.web.shell import render


def approvals(request: HttpRequest, *, errors: dict[int, str] | None = None) -> HttpResponse:
    """What waits, what one asked, and, for who decides, what was decided."""
    access.require(request.user, Permission.VIEW_FIGURES)
    user: Any = request.user
    decides = access.may(user, Permission.APPROVE)
    context = {
        "title": _("Approvals"),
        "decides": decides,
        "waiting": [row(request, one) for one in queries.approvals_waiting(user)],
        "asked": [row(request, one) for one in queries.approvals_asked(user)],
        "decided": [row(request, one) for one in queries.approvals_decided()] if decides else [],
        "errors": errors or {},
        "now": clock.now(),
    }
    return render(request, "keepwell/approvals.html", context, status=400 if errors else 200)


def row(request: HttpRequest, one: ApprovalView) -> dict[str, Any]:
    """A request in words; its customer is linked where one may open it."""
    shown = (
        formats.percent(float(one.amount), 1)
        if one.kind in SHARES
        else formats.money(one.amount, one.currency)
    )
    opens = bool(one.customer_id) and may_access(request.user, Permission.VIEW_CUSTOMERS, one.customer_id)
    return {
        "one": one,
        "kind": role_words.REQUESTS[one.kind],
        "amount": shown,
        "approver": role_words.ROLES[one.approver] if one.approver else "",
        "url": reverse("customer", args=[one.customer_id]) if opens else "",
        "about": _about(one) if opens else "",
    }


def _about(one: ApprovalView) -> str:
    """Where one sees what is asked for; nothing where that has no page."""
    number = one.object_id.partition(".")[0]
    return reverse("winback_case", args=[number]) if one.object_type == "winback_case" else ""


@require_POST
def decide(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Approve or refuse, with a reason."""
    access.require(request.user, Permission.APPROVE)
    _found(approval_id)
    user: Any = request.user
    try:
        services.decide(
            user=user,
            approval_id=approval_id,
            approve=request.POST.get("decision") == "approve",
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except ValidationError as error:
        return approvals(request, errors={approval_id: error.messages[0]})
    messages.success(request, _("The decision is recorded."))
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("approvals")
    return HttpResponseRedirect(target)


@require_POST
def withdraw(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Take back one's own request."""
    access.require(request.user, Permission.VIEW_FIGURES)
    _found(approval_id)
    user: Any = request.user
    try:
        services.withdraw_approval(user=user, approval_id=approval_id, now=clock.now())
    except ValidationError as error:
        return approvals(request, errors={approval_id: error.messages[0]})
    return HttpResponseRedirect(reverse("approvals"))


def _found(approval_id: int) -> None:
    if queries.approval(approval_id) is None:
        raise Http404(_("There is no such request."))
