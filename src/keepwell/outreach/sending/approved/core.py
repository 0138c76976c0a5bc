"""Whether what fills a template's variables can be: pure, by examples of every value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keepwell.outreach.channels.templated import refused_values
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.core import checks, liquid
from keepwell.outreach.content.core.variables import examples, nested
from keepwell.outreach.sending.approved.contracts import ApprovedError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


def check_values(
    values: Mapping[str, str], *, language: str, named: frozenset[str], numbered: bool, variable_max: int
) -> None:
    """Raise ApprovedError where the provider, or a customer of whom little is known, would stumble.

    `named` are the values that our own text names: no others are kept with a message.
    """
    if numbered:
        if sorted(values) != sorted(str(place + 1) for place in range(len(values))):
            raise ApprovedError({"values": "not_numbered"})
    else:
        for name in values:
            if not NAME.fullmatch(name):
                raise ApprovedError({"values": "not_a_name"}, name=name)
    for name, source in values.items():
        _check_source(name, source, named)
        # With everything known, and with nothing known: both go out.
        for complete in (True, False):
            made = fill({name: source}, examples(complete=complete), language=language)
            code = refused_values(made, variable_max=variable_max)
            if code:
                raise ApprovedError({"values": code}, name=name, limit=variable_max)


def _check_source(name: str, source: str, named: frozenset[str]) -> None:
    for finding in checks.check_template(source, name):
        if finding.code in ("unknown_variable", "no_fallback"):
            raise ApprovedError({"values": finding.code}, **finding.figures)
        raise ApprovedError({"values": "bad_value"}, name=name, detail=finding.code)
    for variable in liquid.used(source, where=name):
        if variable not in named:
            raise ApprovedError({"values": "not_in_text"}, variable=variable)


def fill(values: Mapping[str, str], given: Mapping[str, Any], *, language: str) -> dict[str, str]:
    """What is put into the variables, from values by dotted name; raises ContentError as texts do."""
    known = nested(given)
    made = {}
    for name, source in values.items():
        try:
            # Providers count every character, and a line end would break their text.
            made[name] = " ".join(liquid.render(source, known, language=language, where=name).split())
        except ContentError as error:
            raise ContentError(error.code, name, **error.figures) from None
    return made
