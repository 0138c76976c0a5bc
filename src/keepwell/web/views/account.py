"""One's own account: who one is here, how one signs in, where one is signed in, one's tokens and duty."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.internal.flows.sessions import end_other_sessions as end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access, queries, services
from keepwell.accounts.contracts import NewToken, Permission
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.web import devices, role_words
from keepwell.web.shell import render

TOKEN_DAYS = (30, 90, 365)


def account(
    request: HttpRequest, *, errors: dict[str, Any] | None = None, new_token: NewToken | None = None
) -> HttpResponse:
    """The page of one's own account; everybody who is signed in has one."""
    user: Any = request.user
    view = queries.user(user.pk)
    factors = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = next((one for one in factors if one.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "title": _("My account"),
        "person": view,
        "role_names": role_words.role_names(view.roles) if view else [],
        "languages": settings.LANGUAGES,
        "errors": errors or {},
        "app": next((one for one in factors if one.type == Authenticator.Type.TOTP), None),
        "passkeys": [one for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "factor_roles": role_words.role_names(sorted(queries.roles_with_second_factor(user))),
        "must_add": queries.must_add_second_factor(user),
        "social": SocialAccount.objects.filter(user=user).exists(),
        "sessions": sessions(request),
        "tokens": queries.tokens(user),
        "new_token": new_token,
        "scopes": [(code, words) for code, words in role_words.PERMISSIONS.items() if access.may(user, code)],
        "token_days": TOKEN_DAYS,
        "acknowledged_at": queries.acknowledged_at(user),
        "now": clock.now(),
    }
    return render(request, "keepwell/account.html", context, status=400 if errors else 200)


def sessions(request: HttpRequest) -> list[dict[str, Any]]:
    """Where one is signed in: this browser first, then the newest."""
    found = UserSession.objects.purge_and_list(request.user)
    rows = [
        {
            "one": one,
            "device": devices.name(one.user_agent),
            "is_current": one.session_key == request.session.session_key,
        }
        for one in found
    ]
    return sorted(rows, key=lambda row: (not row["is_current"], -row["one"].created_at.timestamp()))


@require_POST
def save_profile(request: HttpRequest) -> HttpResponse:
    """Name, address, language and time zone of oneself."""
    user: Any = request.user
    given = {
        name: request.POST.get(name, "")
        for name in ("first_name", "last_name", "email", "language", "time_zone")
        if name in request.POST
    }
    try:
        services.change_user(user_id=user.pk, actor=user.get_username(), **given)
    except ValidationError as error:
        return account(request, errors=error.message_dict)
    if given.get("language"):
        translation.activate(given["language"])
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("account"))


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    end_sessions(request, request.user)
    audit.log(
        actor=request.user.get_username(),
        action="user.sign_out_elsewhere",
        object_type="user",
        object_id=str(request.user.pk),
    )
    messages.success(request, _("You are signed out everywhere else."))
    return HttpResponseRedirect(reverse("account") + "#sessions")


@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Make a token; the page shows its secret this once."""
    now = clock.now()
    days = request.POST.get("days", "")
    expires_at = now + timedelta(days=int(days)) if days in {str(one) for one in TOKEN_DAYS} else None
    user: Any = request.user
    try:
        made = services.create_token(
            user=user,
            name=request.POST.get("name", ""),
            scopes=request.POST.getlist("scope"),
            now=now,
            expires_at=expires_at,
        )
    except ValidationError as error:
        return account(request, errors={f"token_{name}": found for name, found in error.message_dict.items()})
    return account(request, new_token=made)


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token: one's own, or anybody's for who manages accounts."""
    user: Any = request.user
    own = {token.token_id for token in queries.tokens(user)}
    if token_id not in own:
        access.require(user, Permission.MANAGE_ACCOUNTS)
        if token_id not in {token.token_id for token in queries.tokens()}:
            raise PermissionDenied(_("There is no such token."))
    services.revoke_token(token_id=token_id, now=clock.now(), actor=user.get_username())
    messages.success(request, _("The token is ended."))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else reverse("account") + "#tokens")


def confidentiality(request: HttpRequest) -> HttpResponse:
    """The duty of confidentiality: read it, take it on."""
    user: Any = request.user
    language = translation.get_language() or settings.LANGUAGE_CODE
    if request.method == "POST":
        try:
            services.acknowledge(
                user=user, version=request.POST.get("version", ""), language=language, now=clock.now()
            )
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            target = request.POST.get("next", "")
            safe = url_has_allowed_host_and_scheme(
                target, {request.get_host()}, require_https=request.is_secure()
            )
            return HttpResponseRedirect(target if safe else reverse("cockpit"))
    version, paragraphs = queries.confidentiality_text(language)
    context = {
        "title": _("Confidentiality"),
        "paragraphs": paragraphs,
        "version": version,
        "acknowledged_at": queries.acknowledged_at(user),
        "next": request.GET.get("next", ""),
    }
    return render(request, "keepwell/confidentiality.html", context)
