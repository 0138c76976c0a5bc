"""The words of a message as they are kept, and as they go out.

A recipe is kept instead of the words where they come from a template: the text, the version of the brand and
the values at the time of queueing. A text and a version never change, so the words are the same whenever they
are made; a hundred thousand messages do not keep the same page a hundred thousand times.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import orjson

from keepwell.outreach.content.services import Prepared, prepare
from keepwell.outreach.sending.contracts import Draft, Sender
from keepwell.outreach.sending.marks.addresses import QUESTIONNAIRES

# Addresses that are made for the one who gets it, where somebody else looks.
STAND_INS = dict.fromkeys(("message.unsubscribe_url", "message.preferences_url", *QUESTIONNAIRES), "…")

# How a body that names a person shows without being read; in a value the quotes would be escaped.
PERSON = '"person":'


@dataclass(frozen=True)
class Words:
    """What a message says; `given` are the values that it was filled in with, by dotted name."""

    subject: str
    text: str
    html: str
    language: str
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    sender: Sender | None = None


def sealed(draft: Draft) -> str:
    """A draft's words, or how they are made, in the form in which they are kept."""
    body: dict[str, Any] = {"language": draft.language}
    if draft.headers:
        body["headers"] = dict(draft.headers)
    if draft.sender is not None:
        body["sender"] = vars(draft.sender)
    if draft.person_id is not None:
        body["person"] = draft.person_id
    if draft.template:
        body |= {"template": draft.template, "values": dict(draft.values)}
    if draft.recipe is not None:
        recipe = draft.recipe
        filled = {name: _packed(value) for name, value in recipe.values.items()}
        body |= {"text_id": recipe.text_id, "brand": recipe.brand_version, "filled": filled}
    else:
        body |= {"subject": draft.subject, "text": draft.text, "html": draft.html}
    return orjson.dumps(body).decode()


def is_templated(body: str) -> bool:
    """Whether what `sealed` has kept goes by a template of the provider's."""
    return bool(orjson.loads(body).get("template"))


def language_of(body: str) -> str:
    """The language of what `sealed` has kept."""
    return str(orjson.loads(body).get("language", ""))


def sender_of(body: str) -> Sender | None:
    """In whose name goes what `sealed` has kept; None for the house."""
    kept = orjson.loads(body).get("sender")
    return Sender(**kept) if kept else None


def person_of(body: str) -> int | None:
    """To whom at the company goes what `sealed` has kept; None where it goes to the customer's own address.

    Nothing is read in where nobody is named: it is asked of every message that goes.
    """
    return orjson.loads(body).get("person") if PERSON in body else None


class Opener:
    """Makes the words of kept messages; a text that many share is prepared once."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[int, int], Prepared] = {}

    def words(self, body: str, extra: Mapping[str, Any] | None = None) -> Words:
        """The words of what `sealed` has kept; `extra` are values that are known only when it goes.

        Raises ContentError as `content.services.render` does.
        """
        kept: dict[str, Any] = orjson.loads(body)
        more: dict[str, Any] = {"headers": kept.get("headers", {}), "template": kept.get("template", "")}
        more["values"] = kept.get("values", {})
        more["sender"] = Sender(**kept["sender"]) if "sender" in kept else None
        if "text_id" not in kept:
            return Words(kept["subject"], kept["text"], kept["html"], kept["language"], **more)
        filled = {name: _unpacked(value) for name, value in kept["filled"].items()}
        text, known = self._text(kept["text_id"], kept["brand"]), extra or {}
        # Only those that the text names: each of them may cost a signature.
        said = {name: known[name] for name in text.variables() if name in known}
        made = text.fill(filled | said)
        # Nobody writes into it, so what is only ever read may stand in it.
        given: Mapping[str, Any] = ChainMap(cast(dict[str, Any], known), filled)
        return Words(made.subject, made.text, made.html, made.language, given=given, **more)

    def _text(self, text_id: int, brand_version: int) -> Prepared:
        name = (text_id, brand_version)
        if name not in self._prepared:
            self._prepared[name] = prepare(text_id=text_id, brand_version=brand_version)
        return self._prepared[name]


def _packed(value: Any) -> Any:
    """A plain value for JSON; times, days and amounts say what they are."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, Decimal):
        return {"amount": str(value)}
    return value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, said),) = value.items()
    makers: dict[str, Callable[[str], Any]] = {
        "at": datetime.fromisoformat,
        "on": date.fromisoformat,
        "amount": Decimal,
    }
    return makers[kind](said)
