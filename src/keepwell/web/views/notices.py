"""What one is told of, what one wants to be told of, and one's calendar feed."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keepwell.foundation import clock
from keepwell.outreach import labels
from keepwell.outreach.contracts import NoticeChoice
from keepwell.outreach.queries import feeds as feed_queries
from keepwell.outreach.queries import notices as queries
from keepwell.outreach.services import feeds
from keepwell.outreach.services import notices as services
from keepwell.web import noticing
from keepwell.web.shell import render

NEW_SECRET = "calendar_secret"  # noqa: S105 - the session's key, not a secret
HOURS = range(5, 22)


def notices(request: HttpRequest) -> HttpResponse:
    """One's own notifications, newest first; for everybody who has signed in."""
    user = cast(Any, request.user)
    before = request.GET.get("before", "")
    found = queries.newest(user.pk, before=int(before) if before.isdecimal() else None)
    context = {
        "title": _("Notifications"),
        "notices": [noticing.shown(one) for one in found],
        "unread": queries.unread(user.pk),
        "following": found[-1].notice_id if len(found) == queries.PAGE else None,
        "now": clock.now(),
    }
    return render(request, "keepwell/notices.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark all of one's own as read."""
    services.mark_read(user_id=cast(Any, request.user).pk, now=clock.now())
    return HttpResponseRedirect(reverse("notices"))


@require_POST
def follow(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark one of one's own as read and go to what it is about."""
    user = cast(Any, request.user)
    found = queries.get(user.pk, notice_id)
    if found is None:
        raise Http404
    services.mark_read(user_id=user.pk, now=clock.now(), notice_ids=[notice_id])
    return HttpResponseRedirect(noticing.link(found) or reverse("notices"))


def choices(request: HttpRequest) -> HttpResponse:
    """What one wants to hear of, and when the daily message comes."""
    user = cast(Any, request.user)
    if request.method == "POST":
        return _choose(request, user)
    chosen = queries.choice(user.pk)
    secret = request.session.pop(NEW_SECRET, "")
    context = {
        "title": _("My notifications"),
        "kinds": [(code, str(label), code not in chosen.muted) for code, label in labels.NOTICE.items()],
        "choice": chosen,
        "hours": [(hour, f"{hour:02d}:00") for hour in HOURS],
        "days": [(day, str(name), day in chosen.digest_days) for day, name in noticing.WEEKDAYS.items()],
        "email": user.email,
        "time_zone": user.time_zone,
        "feed": feed_queries.feed_of(user.pk),
        "address": request.build_absolute_uri(reverse("calendar_ics", args=[secret])) if secret else "",
        "now": clock.now(),
    }
    return render(request, "keepwell/notice_choices.html", context)


def _choose(request: HttpRequest, user: Any) -> HttpResponse:
    asked = request.POST
    hour = asked.get("digest_hour", "")
    choice = NoticeChoice(
        muted=tuple(code for code in labels.NOTICE if code not in asked.getlist("kind")),
        digest="digest" in asked,
        digest_hour=int(hour) if hour.isdecimal() and int(hour) in HOURS else 8,
        digest_days=tuple(day for day in range(7) if str(day) in asked.getlist("day")),
    )
    services.choose(user_id=user.pk, choice=choice, actor=user.get_username())
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("notice_choices"))


def calendar(request: HttpRequest) -> HttpResponse:
    """Make or end one's calendar feed; without a form, the page where that is done."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("notice_choices") + "#calendar")
    user = cast(Any, request.user)
    now, actor = clock.now(), user.get_username()
    if request.POST.get("do") == "revoke":
        feeds.revoke(user_id=user.pk, actor=actor, now=now)
        messages.success(request, _("The address no longer works."))
    else:
        secret = feeds.make(user_id=user.pk, with_names="with_names" in request.POST, actor=actor, now=now)
        request.session[NEW_SECRET] = secret
    return HttpResponseRedirect(reverse("notice_choices") + "#calendar")


@login_not_required
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar itself: whoever knows the secret address may read it, until it is revoked."""
    user_id = feed_queries.user_by_secret(secret)
    if user_id is None:
        raise Http404
    now = clock.now()
    body = feed_queries.calendar(user_id=user_id, now=now, host=request.get_host().split(":")[0])
    feeds.touch(user_id=user_id, now=now)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = 'inline; filename="keepwell.ics"'
    return response
