"""What somebody has to do before customers' data opens."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings

from keepwell.accounts import access, confidentiality
from keepwell.accounts.contracts import Role
from keepwell.accounts.models import Acknowledgement, RolePolicy, User


def confidentiality_version() -> str:
    """The version of the duty of confidentiality that must be acknowledged; empty where none must be."""
    return "" if settings.KEEPWELL_CONFIDENTIALITY == "off" else confidentiality.VERSION


def confidentiality_text(language: str) -> tuple[str, tuple[str, ...]]:
    """Its present version and paragraphs."""
    return confidentiality.VERSION, confidentiality.text(language)


def acknowledged_at(user: User) -> datetime | None:
    """When `user` took on the present version, or None."""
    return (
        Acknowledgement.objects.filter(user=user, version=confidentiality.VERSION)
        .values_list("at", flat=True)
        .first()
    )


def must_acknowledge(user: User) -> bool:
    """Whether `user` has yet to take on the present version."""
    return bool(confidentiality_version()) and acknowledged_at(user) is None


def roles_asking_second_factor() -> frozenset[Role]:
    """The roles whose holders must have a second factor."""
    found = RolePolicy.objects.filter(second_factor=True).values_list("role", flat=True)
    return frozenset(Role(code) for code in found if code in set(Role))


def roles_with_second_factor(user: User) -> frozenset[Role]:
    """Those roles of `user` that ask for a second factor."""
    return roles_asking_second_factor() & access.roles(user)


def must_add_second_factor(user: User) -> bool:
    """Whether a role of `user` asks for a second factor that is not there yet."""
    if not roles_with_second_factor(user):
        return False
    factors = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return not factors.exists()
