"""The addresses that providers call to tell what became of messages; public, each checked by signature.

How often is limited by account and caller, for all processes together: a provider that is told to wait tells
it again later, and whoever guesses addresses is soon told to wait for long.
"""

from __future__ import annotations

import logging

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from keepwell.foundation import clock
from keepwell.foundation.limits import Policy, Shared, Verdict
from keepwell.outreach.channels.contracts import Inbound, SignatureError
from keepwell.outreach.sending.services import receiving

log = logging.getLogger("keepwell.hooks")
BODY_MAX = 2 * 2**20
# Receipts of a large mailing come in great numbers, and many together in one call.
PER_CALLER = Policy("hooks", 3_000, 60)
PER_GUESSER = Policy("hooks-guess", 30, 60)
LIMITS = Shared()


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Keep what a provider tells; nothing is answered before it is kept, so what fails is told again."""
    if int(request.headers.get("Content-Length") or 0) > BODY_MAX:
        return HttpResponse("too large", status=413, content_type="text/plain")
    caller = get_adapter(request).get_client_ip(request)
    verdict = LIMITS.take(f"{token} {caller}", PER_CALLER)
    if not verdict.allowed:
        return _wait(verdict)
    inbound = Inbound(
        method=request.method or "GET",
        url=request.build_absolute_uri(),
        query=request.GET.dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
    )
    try:
        answer = receiving.receive(token=token, inbound=inbound, now=clock.now())
    except receiving.NoSuchAccountError:
        verdict = LIMITS.take(caller, PER_GUESSER)
        if not verdict.allowed:
            return _wait(verdict)
        return HttpResponse("no such address", status=404, content_type="text/plain")
    except SignatureError as error:
        verdict = LIMITS.take(f"{token} {caller}", PER_GUESSER)
        if not verdict.allowed:
            return _wait(verdict)
        log.warning("a call to %s… was not the provider's: %s", token[:6], error)
        return HttpResponse("the signature is not right", status=401, content_type="text/plain")
    except ValueError as error:
        log.warning("a call to %s… could not be read: %s", token[:6], error)
        return HttpResponse("this could not be read", status=400, content_type="text/plain")
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


def _wait(verdict: Verdict) -> HttpResponse:
    """Told to come again later; nothing was kept."""
    return HttpResponse("too many", status=429, content_type="text/plain", headers=verdict.headers())
