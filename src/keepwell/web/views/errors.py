"""What is shown when something cannot be: forbidden, not found, broken."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import loader

from keepwell.web.shell import render

logger = logging.getLogger(__name__)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: what one may not do, and whom to ask."""
    context = {"title": "403", "reason": str(exception or "")}
    return render(request, "keepwell/error_403.html", context, status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: what was looked for is not here."""
    reason = str(exception) if exception and exception.args and isinstance(exception.args[0], str) else ""
    return render(request, "keepwell/error_404.html", {"title": "404", "reason": reason}, status=404)


@login_not_required
def too_many(request: HttpRequest) -> HttpResponse:
    """429: the same thing was tried too often."""
    return render(request, "keepwell/error_429.html", {"title": "429"}, status=429)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    """500: without the shell, since what broke may be under it."""
    return HttpResponse(loader.render_to_string("keepwell/error_500.html", {}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere."""
    logger.warning("CSRF: %s", reason)
    return render(request, "keepwell/error_csrf.html", {"title": "403"}, status=403)
