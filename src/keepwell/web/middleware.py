"""What happens to every request: first run, the user's language, security headers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation

from keepwell.accounts import queries as accounts

GetResponse = Callable[[HttpRequest], HttpResponse]

# The shell's Alpine compiles its attributes, hence 'unsafe-eval'; it and the charts set style attributes,
# hence style-src-attr. Style elements are allowed by hash, inline scripts not at all.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
STYLE_ELEMENT = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)


class FirstRunMiddleware:
    """Sends everybody to the welcome page while no account exists."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Lead to the welcome page, or on."""
        open_pages = (reverse("welcome"), reverse("set_language"))
        if request.path in open_pages or request.user.is_authenticated or accounts.anybody_exists():
            return self.get_response(request)
        return HttpResponseRedirect(reverse("welcome"))


class UserLanguageMiddleware:
    """Speaks the language that the signed-in user chose; others get that of their cookie or browser."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language of the account."""
        language = getattr(request.user, "language", "") if request.user.is_authenticated else ""
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)


class SecurityHeadersMiddleware:
    """Adds the content security policy to pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers."""
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", content_policy(response))
            response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


def content_policy(response: HttpResponse) -> str:
    """The policy for `response`, allowing the style elements that it contains and no others."""
    policy = dict(POLICY)
    if not response.streaming:
        for body in STYLE_ELEMENT.findall(response.content):
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            policy["style-src"] += f" 'sha256-{digest}'"
    return "; ".join(f"{name} {value}" for name, value in policy.items())
