"""The command palette's answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.web import palette

TERM_LENGTH_MAX = 100


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Pages, actions, customers and orders for what was typed; a part of a page."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    term = request.GET.get("s", "").strip()[:TERM_LENGTH_MAX]
    context = {"groups": palette.answer(request, term), "term": term}
    response = render(request, "keepwell/_found.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
