"""What lines and acts may say; everything here raises CareError in the active language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.outreach.content import queries as content
from keepwell.plays.care import core, defaults
from keepwell.plays.care.contracts import DAYS_OF_RESPECT, By, CareError, LineSpec, NoPlanError, Occasion
from keepwell.plays.care.models import Activity

LINES_MAX = 20
OPEN = ("planned", "inviting")  # activities that guests may still come to
LEAD_DAYS_MAX = 60
TEXT_MAX = 2_000
MESSAGED = ("email", "sms", "wecom", "whatsapp")


def lines(specs: Sequence[LineSpec]) -> None:
    """Whether these can be the lines of a plan."""
    if not specs or len(specs) > LINES_MAX:
        raise CareError(_("A plan has between 1 and %(most)s lines.") % {"most": LINES_MAX})
    for spec in specs:
        line(spec)


def line(spec: LineSpec) -> None:
    """Whether this can be a line of a plan."""
    kind = defaults.ACTS.get(spec.act)
    if kind is None or spec.occasion not in set(Occasion) or spec.by not in set(By):
        raise CareError(_("There is no such act of care."))
    if spec.occasion == Occasion.EVERY and not 1 <= spec.every_weeks <= core.WEEKS_MAX:
        raise CareError(_("Please say every how many weeks, from 1 to %(most)s.") % {"most": core.WEEKS_MAX})
    if spec.channel and kind.channels and spec.channel not in kind.channels:
        raise CareError(_("This act cannot be done by this channel."))
    if not 0 <= spec.lead_days <= LEAD_DAYS_MAX:
        raise CareError(_("Please choose from 0 to %(most)s days.") % {"most": LEAD_DAYS_MAX})
    amount(spec.budget)
    if spec.by == By.MESSAGE and (spec.channel not in MESSAGED or not spec.text_code):
        raise CareError(_("A message needs a channel and a text."))
    free_of_offers(spec.act, spec.occasion, text_code=spec.text_code)


def amount(value: Decimal) -> None:
    """Whether this is an amount of money that can be planned."""
    if not value.is_finite() or not 0 <= value < Decimal(10) ** 9:
        raise CareError(_("Please type an amount."))


def text(value: str) -> str:
    """What somebody wrote, without blanks around it."""
    said = value.strip()
    if len(said) > TEXT_MAX:
        raise CareError(_("Please say it in %(most)s characters.") % {"most": TEXT_MAX})
    return said


def free_of_offers(act: str, occasion: str, *, text_code: str = "", words: str = "") -> None:
    """Whether what is said is free of sales talk, where it must be: on birthdays and anniversaries."""
    if occasion not in DAYS_OF_RESPECT:
        return
    if act in defaults.SELLING:
        raise CareError(_("Birthdays and anniversaries are kept free of offers. Choose another day for it."))
    said = content.sales_talk(text_code) if text_code else ""
    found = said or content.offer_in(words)
    if found:
        raise CareError(
            _("Birthdays and anniversaries are kept free of offers; this one sells: “%(word)s”.")
            % {"word": found}
        )


def locked(activity_id: int) -> Activity:
    """An activity, so that two who answer at once do not share the last seat; raises NoPlanError."""
    row = Activity.objects.select_for_update(of=("self",)).filter(pk=activity_id).first()
    if row is None:
        raise NoPlanError(activity_id)
    return row


def note(row: Activity, action: str, actor: str, now: datetime, details: Mapping[str, Any]) -> None:
    """Keep a step of an activity in the audit log."""
    audit.log(
        actor=actor,
        action=action,
        object_type="care_activity",
        object_id=str(row.pk),
        details=details,
        at=now,
    )
