"""The addresses of the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from keepwell.api import operations, pages
from keepwell.api.app import api
from keepwell.api.problems import answer

assert operations, "importing them declares them"


def _nothing(request: HttpRequest) -> HttpResponse:
    return answer(request, 404, "There is nothing at this address.")


_nothing.csrf_exempt = True  # type: ignore[attr-defined]


def _open(pattern: URLPattern) -> URLPattern:
    """Operations ask for tokens themselves and never lead to a sign-in page."""
    pattern.callback.login_required = False  # type: ignore[attr-defined]
    return pattern


_own = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
app_name = "api"
urlpatterns = [
    _open(one)
    for one in (
        path("api/v1/openapi.json", pages.openapi, name="openapi"),
        path("api/v1/docs", pages.docs, name="docs"),
        *_own,
        re_path(r"^(?:api|v1)/", _nothing, name="nothing"),
    )
]
