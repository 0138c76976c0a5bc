"""The duty of confidentiality is taken on."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import confidentiality
from keepwell.accounts.models import Acknowledgement, User
from keepwell.foundation.audit import services as audit


def acknowledge(*, user: User, version: str, language: str, now: datetime) -> Acknowledgement:
    """Record that `user` read this version in this language and took it on; a second time changes nothing.

    Raises ValidationError where another version is in force.
    """
    if version != confidentiality.VERSION:
        raise ValidationError(_("The text has changed meanwhile. Please read it again."))
    with transaction.atomic():
        found, made = Acknowledgement.objects.get_or_create(
            user=user,
            version=version,
            defaults={"language": language, "text_hash": confidentiality.text_hash(language), "at": now},
        )
        if made:
            audit.log(
                actor=user.username,
                action="confidentiality.acknowledge",
                object_type="user",
                object_id=str(user.pk),
                details={"version": version, "language": language, "text": found.text_hash},
                at=now,
            )
    return found
