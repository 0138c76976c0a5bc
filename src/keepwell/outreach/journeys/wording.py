"""The words of a journey's messages, chosen for each of many customers and tried before they are queued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ContentError, TextView
from keepwell.outreach.content.services import Prepared, choose_text, prepare, values_of
from keepwell.outreach.sending.contracts import Recipe
from keepwell.outreach.sending.wording import STAND_INS


@dataclass(frozen=True)
class Worded:
    """How the words of one message are made."""

    recipe: Recipe
    language: str


def words(template_code: str, customer_ids: Sequence[str], *, now: datetime) -> dict[str, Worded]:
    """The words for each customer; those for whom there are none are left out.

    None where the template is not in use any more, where every text is for somebody else, or where a value
    is not known that the text cannot do without.
    """
    version, brand = content.published(template_code), content.brand()
    template = content.get(template_code)
    if version is None or template is None or template.archived_at is not None:
        return {}
    readers = content.readers(customer_ids)
    chosen = {one: choose_text(version.texts, reader) for one, reader in readers.items()}
    served = {one: text for one, text in chosen.items() if text is not None}
    prepared = _prepared(served.values(), brand.version)
    wanted = frozenset(name for one in prepared.values() for name in one.variables())
    languages = {one: text.language for one, text in served.items()}
    values = values_of(languages, wanted=wanted, now=now)
    found: dict[str, Worded] = {}
    for customer_id, text in served.items():
        one, known = prepared[text.text_id], values.get(customer_id, {})
        needed = {name: value for name in one.variables() if (value := known.get(name)) is not None}
        try:
            one.fill({**needed, **STAND_INS})
        except ContentError:
            continue
        found[customer_id] = Worded(Recipe(text.text_id, brand.version, needed), one.language)
    return found


def _prepared(texts: Iterable[TextView], brand_version: int) -> dict[int, Prepared]:
    return {
        text_id: prepare(text_id=text_id, brand_version=brand_version)
        for text_id in {text.text_id for text in texts}
    }
