"""The addresses of the API."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from keepwell.api import operations, pages
from keepwell.api.app import api
from keepwell.api.problems import answer

assert operations, "importing them declares them"


@csrf_exempt
def _nothing(request: HttpRequest) -> HttpResponse:
    return answer(request, 404, "There is nothing at this address.")


def _open(pattern: URLPattern) -> URLPattern:
    """Operations ask for tokens themselves and never lead to a sign-in page."""
    login_not_required(pattern.callback)
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
