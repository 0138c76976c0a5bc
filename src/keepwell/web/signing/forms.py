"""The forms of signing in and of one's own account, in our words and our look."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm as AllauthAddWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TEXT = {"class": "kw-input"}


class Styled(forms.Form):
    """Gives every field our look, and the words of `WORDS`: name → label, or label and help."""

    WORDS: dict[str, tuple[Any, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if not isinstance(field.widget, forms.CheckboxInput | forms.HiddenInput):
                field.widget.attrs.update(TEXT)
            field.widget.attrs.pop("placeholder", None)
            if name in self.WORDS:
                field.label, field.help_text = self.WORDS[name]


class SignInForm(forms.Form):
    """Name and password; `get_user` is who they belong to. Failed attempts are counted by the adapter."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={**TEXT, "autofocus": "", "autocomplete": "username webauthn"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={**TEXT, "autocomplete": "current-password"}),
    )

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self._user: Any = None
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Look whether the two belong together; raises ValidationError where not, or too often."""
        given = super().clean() or {}
        if given.get("username") and given.get("password"):
            adapter = get_adapter(self.request)
            self._user = adapter.authenticate(
                self.request, username=given["username"], password=given["password"]
            )
            if self._user is None:
                raise ValidationError(adapter.error_messages["username_password_mismatch"])
        return given

    def get_user(self) -> Any:
        """Who signs in."""
        return self._user


CODE = (
    _("Code"),
    _("Six digits from your authenticator app, or one of your recovery codes."),
)


class AuthenticateForm(Styled, AllauthAuthenticateForm):
    """The second step of signing in."""

    WORDS = {"code": CODE}


class ReauthenticateCodeForm(Styled, AllauthReauthenticateCodeForm):
    """A code again before something delicate."""

    WORDS = {"code": CODE}


class ReauthenticateForm(Styled, AllauthReauthenticateForm):
    """The password again before something delicate."""

    WORDS = {"password": (_("Password"), "")}


class ActivateTOTPForm(Styled, AllauthActivateTOTPForm):
    """The first code of an authenticator app."""

    WORDS = {"code": (_("Code"), _("Six digits that the app shows now."))}


class AddWebAuthnForm(Styled, AllauthAddWebAuthnForm):
    """A passkey and its name."""

    WORDS = {
        "name": (
            pgettext_lazy("of a thing", "Name"),
            _("To tell your passkeys apart, for example “Office laptop”."),
        ),
        "passwordless": (
            _("Sign in with it alone"),
            _("The device then asks for your finger, face or PIN; no password is needed."),
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True


PASSWORD_HELP = _("At least 10 characters; a sentence is good.")


class ChangePasswordForm(Styled, AllauthChangePasswordForm):
    """Another password."""

    WORDS = {
        "oldpassword": (_("Present password"), ""),
        "password1": (_("New password"), PASSWORD_HELP),
        "password2": (_("New password again"), ""),
    }


class SetPasswordForm(Styled, AllauthSetPasswordForm):
    """A first password for an account that came by single sign-on."""

    WORDS = {"password1": (_("Password"), PASSWORD_HELP), "password2": (_("Password again"), "")}
