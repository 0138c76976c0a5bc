"""An envelope as the Cloud API takes it: free words, or an approved template with what is put into it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keepwell.outreach.channels.contracts import Envelope
from keepwell.outreach.channels.whatsapp.contract import TEXT_MAX

LANGUAGES = {"en": "en", "zh-hans": "zh_CN", "zh-hant": "zh_TW"}
PLACE = re.compile(r"(?:(header|body)\.)?([A-Za-z_]\w*|\d+)|button\.(\d+)")


class ComposeError(ValueError):
    """An envelope that nothing can be made of; its words are the code."""


def compose(envelope: Envelope) -> dict[str, Any]:
    """The body of the request. Raises ComposeError."""
    data: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": number(envelope.to),
        # Comes back with what is told of the message.
        "biz_opaque_callback_data": envelope.message_id,
    }
    if envelope.template:
        return {**data, "type": "template", "template": _template(envelope)}
    if not envelope.text.strip():
        raise ComposeError("no_words")
    if len(envelope.text) > TEXT_MAX:
        raise ComposeError("too_long")
    return {**data, "type": "text", "text": {"body": envelope.text, "preview_url": False}}


def number(to: str) -> str:
    """The digits of an international number. Raises ComposeError where the country is not said."""
    digits = re.sub(r"\D", "", to)
    international = to.strip().startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00")
    if not international or not 7 <= len(digits) <= 15:
        raise ComposeError("no_country_code")
    return digits


def _template(envelope: Envelope) -> dict[str, Any]:
    """The template's name, `name@language` where its language is not the message's, and its components."""
    name, _at, language = envelope.template.partition("@")
    code = language or LANGUAGES.get(envelope.language.lower(), envelope.language.replace("-", "_") or "en")
    made: dict[str, Any] = {"name": name, "language": {"code": code}}
    components = _components(envelope.values)
    return {**made, "components": components} if components else made


def _components(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """`1` and `body.1` are of the body, `header.1` of the header, `button.0` ends a button's link.

    Names in place of numbers are for templates with named parameters. Raises ComposeError.
    """
    parts: dict[str, list[tuple[str, str]]] = {"header": [], "body": []}
    buttons = []
    for place, value in values.items():
        found = PLACE.fullmatch(place)
        if found is None:
            raise ComposeError("unknown_place")
        part, name, button = found.groups()
        if button is not None:
            buttons.append((int(button), value))
        else:
            parts[part or "body"].append((name, value))
    made: list[dict[str, Any]] = [
        {"type": part, "parameters": _parameters(given)} for part, given in parts.items() if given
    ]
    for index, value in sorted(buttons):
        text = [{"type": "text", "text": value}]
        made.append({"type": "button", "sub_type": "url", "index": str(index), "parameters": text})
    return made


def _parameters(given: list[tuple[str, str]]) -> list[dict[str, str]]:
    if all(name.isdigit() for name, _value in given):
        return [{"type": "text", "text": value} for _n, value in sorted((int(n), v) for n, v in given)]
    return [{"type": "text", "parameter_name": name, "text": value} for name, value in given]
