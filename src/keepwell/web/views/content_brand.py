"""The brand: the look of all e-mails, and what every message says of the company."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.brand import FIELDS
from keepwell.outreach.content.contracts import ContentError
from keepwell.web.shell import render

USUAL = {"accent": "#0f766e", "ink": "#1f2937", "background": "#f3f4f6"}


def brand(request: HttpRequest) -> HttpResponse:
    """Look at the brand; with a form, change it."""
    if request.method == "POST":
        access.require(request.user, Permission.APPROVE_CONTENT)
        return _change(request)
    access.require(request.user, Permission.VIEW_CONTENT)
    return _page(request, None)


def _change(request: HttpRequest) -> HttpResponse:
    based_on = request.POST.get("version", "")
    given = {name: request.POST[name] for name in FIELDS if name in request.POST}
    # A colour field always says one; what is usual is not worth a word.
    given = {name: "" if value == USUAL.get(name) else value for name, value in given.items()}
    try:
        services.set_brand(
            values=given,
            based_on=int(based_on) if based_on.isdecimal() and len(based_on) < 10 else 0,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ContentError as error:
        return _page(request, error)
    messages.success(request, _("Saved. Every e-mail looks like this from now on."))
    return HttpResponseRedirect(reverse("content_brand"))


def _page(request: HttpRequest, problem: ContentError | None) -> HttpResponse:
    now = queries.brand()
    typed = request.POST if problem else now.values
    context = {
        "title": _("Brand"),
        "brand": now,
        "fields": [
            {
                "name": one.name,
                "label": labels.BRAND_FIELD[one.name],
                "form": one.form,
                "limit": one.length_max,
                "value": typed.get(one.name, "") or USUAL.get(one.name, ""),
                "problem": labels.problem(problem) if problem and problem.where == one.name else "",
            }
            for one in FIELDS.values()
        ],
        "versions": queries.brand_versions(),
        "problem": labels.problem(problem) if problem and not problem.where else "",
        "may_write": access.may(request.user, Permission.APPROVE_CONTENT),
        "now": clock.now(),
    }
    return render(request, "keepwell/content/brand.html", context, status=422 if problem else 200)
