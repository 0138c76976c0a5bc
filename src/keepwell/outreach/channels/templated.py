"""What providers of approved templates ask of the values that are put into them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINK = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:com|cn|net|org|io|top|cc)\b", re.I)


def refused_values(values: Mapping[str, str], *, variable_max: int) -> str:
    """What is wrong with the values of a template's variables: a code, "" where nothing is.

    No provider takes an empty value; links must stand in the approved text itself.
    """
    for value in values.values():
        if not value.strip():
            return "value_empty"
        if len(value) > variable_max:
            return "value_too_long"
        if _LINK.search(value):
            return "value_has_link"
    return ""
