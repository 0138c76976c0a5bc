"""The forms of the pages before the shell: the first account, a password by link."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

TEXT = {"class": "kw-input"}


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 10 characters; a sentence is good."),
        widget=forms.PasswordInput(attrs={**TEXT, "autocomplete": "new-password"}, render_value=True),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={**TEXT, "autocomplete": "new-password"}, render_value=True),
    )

    def clean_again(self) -> str:
        """Both entries must be the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("The two passwords differ."))
        return again


class WelcomeForm(NewPasswordForm):
    """The administrator's account of a new installation."""

    field_order = ("username", "password", "again")
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("You sign in with it. Letters, digits and @ . + - _"),
        widget=forms.TextInput(attrs={**TEXT, "autofocus": "", "autocomplete": "username"}),
    )
