"""What is done with a play: submit, decide, start, hold, stop, roll out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.plays.experiments import services
from keepwell.plays.experiments.contracts import PlayError
from keepwell.web import play_typed, play_words
from keepwell.web.views.plays import found, page


@require_POST
def act(request: HttpRequest, play_id: int, action: str) -> HttpResponse:
    """Submit, take back, throw away, copy, pause, resume, end, stop, roll out."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = found(play_id)
    who: dict[str, Any] = {"play_id": play_id, "actor": request.user.get_username(), "now": clock.now()}
    reason, back = request.POST.get("reason", ""), reverse("play", args=[play_id])
    try:
        if action == "submit":
            services.submit(**who)
            messages.success(request, _("Submitted. Somebody who may approve it finds it among the plays."))
        elif action == "withdraw":
            services.withdraw(**who)
        elif action == "discard":
            services.discard(version=one.version, **who)
            messages.success(request, _("Thrown away; nobody was contacted."))
            back = reverse("plays")
        elif action == "copy":
            back = reverse("play_edit", args=[services.copy(**who).play_id])
        elif action == "pause":
            services.pause(**who)
        elif action == "resume":
            services.resume(**who)
        elif action == "end":
            services.end(reason=reason, **who)
            messages.success(request, _("Ended. What members do counts until their days are over."))
        elif action == "stop":
            services.stop(reason=reason, **who)
            messages.success(request, _("Stopped. What had not gone yet will not go."))
        elif action == "roll-out":
            made = services.roll_out(arm=request.POST.get("arm", ""), reason=reason, **who)
            messages.success(request, _("A draft for everybody is ready. Look at it and submit it."))
            back = reverse("play", args=[made.play_id])
        else:
            raise Http404
    except PlayError as error:
        messages.error(request, " ".join(play_words.worded(error.problems).values()))
    return HttpResponseRedirect(back)


@require_POST
def decide(request: HttpRequest, play_id: int, action: str) -> HttpResponse:
    """Approve or refuse, with a reason; never one's own, unless nobody else may."""
    access.require(request.user, Permission.APPROVE)
    one = found(play_id)
    user: Any = request.user
    reason = request.POST.get("reason", "")
    try:
        if action == "approve":
            services.approve(play_id=play_id, user=user, reason=reason, now=clock.now())
            messages.success(request, _("Approved. It can be started."))
        elif action == "refuse":
            services.refuse(play_id=play_id, user=user, reason=reason, now=clock.now())
            messages.success(request, _("Refused; it is a draft again."))
        else:
            raise Http404
    except PlayError as error:
        return page(request, one, error.problems)
    except PermissionDenied as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("play", args=[play_id]))


@require_POST
def start(request: HttpRequest, play_id: int) -> HttpResponse:
    """Deal its members out, by the number of customers that somebody has typed."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = found(play_id)
    typed = request.POST.get("typed", "").replace(",", "").replace(" ", "")
    try:
        services.start(
            play_id=play_id,
            actor=request.user.get_username(),
            now=clock.now(),
            typed=play_typed.whole(typed) if typed.isdecimal() else -1,
        )
    except PlayError as error:
        return page(request, one, error.problems)
    messages.success(request, _("Started: members are dealt out and will be contacted from now on."))
    return HttpResponseRedirect(reverse("play", args=[play_id]))
