"""The back office of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from keepwell.accounts.models import User
from keepwell.foundation.audit import services as audit

# Rules are by account for now: everybody sees, staff may change.
admin.site.unregister(Group)


class UserForm(UserChangeForm):
    """An account, its language chosen from those that are offered."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("that of the browser")), *settings.LANGUAGES],
        widget=UnfoldAdminSelectWidget,
    )


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """People who sign in; who leaves is switched off, not deleted, so that the audit log keeps its names."""

    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("May"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody deletes accounts."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, and say so in the audit log: which fields, not their values."""
        super().save_model(request, obj, form, change)
        audit.log(
            actor=request.user.get_username(),
            action="user.change" if change else "user.create",
            object_type="user",
            object_id=str(obj.pk),
            details={"fields": sorted(form.changed_data)},
        )
