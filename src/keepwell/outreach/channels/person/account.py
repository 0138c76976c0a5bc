"""How much of it colleagues can do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    AccountField,
    ChannelContract,
    Provider,
    Settings,
    SettingsError,
)
from keepwell.outreach.channels.person.contract import CONTRACTS
from keepwell.outreach.channels.unsent import no_session

PER_DAY, PER_DAY_MAX = 15, 500
DUE_DAYS, DUE_DAYS_MAX = 2, 60
FIELDS = (
    AccountField(
        "per_day",
        _("At most so many new ones for each colleague on a day"),
        required=False,
        default=str(PER_DAY),
        help=_("What is more waits for the next day; those without a colleague of their own count together."),
    ),
    AccountField(
        "due_days",
        _("To be done within so many days"),
        required=False,
        default=str(DUE_DAYS),
    ),
)
LABELS = {
    "phone": _("Calls by colleagues"),
    "visit": _("Visits by colleagues"),
    "store": _("In the store or service centre"),
    "post": _("Letters and cards"),
    "parcel": _("Gifts by parcel"),
}


def per_day(settings: Settings) -> int:
    """How many new tasks a colleague gets on a day at most."""
    return int(settings.get("per_day") or PER_DAY)


def due_days(settings: Settings) -> int:
    """Within how many days a task is to be done."""
    return int(settings.get("due_days") or DUE_DAYS)


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot be."""
    problems = {}
    for name, usual, most in (("per_day", PER_DAY, PER_DAY_MAX), ("due_days", DUE_DAYS, DUE_DAYS_MAX)):
        value = settings.get(name) or str(usual)
        if not value.isdecimal() or not 1 <= int(value) <= most:
            problems[name] = f"not_{name}"
    if problems:
        raise SettingsError(problems)


def _provider(contract: ChannelContract, label: Any) -> Provider:
    return Provider(
        code=f"{contract.code}.people",
        label=label,
        contract=contract,
        fields=FIELDS,
        open=no_session,
        check=check,
    )


PROVIDERS = tuple(_provider(contract, LABELS[channel]) for channel, contract in CONTRACTS.items())
