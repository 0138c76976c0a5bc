"""Fields that accounts of several providers have, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import AccountField, Settings, SettingsError
from keepwell.outreach.channels.sms import network

BEIJING = ZoneInfo("Asia/Shanghai")


def endpoint_field(default: str) -> AccountField:
    """Where the provider is called."""
    return AccountField(
        "endpoint",
        _("Address of the provider"),
        leads=True,
        required=False,
        default=default,
        help=_("Leave it as it is unless the provider gave you another one."),
    )


def timeout_field() -> AccountField:
    """How long an answer is waited for."""
    return AccountField(
        "timeout_seconds",
        _("Seconds to wait for an answer"),
        required=False,
        default=network.TIMEOUT_SECONDS,
        help=_("A message without an answer is not repeated: its fate is asked for."),
    )


def variable_field(default: str) -> AccountField:
    """How long a template's variable may be."""
    return AccountField(
        "variable_max",
        _("Longest value of a template variable"),
        required=False,
        default=default,
        help=_("In characters, as the provider's console shows it for your account."),
    )


def value_of(settings: Settings, fields: Iterable[AccountField], name: str) -> str:
    """A setting, or what it is where nobody said."""
    defaults = {one.name: one.default for one in fields}
    return settings.get(name) or defaults[name]


def check_common(settings: Settings, fields: Iterable[AccountField]) -> dict[str, str]:
    """What is wrong with the fields above, by name."""
    known = {one.name for one in fields}
    problems = {}
    if network.endpoint(value_of(settings, fields, "endpoint")) is None:
        problems["endpoint"] = "not_an_endpoint"
    if code := network.problem_of_seconds(value_of(settings, fields, "timeout_seconds")):
        problems["timeout_seconds"] = code
    if "variable_max" in known:
        value = value_of(settings, fields, "variable_max")
        if not value.isdecimal() or not 0 < int(value) <= 500:
            problems["variable_max"] = "not_a_length"
    return problems


def raise_problems(problems: dict[str, str]) -> None:
    """Raise SettingsError where there is any."""
    if problems:
        raise SettingsError(problems)


def beijing(text: str) -> datetime | None:
    """A time as mainland providers write it, without a zone; None for what is none."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=BEIJING)
    except ValueError:
        return None
