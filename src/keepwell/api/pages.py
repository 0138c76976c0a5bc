"""The API's document, for programs and for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from keepwell.api.app import document


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(document(), content_type="application/json")


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The same to read and try, with nothing loaded from elsewhere."""
    return render(request, "api/docs.html")
