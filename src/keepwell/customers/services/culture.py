"""The culture guide, changed by those who keep the standards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from keepwell.customers.contracts import CHANNELS, CULTURES, TOPICS
from keepwell.customers.guide import BUILT_IN
from keepwell.customers.models import CultureEntry
from keepwell.customers.services.checks import require_choice, text_of
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit

LANGUAGES = ("en", "zh-hans", "zh-hant")


def save_culture_entry(
    *,
    code: str,
    topic: str,
    places: Collection[str],
    texts: Mapping[str, str],
    channel: str = "",
    is_warning: bool = False,
    is_active: bool = True,
    actor: str,
    at: datetime | None = None,
) -> str:
    """Write an entry ("" as `code` makes a new one); its code. One that Keepwell brought is replaced.

    `places` are ISO countries or codes of `contracts.CULTURES`. Raises ValidationError.
    """
    at = at or clock.now()
    require_choice("topic", topic, TOPICS)
    if channel:
        require_choice("channel", channel, CHANNELS)
    said = {language: text_of("texts", texts.get(language, ""), most=500) for language in LANGUAGES}
    said = {language: text for language, text in said.items() if text}
    if not said:
        raise ValidationError({"texts": [_("Please write the advice in at least one language.")]})
    values = {
        "topic": topic,
        "places": _places(places),
        "channel": channel,
        "texts": said,
        "is_warning": is_warning,
        "is_active": is_active,
        "updated_at": at,
        "updated_by": actor,
    }
    with transaction.atomic():
        if not code:
            code = f"own-{get_random_string(8, 'abcdefghjkmnpqrstuvwxyz23456789')}"
        elif code not in BUILT_IN and not CultureEntry.objects.filter(code=code).exists():
            raise ValidationError(_("There is no such entry."))
        CultureEntry.objects.update_or_create(code=code, defaults=values)
        _log("save", code, actor, at)
    return code


def reset_culture_entry(*, code: str, actor: str, at: datetime | None = None) -> None:
    """Bring a changed entry back to what Keepwell brought; one of the shop's own goes away."""
    at = at or clock.now()
    with transaction.atomic():
        gone, _kinds = CultureEntry.objects.filter(code=code).delete()
        if gone:
            _log("reset", code, actor, at)


def _places(places: Collection[str]) -> list[str]:
    found = []
    for raw in places:
        place = raw.strip()
        if place.lower() in CULTURES:
            found.append(place.lower())
        elif len(place) == 2 and place.isascii() and place.isalpha():
            found.append(place.upper())
        elif place:
            message = _("“%(place)s” is neither a country of two letters nor a culture of the list.")
            raise ValidationError({"places": [message % {"place": place}]})
    if not found:
        raise ValidationError({"places": [_("Please name at least one country or culture.")]})
    return sorted(set(found))


def _log(verb: str, code: str, actor: str, at: datetime) -> None:
    audit.log(
        actor=actor, action=f"culture.{verb}", object_type="culture_entry", object_id=code, details={}, at=at
    )
