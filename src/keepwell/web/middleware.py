"""What happens to every request: first run, the user's language, security headers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import translation

from keepwell.accounts import queries as accounts
from keepwell.accounts import services as account_services
from keepwell.foundation import clock

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
# What one may open before one's duties are done: they themselves, and the way out.
ALWAYS_OPEN = frozenset(
    {
        "account",
        "account_change_password",
        "account_reauthenticate",
        "confidentiality",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_view_recovery_codes",
        "set_language",
        "sign_in",
        "sign_out",
    }
)
SEEN_EVERY_SECONDS = 15 * 60
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


class DutiesMiddleware:
    """Leads people to what they have to do first: take on confidentiality, set up a second factor.

    What was found done is remembered with the session, so that later pages ask nothing of the database.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Lead there, or on."""
        match = resolve_or_none(request.path_info)
        if not request.user.is_authenticated or match is None or match.url_name in ALWAYS_OPEN:
            return self.get_response(request)
        self._note_seen(request)
        user = request.user
        version = accounts.confidentiality_version()
        if request.session.get("acknowledged", "") != version:
            if accounts.must_acknowledge(user):
                return lead_to(request, "confidentiality")
            request.session["acknowledged"] = version
        if accounts.must_add_second_factor(user) and not used_single_sign_on(request):
            return lead_to(request, "account")
        return self.get_response(request)

    def _note_seen(self, request: HttpRequest) -> None:
        """Write down, every quarter of an hour, that the session is in use."""
        now = clock.now()
        if now.timestamp() - request.session.get("seen", 0) > SEEN_EVERY_SECONDS:
            request.session["seen"] = now.timestamp()
            ip = get_adapter(request).get_client_ip(request)
            account_services.note_seen(session_key=request.session.session_key or "", ip=ip, now=now)


def resolve_or_none(path: str) -> ResolverMatch | None:
    """What answers at `path`."""
    try:
        return resolve(path)
    except Resolver404:
        return None


def lead_to(request: HttpRequest, name: str) -> HttpResponse:
    """To a page of one's own, which leads back afterwards; a part of a page loads that page whole."""
    target = reverse(name)
    if request.method == "GET":
        target += "?" + urlencode({"next": request.get_full_path()})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def used_single_sign_on(request: HttpRequest) -> bool:
    """Whether this session began at the company's own provider, which asks for a second factor itself."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "socialaccount" for record in records)


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
    """The policy for `response`, allowing the style elements that it contains and no others.

    A document inside the page obeys the page's policy: `response.framed_styles` are the style elements of
    what the page frames now or will, such as the preview of an e-mail.
    """
    policy = dict(POLICY)
    if not response.streaming:
        for body in [*STYLE_ELEMENT.findall(response.content), *getattr(response, "framed_styles", ())]:
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            policy["style-src"] += f" 'sha256-{digest}'"
    return "; ".join(f"{name} {value}" for name, value in policy.items())
