"""What can be done to users."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts.models import User
from keepwell.foundation.audit import services as audit


def create_first_administrator(*, username: str, password: str, language: str = "") -> User:
    """Create the administrator of a new installation.

    Raises ValidationError where there is a user already, or where name or password will not do.
    """
    user = User(username=username.strip(), is_staff=True, is_superuser=True, language=language)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    with transaction.atomic():
        if User.objects.exists():
            raise ValidationError(_("This installation has its administrator already. Please sign in."))
        user.save()
        audit.log(actor=user.username, action="user.create", object_type="user", object_id=str(user.pk))
    return user


def set_language(*, user: User, language: str) -> None:
    """Remember the language that `user` chose; raises ValidationError for one that is not offered."""
    if language not in dict(settings.LANGUAGES):
        raise ValidationError(_("This language is not offered."))
    User.objects.filter(pk=user.pk).update(language=language)
