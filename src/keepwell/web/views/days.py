"""What the day brings besides tasks: a promise is kept, a day is remembered."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.foundation import clock
from keepwell.outreach.contracts import Kind, Outcome, TaskError
from keepwell.outreach.services import tasks
from keepwell.web import others, undoing
from keepwell.web.views.tasks import back


@require_POST
def promise_kept(request: HttpRequest, promise_id: int) -> HttpResponse:
    """Say that a promise was kept; a broken one is closed on the customer's page, with the reason."""
    customer_id = request.POST.get("customer_id", "")
    customer_access.access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    now = clock.now()
    try:
        customer_services.close_promise(
            customer_id=customer_id,
            promise_id=promise_id,
            kept=True,
            actor=request.user.get_username(),
            at=now,
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        undoing.offer_promise(request, customer_id, promise_id, now)
    return back(request)


@require_POST
def day_done(request: HttpRequest) -> HttpResponse:
    """A birthday or other day was remembered: a task that is done already, so that the list knows."""
    access.require(request.user, Permission.CHANGE_TASKS)
    customer_id, key = request.POST.get("customer_id", ""), request.POST.get("key", "")
    customer_access.access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
    user = cast(Any, request.user)
    now = clock.now()
    known = {
        others.day_key(one): one
        for one in customers.upcoming_dates(
            owner_ids=[user.pk], first_on=now.date() - others.AHEAD, last_on=now.date() + 2 * others.AHEAD
        )
        if one.customer_id == customer_id
    }
    if key not in known:
        raise Http404(_("This day is over."))
    actor = user.get_username()
    try:
        made = tasks.create(
            kind=Kind.MESSAGE,
            customer_id=customer_id,
            title=others.day_title(known[key]),
            assignee_id=user.pk,
            actor=actor,
            now=now,
            idempotency_key=key,
        )
        change = tasks.complete(task_ids=[made.task_id], outcome=Outcome.SENT, actor=actor, now=now)
    except TaskError as error:
        messages.error(request, str(error))
    else:
        undoing.offer(request, change, now)
    return back(request)
