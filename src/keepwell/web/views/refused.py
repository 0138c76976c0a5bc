"""Settings → Integrations → Refused messages: look, try again, put away."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.integrations import queries, services
from keepwell.web.shell import render

GATE = Permission.MANAGE_INTEGRATIONS
PAGE = 50
AT_ONCE = 1_000
REASONS = {
    "amount": gettext_lazy("The order has no amount"),
    "currency": gettext_lazy("The currency is not a code of three letters"),
    "event": gettext_lazy("The event has no name"),
    "group": gettext_lazy("The group has no number"),
    "no_user": gettext_lazy("It says neither who nor which visitor"),
    "not_an_object": gettext_lazy("It is not an object"),
    "order_id": gettext_lazy("The order has no usable number"),
    "products": gettext_lazy("The list of products cannot be read"),
    "timestamp": gettext_lazy("The time cannot be read"),
    "too_large": gettext_lazy("It is too large"),
    "type": gettext_lazy("Its type is unknown"),
    "unknown_order": gettext_lazy("The order that it changes is not known yet"),
    "userId": gettext_lazy("The customer number cannot be used"),
}


def refused(request: HttpRequest) -> HttpResponse:
    """The messages that wait, the newest first."""
    access.require(request.user, GATE)
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
    found = queries.dead_letters(before=before, limit=PAGE + 1)
    context = {
        "title": _("Refused messages"),
        "rows": [(letter, REASONS.get(letter.code, letter.reason)) for letter in found[:PAGE]],
        "next": found[PAGE - 1].id if len(found) > PAGE else None,
        "total": queries.count_dead_letters(),
        "now": clock.now(),
    }
    return render(request, "keepwell/refused.html", context)


def one(request: HttpRequest, number: int) -> HttpResponse:
    """What a message said. It may name a person, so looking is on record."""
    access.require(request.user, GATE)
    letter = services.open_letter(number=number, actor=request.user.get_username(), now=clock.now())
    if letter is None:
        raise Http404
    said = json.dumps(json.loads(letter.payload), ensure_ascii=False, indent=2) if letter.payload else ""
    context = {
        "title": _("Refused message"),
        "letter": letter,
        "why": REASONS.get(letter.code, letter.reason),
        "said": said,
        "now": clock.now(),
    }
    return render(request, "keepwell/refused_one.html", context)


@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Try messages again, or put them away."""
    access.require(request.user, GATE)
    ids = [
        int(text)
        for text in request.POST.getlist("id")
        if text.isascii() and text.isdecimal() and len(text) < 19
    ]
    actor, now = request.user.get_username(), clock.now()
    if request.POST.get("all"):
        ids = [letter.id for letter in queries.dead_letters(limit=AT_ONCE)]
    if request.POST.get("action") == "discard":
        count = services.discard(ids=ids[:AT_ONCE], actor=actor, now=now)
        text = ngettext("%(count)s message is put away.", "%(count)s messages are put away.", count)
    else:
        count = services.replay(ids=ids[:AT_ONCE], actor=actor, now=now).accepted
        text = ngettext("%(count)s message was taken now.", "%(count)s messages were taken now.", count)
    messages.success(request, text % {"count": count})
    return HttpResponseRedirect(reverse("refused_messages"))
