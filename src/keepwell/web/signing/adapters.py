"""Where allauth asks: what is written down, sealed, refused, and in which words."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.accounts import queries as accounts
from keepwell.accounts import services as account_services
from keepwell.foundation import crypto
from keepwell.foundation.audit import services as audit

# What a page says after it did something; allauth's own messages are not shown.
SAID = {
    "account/messages/password_changed.txt": gettext_lazy("The password is changed."),
    "account/messages/password_set.txt": gettext_lazy("The password is set."),
    "mfa/messages/totp_activated.txt": gettext_lazy("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey is removed."),
    "mfa/messages/recovery_codes_generated.txt": gettext_lazy("There are new recovery codes."),
    "usersessions/messages/sessions_logged_out.txt": gettext_lazy("You are signed out everywhere else."),
}
INCORRECT_CODE = gettext_lazy(
    "This code is not right. Codes change every 30 seconds; please try the present one."
)


def _log(user: Any, action: str, **details: Any) -> None:
    audit.log(
        actor=user.get_username(), action=action, object_type="user", object_id=str(user.pk), details=details
    )


class AccountAdapter(DefaultAccountAdapter):
    """Signing in and out."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": gettext_lazy("This account is switched off. Ask an administrator."),
        "incorrect_code": INCORRECT_CODE,
        "incorrect_password": gettext_lazy("This is not your password."),
        "enter_current_password": gettext_lazy("This is not your present password."),
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts failed. Wait five minutes, or ask an administrator for a new password link."
        ),
        "username_password_mismatch": gettext_lazy("User name or password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account of their own; administrators do."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where a request comes from; a server that listens on a socket file knows no address."""
        return "0.0.0.0" if not request.META.get("REMOTE_ADDR") else super().get_client_ip(request)  # noqa: S104

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say it in our words, or not at all."""
        text = message or SAID.get(message_template or "")
        if text:
            messages.add_message(request, level, str(text), extra_tags=extra_tags)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in and write it down."""
        super().login(request, user)
        _log(user, "user.sign_in", ip=self.get_client_ip(request))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down whose password was not right; of unknown names nothing, they may be passwords."""
        user = accounts.find_user(credentials.get("username", ""))
        if user is not None:
            _log(user, "user.sign_in_failed", ip=self.get_client_ip(request))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """What concerns the safety of an account goes into the audit log."""
        _log(user, "user." + template_prefix.rpartition("/")[2])


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are sealed like contact data."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": INCORRECT_CODE,
        "cannot_delete_authenticator": gettext_lazy(
            "Your role asks for a second factor. Add another before you remove this one."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return crypto.ring().seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return crypto.ring().unseal(encrypted_text)

    def get_totp_label(self, user: Any) -> str:
        """What the authenticator app calls the account."""
        return str(user.get_username())

    def _get_site_name(self) -> str:
        return f"Keepwell {context.request.get_host()}"

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """The proposed name of another passkey."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one where a role asks for a second factor."""
        if not accounts.roles_with_second_factor(authenticator.user):
            return True
        rest = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return rest.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Who comes from the company's own provider."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account by the address that the provider verified; refuse who has none and gets none."""
        if sociallogin.is_existing:
            return
        addresses = [one.email for one in sociallogin.email_addresses if one.verified]
        user = accounts.user_of_address(addresses)
        if user is not None:
            sociallogin.connect(request, user)
            _log(user, "user.single_sign_on_connected", provider=sociallogin.account.provider)
        elif not settings.KEEPWELL_OIDC_ROLES or accounts.address_is_taken(
            [one.email for one in sociallogin.email_addresses]
        ):
            messages.error(
                request,
                _("You are known there, but there is no account for you here. Ask an administrator for one."),
            )
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("sign_in")))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Where roles are set for newcomers."""
        return bool(settings.KEEPWELL_OIDC_ROLES)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        """A newcomer gets the roles that the settings name."""
        user = super().save_user(request, sociallogin, form)
        account_services.set_roles(
            user_id=user.pk, roles=settings.KEEPWELL_OIDC_ROLES, actor="single sign-on"
        )
        user.refresh_from_db()
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Back to the sign-in page, saying so; the reason goes to the log of the server."""
        messages.error(request, _("Single sign-on did not work. Please try again or use your password."))
        raise ImmediateHttpResponse(HttpResponseRedirect(reverse("sign_in")))
