"""Options that many commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

LANGUAGES = ("en", "zh-hans", "zh-hant")
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def home(command: Command) -> Command:
    """`--home DIR`."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="KEEPWELL_HOME",
        default=Path(".keepwell"),
        show_default="KEEPWELL_HOME, else ./.keepwell",
        help="The folder that holds everything of one shop.",
    )(command)


def as_json(command: Command) -> Command:
    """`--json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Answer with one JSON document instead of text."
    )(command)


def language(command: Command) -> Command:
    """`--language`."""
    return click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default=None,
        show_default="as your terminal's LANG says",
        help="The language of the answer.",
    )(command)


def default_language() -> str:
    """The language that LC_ALL, LC_MESSAGES or LANG ask for, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        said = os.environ.get(name, "").lower().replace("-", "_")
        if said.startswith(("zh_tw", "zh_hk", "zh_mo", "zh_hant")):
            return "zh-hant"
        if said.startswith("zh"):
            return "zh-hans"
        if said:
            return "en"
    return "en"


class Amount(click.ParamType):
    """An amount of money: a number, not negative."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read `value`."""
        if isinstance(value, Decimal):
            return value
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount of money, e.g. 500 or 499.90", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value} must not be negative", param, ctx)
        if amount >= Decimal(10) ** 14:
            self.fail(f"{value} is too large", param, ctx)
        return amount


class Capacity(click.ParamType):
    """`treatment=number`."""

    name = "treatment=n"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Read `value`."""
        if isinstance(value, tuple):
            return value
        code, _, number = str(value).partition("=")
        if not code.strip() or not number.strip().isdecimal():
            self.fail(f"{value!r} should look like call_back=200", param, ctx)
        return code.strip(), int(number)


class Instant(click.ParamType):
    """A date (its end counts) or a date with time."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read `value`."""
        from keepwell.foundation.clock import parse_as_of

        if not isinstance(value, str):
            return value
        try:
            return parse_as_of(value)
        except ValueError:
            self.fail(f"{value!r} is not a date like 2011-08-31", param, ctx)
