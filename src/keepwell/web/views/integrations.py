"""Settings → Integrations: the tracking snippet, and the addresses that are told of events."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.integrations import queries, services
from keepwell.integrations.contracts import AddressError, EventType
from keepwell.integrations.services.webhooks import NoEndpointError
from keepwell.web.shell import render

GATE = Permission.MANAGE_INTEGRATIONS
EVENTS = {
    EventType.SCORE_AT_RISK: gettext_lazy("A customer is newly at risk"),
    EventType.JOURNEY_REQUEST: gettext_lazy("A journey asks your system"),
    EventType.SEGMENT_ENTERED: gettext_lazy("A customer enters a segment"),
    EventType.SEGMENT_LEFT: gettext_lazy("A customer leaves a segment"),
    EventType.TASK_COMPLETED: gettext_lazy("A task is completed"),
    EventType.ORDER_RECORDED: gettext_lazy("An order comes in"),
    EventType.CUSTOMER_UPDATED: gettext_lazy("A program changes a customer's record"),
    EventType.IMPORT_FINISHED: gettext_lazy("An import ends"),
}


def overview(request: HttpRequest, *, typed: dict[str, Any] | None = None, error: str = "") -> HttpResponse:
    """What sends to Keepwell, and what Keepwell tells."""
    access.require(request.user, GATE)
    keys = [
        token
        for token in accounts.tokens()
        if Permission.SEND_EVENTS in token.scopes and token.is_valid(clock.now())
    ]
    context = {
        "title": _("Integrations"),
        "endpoints": queries.endpoints(),
        "refused": queries.count_dead_letters(),
        "keys": keys,
        "snippet": request.build_absolute_uri(static("keepwell-api/track.js")),
        "host": request.build_absolute_uri("/").rstrip("/"),
        "events": [(str(code), label) for code, label in EVENTS.items()],
        "typed": typed or {},
        "error": error,
        "now": clock.now(),
    }
    return render(request, "keepwell/integrations.html", context, status=422 if error else 200)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Add an address."""
    access.require(request.user, GATE)
    typed: dict[str, Any] = {
        "url": request.POST.get("url", "").strip(),
        "description": request.POST.get("description", "").strip(),
        "event_types": request.POST.getlist("event_types"),
    }
    try:
        made = services.webhooks.create(**typed, actor=request.user.get_username(), now=clock.now())
    except AddressError:
        return overview(request, typed=typed, error=_("Enter a public address that begins with https://."))
    except ValueError:
        return overview(request, typed=typed, error=_("Choose at least one event."))
    messages.success(request, _("The address is told of events from now on."))
    return HttpResponseRedirect(reverse("webhook", args=[made.endpoint_id]))


def endpoint(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """One address and what it was told."""
    access.require(request.user, GATE)
    found = queries.endpoint(endpoint_id)
    if found is None:
        raise Http404
    context = {
        "title": _("Webhook"),
        "endpoint": found,
        "events": [(str(code), label, str(code) in found.event_types) for code, label in EVENTS.items()],
        "deliveries": queries.deliveries(endpoint_id=endpoint_id),
        "secret": queries.secret(endpoint_id) if request.GET.get("secret") else None,
        "now": clock.now(),
    }
    return render(request, "keepwell/webhook.html", context)


@require_POST
def act(request: HttpRequest, endpoint_id: str, action: str) -> HttpResponse:
    """Change, switch, try, renew or delete an address."""
    access.require(request.user, GATE)
    who: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    back = reverse("webhook", args=[endpoint_id])
    try:
        if action == "delete":
            services.webhooks.delete(endpoint_id=endpoint_id, **who)
            messages.success(request, _("The address is told nothing any more."))
            return HttpResponseRedirect(reverse("integrations"))
        if action == "ping":
            services.webhooks.ping(endpoint_id=endpoint_id, **who)
            messages.success(request, _("A test event is on its way."))
        elif action == "renew":
            services.webhooks.renew_secret(endpoint_id=endpoint_id, **who)
            messages.success(request, _("The address has a new secret; the old one signs nothing any more."))
            back += "?secret=1"
        elif action in ("on", "off"):
            services.webhooks.change(endpoint_id=endpoint_id, active=action == "on", **who)
        elif action == "events":
            chosen = request.POST.getlist("event_types")
            services.webhooks.change(endpoint_id=endpoint_id, event_types=chosen, **who)
        else:
            raise Http404
    except NoEndpointError:
        raise Http404 from None
    except ValueError:
        messages.error(request, _("Choose at least one event."))
    return HttpResponseRedirect(back)


@require_POST
def redeliver(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Send an event again."""
    access.require(request.user, GATE)
    try:
        again = services.webhooks.redeliver(
            delivery_id=delivery_id, actor=request.user.get_username(), now=clock.now()
        )
    except NoEndpointError:
        raise Http404 from None
    messages.success(request, _("The event is sent again."))
    return HttpResponseRedirect(reverse("webhook", args=[again.endpoint_id]))
