"""What machines ask: alive, ready, figures."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers

from keepwell.operations import health, metrics

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")


@login_not_required
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks for nothing else: a restart would not mend a database."""
    return _never_cached(HttpResponse("ok\n", content_type="text/plain"))


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """Everything that serving needs is there (200), or something is not (503)."""
    checks = health.readiness()
    well = all(checks.values())
    said = {name: "ok" if passed else "failed" for name, passed in checks.items()}
    return _never_cached(JsonResponse({"ready": well, "checks": said}, status=200 if well else 503))


@login_not_required
def figures(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus: with KEEPWELL_METRICS_TOKEN for who has it, else for this machine only."""
    if not may_read_figures(request):
        return _never_cached(HttpResponse("forbidden\n", content_type="text/plain", status=403))
    body, kind = metrics.page()
    return _never_cached(HttpResponse(body, content_type=kind))


def may_read_figures(request: HttpRequest) -> bool:
    """The bearer token where one is set; else a request of this machine that no proxy passed on."""
    token = str(settings.KEEPWELL_METRICS_TOKEN)
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _never_cached(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response


PATHS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": live,
    "/readyz": ready,
    "/metrics": figures,
}
