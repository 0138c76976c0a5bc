"""Answers to customers who have no account: in their language, in the shop's colours, leaving no trace."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from keepwell.foundation.limits import Buckets, Policy
from keepwell.outreach.content.queries import addressing
from keepwell.outreach.sending.marks import looks, tokens
from keepwell.outreach.sending.marks.tokens import Kind, Mark

# One token is one message: nobody asks for it so often. Addresses that guess tokens, or bring cut ones, wait
# sooner; who brings good ones does not count for them, since a mail provider brings those of thousands.
PER_TOKEN = Policy("public", 60, 60)
PER_GUESSER = Policy("public-guess", 30, 60)
BUCKETS = Buckets()

P = ParamSpec("P")
Answer = Callable[P, HttpResponse]


def public(view: Answer[P]) -> Answer[P]:
    """A view for anybody: no account, no cookie, no token of a form (the address itself is the secret).

    Its answer is kept by nobody, listed by no search engine, and tells no other site where one came from.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "private, no-store"
        return response

    marked: Answer[P] = login_not_required(csrf_exempt(answer))
    return marked


def mark_of(request: HttpRequest, token: str, kind: Kind) -> Mark | HttpResponse:
    """What a token says, or the answer to one that is not ours or comes too often."""
    mark = tokens.read(token, kind)
    guessing = mark is None
    caller = get_adapter(request).get_client_ip(request) if guessing else token
    verdict = BUCKETS.take(
        hashlib.sha256(caller.encode()).hexdigest(), PER_GUESSER if guessing else PER_TOKEN
    )
    if not verdict.allowed:
        response = page(request, "too_many", {"title": _("One moment, please")}, status=429)
        response["Retry-After"] = str(verdict.reset_seconds)
        return response
    return mark or page(request, "cut", {"title": _("This link is not complete")}, status=404)


def language_of(request: HttpRequest, language: str = "", country: str = "") -> str:
    """The customer's language, else that of the browser, else of the country; one that the pages speak."""
    known = dict(settings.LANGUAGES)
    if language:
        spoken = addressing.spoken(language, "", tuple(known))
        return spoken if spoken in known else translation.get_language_from_request(request)
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return addressing.spoken("", country, tuple(known))


def page(
    request: HttpRequest, name: str, context: Mapping[str, Any], *, language: str = "", status: int = 200
) -> HttpResponse:
    """One of the pages, with a policy that lets nothing in but its own style and the shop's logo."""
    look = looks.look()
    style = f":root{{--accent:{look.accent};--on-accent:{look.on_accent}}}"
    with translation.override(language or language_of(request)):
        given = {"look": look, "style": style, "language": translation.get_language(), **context}
        body = loader.render_to_string(f"keepwell/public/{name}.html", given)
        response = HttpResponse(body, status=status)
        response["Content-Language"] = translation.get_language() or "en"
    response["Content-Security-Policy"] = _policy(style, look.logo_url)
    return response


def _policy(style: str, logo_url: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    logo = urlsplit(logo_url)
    pictures = f"'self' {logo.scheme}://{logo.netloc}" if logo.scheme == "https" and logo.netloc else "'self'"
    return (
        f"default-src 'none'; style-src 'self' 'sha256-{digest}'; img-src {pictures}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
