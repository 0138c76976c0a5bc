"""Accounts: made, changed, switched off; never deleted, so that the audit log keeps its names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Role
from keepwell.accounts.models import Team, User
from keepwell.foundation.audit import services as audit

FIELDS = ("first_name", "last_name", "email", "language", "time_zone", "team_id")


def create_first_administrator(*, username: str, password: str, language: str = "") -> User:
    """Create the administrator of a new installation.

    Raises ValidationError where there is a user already, or where name or password will not do.
    """
    user = User(
        username=username.strip(),
        is_staff=True,
        is_superuser=True,
        language=language,
        roles=[Role.ADMINISTRATOR],
    )
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


def create_user(*, username: str, roles: Iterable[Role | str], actor: str, **fields: Any) -> User:
    """Make an account without a password; a link sets one (`links.create_password_link`).

    `fields` are first_name, last_name, email, language, time_zone, team_id. Raises ValidationError by field.
    """
    user = User(username=username.strip(), roles=_roles(roles), **_known(fields))
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    with transaction.atomic():
        user.save()
        audit.log(
            actor=actor,
            action="user.create",
            object_type="user",
            object_id=str(user.pk),
            details={"username": user.username, "roles": user.roles, "team": user.team_id},
        )
    return user


def change_user(*, user_id: int, actor: str, **fields: Any) -> User:
    """Change name, address, language, time zone or team; the audit log says which, not their values.

    Raises User.DoesNotExist for an unknown user and ValidationError by field.
    """
    wanted = _known(fields)
    with transaction.atomic():
        user = _locked(user_id)
        changed = sorted(name for name, value in wanted.items() if getattr(user, name) != value)
        for name in changed:
            setattr(user, name, wanted[name])
        user.full_clean(exclude=["password"])
        if changed:
            user.save(update_fields=changed)
            audit.log(
                actor=actor,
                action="user.change",
                object_type="user",
                object_id=str(user_id),
                details={"fields": changed},
            )
    return user


def set_roles(*, user_id: int, roles: Iterable[Role | str], actor: str) -> User:
    """Give `user_id` these roles and no others.

    Raises ValidationError for an unknown role, and where no administrator would be left.
    """
    wanted = _roles(roles)
    with transaction.atomic():
        user, active = _locked_among_all(user_id)
        before = sorted({*user.roles, *([Role.ADMINISTRATOR] if user.is_superuser else [])})
        if before == wanted:
            return user
        is_administrator = Role.ADMINISTRATOR in wanted
        if not is_administrator:
            _keep_an_administrator(user, active)
        user.roles, user.is_superuser, user.is_staff = wanted, is_administrator, is_administrator
        user.save(update_fields=["roles", "is_superuser", "is_staff"])
        audit.log(
            actor=actor,
            action="user.set_roles",
            object_type="user",
            object_id=str(user_id),
            details={"before": before, "after": wanted},
        )
    return user


def deactivate(*, user_id: int, actor: str) -> User:
    """Switch an account off: sessions, tokens and links open nothing from now on.

    Raises ValidationError for one's own account and where no administrator would be left.
    """
    with transaction.atomic():
        user, active = _locked_among_all(user_id)
        if user.username == actor:
            raise ValidationError(_("Nobody switches off their own account."))
        if user.is_active:
            _keep_an_administrator(user, active)
            user.is_active = False
            user.save(update_fields=["is_active"])
            audit.log(actor=actor, action="user.deactivate", object_type="user", object_id=str(user_id))
    return user


def reactivate(*, user_id: int, actor: str) -> User:
    """Switch an account on again."""
    with transaction.atomic():
        user = _locked(user_id)
        if not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
            audit.log(actor=actor, action="user.reactivate", object_type="user", object_id=str(user_id))
    return user


def _locked(user_id: int) -> User:
    return User.objects.select_for_update(of=("self",)).get(pk=user_id)


def _roles(roles: Iterable[Role | str]) -> list[str]:
    wanted = sorted({str(role) for role in roles})
    if not set(wanted) <= {str(role) for role in Role}:
        raise ValidationError({"roles": [_("There is no such role.")]})
    return wanted


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
    if fields.get("language") and fields["language"] not in dict(settings.LANGUAGES):
        raise ValidationError({"language": [_("This language is not offered.")]})
    if fields.get("time_zone") and fields["time_zone"] not in available_timezones():
        raise ValidationError({"time_zone": [_("There is no such time zone.")]})
    if fields.get("team_id") is not None and not Team.objects.filter(pk=fields["team_id"]).exists():
        raise ValidationError({"team_id": [_("There is no such team.")]})
    return {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}


def _locked_among_all(user_id: int) -> tuple[User, list[User]]:
    """A user and everybody who is active, locked in the order of their numbers: two who ask at once wait."""
    wanted = Q(is_active=True) | Q(pk=user_id)
    rows = list(User.objects.select_for_update(of=("self",)).filter(wanted).order_by("pk"))
    user = next((one for one in rows if one.pk == user_id), None)
    if user is None:
        raise User.DoesNotExist
    return user, [one for one in rows if one.is_active]


def _keep_an_administrator(user: User, active: Iterable[User]) -> None:
    """Refuse to lose the last administrator."""
    administrators = {one.pk for one in active if one.is_superuser or Role.ADMINISTRATOR in one.roles}
    if administrators and administrators <= {user.pk}:
        raise ValidationError(_("Somebody must stay administrator."))
