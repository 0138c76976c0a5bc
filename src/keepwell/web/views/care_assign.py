"""Give a ready-made care plan to a segment: counted first, then done."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.insight.segments import access as segment_access
from keepwell.insight.segments import queries as segments
from keepwell.plays.care import services
from keepwell.plays.care.contracts import CareError
from keepwell.plays.care.queries import catalogue, plans
from keepwell.plays.care.services.planning import MEMBERS_MAX
from keepwell.web import formats
from keepwell.web.care import forms
from keepwell.web.shell import render


def assign(request: HttpRequest) -> HttpResponse:
    """Choose, count, give."""
    accounts.require(request.user, Permission.CHANGE_TASKS)
    accounts.require(request.user, Permission.VIEW_SEGMENTS)
    user = cast(Any, request.user)
    asked = request.POST if request.method == "POST" else request.GET
    segment_id, template = forms.number(asked.get("segment", "")), asked.get("template", "")
    owners = accounts.owners_within(user, Permission.CHANGE_TASKS)
    error, preview = "", None
    if segment_id is not None:
        segment_access.access_segment(user, Permission.VIEW_SEGMENTS, segment_id)
        try:
            if request.method == "POST":
                done = services.assign_many(
                    segment_id=segment_id,
                    template=template,
                    owner_ids=owners,
                    actor=user.get_username(),
                    now=clock.now(),
                )
                said = ngettext(
                    "%(count)s customer has a care plan now.",
                    "%(count)s customers have a care plan now.",
                    done.fresh,
                ) % {"count": formats.number(done.fresh)}
                messages.success(request, said)
                return HttpResponseRedirect(reverse("care"))
            preview = plans.preview(
                segment_id=segment_id,
                template=template,
                owner_ids=owners,
                most=MEMBERS_MAX,
            )
        except CareError as problem:
            error = str(problem)
    elif request.method == "POST":
        error = _("Please choose a segment.")
    context = {
        "title": _("Give a care plan to a segment"),
        "segments": [(one.segment_id, one.name, one.size) for one in segments.segments(user)],
        "templates": catalogue.templates(only_active=True),
        "segment_id": segment_id,
        "template": template,
        "preview": preview,
        "too_many": preview is not None and preview.members > MEMBERS_MAX,
        "error": error,
    }
    return render(request, "keepwell/care/assign.html", context, status=400 if error else 200)
