"""What customers see of a colleague: kept by themselves, or by who manages accounts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import CardView
from keepwell.accounts.models import ContactCard, User
from keepwell.foundation.audit import services as audit

NAME_MAX, POSITION_MAX, SIGNATURE_MAX = 60, 80, 300
PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{3,28}[0-9]")
# No mail program lets these stand in the name of a sender.
NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f<>@\"\\]")
SEALED = ("display_name", "email", "phone", "signature")


def save_card(*, card: CardView, actor: str, now: datetime) -> CardView:
    """Keep what customers see of somebody; audited by the names of the fields, not their values.

    Raises ValidationError by field, User.DoesNotExist for an unknown user.
    """
    tidy = replace(
        card,
        **{name: getattr(card, name).strip() for name in SEALED},
        positions={code: words.strip() for code, words in card.positions.items() if words.strip()},
    )
    if found := _problems(tidy):
        raise ValidationError(found)
    values: dict[str, Any] = {name: getattr(tidy, name) for name in SEALED} | {
        "positions": dict(tidy.positions),
        "away_from": tidy.away_from,
        "away_until": tidy.away_until,
        "substitute_id": tidy.substitute_id,
    }
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=tidy.user_id)
        row = ContactCard.objects.filter(user=user).first() or ContactCard(user=user)
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        if not changed:
            return tidy
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at, row.updated_by = now, actor
        row.save()
        audit.log(
            actor=actor,
            action="user.card",
            object_type="user",
            object_id=str(user.pk),
            details={"fields": changed},
            at=now,
        )
    return tidy


def _problems(card: CardView) -> dict[str, str]:
    found = {}
    if len(card.display_name) > NAME_MAX or NOT_IN_NAMES.search(card.display_name):
        found["display_name"] = _("At most 60 signs, without @, quotation marks and angle brackets.")
    if card.email and not _is_address(card.email):
        found["email"] = _("Please type an e-mail address.")
    if card.phone and not PHONE.fullmatch(card.phone):
        found["phone"] = _("Please type a phone number: digits, spaces and a plus in front.")
    if len(card.signature) > SIGNATURE_MAX:
        found["signature"] = _("At most 300 signs.")
    codes = {code for code, _name in settings.LANGUAGES}
    if any(code not in codes or len(words) > POSITION_MAX for code, words in card.positions.items()):
        found["positions"] = _("At most 80 signs.")
    if card.away_from and not card.away_until:
        found["away_until"] = _("Please say until when.")
    if card.away_from and card.away_until and card.away_until < card.away_from:
        found["away_until"] = _("The last day comes before the first.")
    if card.substitute_id is not None:
        others = User.objects.filter(pk=card.substitute_id, is_active=True).exclude(pk=card.user_id)
        if not others.exists():
            found["substitute_id"] = _("Please choose a colleague.")
    return found


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
