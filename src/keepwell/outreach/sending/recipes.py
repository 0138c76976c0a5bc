"""How the words of messages are made for each of many customers: chosen, filled in once, kept as recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ContentError, TextView
from keepwell.outreach.content.services import RECOMMENDED_PRODUCTS as PRODUCTS
from keepwell.outreach.content.services import Prepared, choose_text, is_given, prepare, values_of
from keepwell.outreach.sending.contracts import Recipe
from keepwell.outreach.sending.wording import STAND_INS

# Languages by customer -> values by customer and dotted name.
Giver = Callable[[Mapping[str, str]], Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Worded:
    """How the words of one message are made, and in which language they are."""

    recipe: Recipe
    language: str


def written(
    texts: Sequence[TextView],
    customer_ids: Sequence[str],
    *,
    brand_version: int,
    now: datetime,
    giver: Giver | None = None,
    role: str = "",
    names: Mapping[str, str] | None = None,
) -> dict[str, Worded | ContentError]:
    """What each customer reads of these texts, or why there are no words for them.

    Everything is filled in once here, so that whoever cannot be written to is known before anything goes.
    `giver` is asked for the coupons of those whose text names one; without, such a text has a gap, and nobody
    gets it. `role` is that of who reads at every company, `names` are their names by customer; without, the
    customer reads.
    Errors: "no_such_customer", "nobody_served" where every text is for somebody else, and those of `fill`.
    """
    readers = content.readers(customer_ids, role=role)
    chosen = {one: choose_text(texts, reader) for one, reader in readers.items()}
    served = {one: text for one, text in chosen.items() if text is not None}
    prepared = _prepared(served.values(), brand_version)
    wanted = frozenset(name for one in prepared.values() for name in one.variables())
    languages = {one: text.language for one, text in served.items()}
    values = values_of(languages, wanted=wanted, now=now, names=names)
    given = _given(served, prepared, languages, giver)
    found: dict[str, Worded | ContentError] = {}
    for customer_id in customer_ids:
        if customer_id not in chosen:
            found[customer_id] = ContentError("no_such_customer")
            continue
        text = served.get(customer_id)
        if text is None:
            found[customer_id] = ContentError("nobody_served")
            continue
        one, known = prepared[text.text_id], {**values[customer_id], **given.get(customer_id, {})}
        needed = {name: known[name] for name in one.variables() if known.get(name) is not None}
        try:
            one.fill({**needed, **STAND_INS})
        except ContentError as error:
            found[customer_id] = error
        else:
            shown = _products(one, known)
            found[customer_id] = Worded(Recipe(text.text_id, brand_version, needed, shown), one.language)
    return found


def _products(one: Prepared, known: Mapping[str, Any]) -> tuple[str, ...]:
    """The products that a text recommends to this reader."""
    named = {name for name in one.variables() if name.startswith("recommended.")}
    listed = tuple(known.get(PRODUCTS, ())) if named else ()
    return listed if "recommended.items" in named else listed[:1]


def _given(
    served: Mapping[str, TextView],
    prepared: Mapping[int, Prepared],
    languages: Mapping[str, str],
    giver: Giver | None,
) -> Mapping[str, Mapping[str, Any]]:
    """What is given to whose text names an offer, asked once for all of them."""
    naming = {number for number, one in prepared.items() if any(map(is_given, one.variables()))}
    readers = {one: languages[one] for one, text in served.items() if text.text_id in naming}
    return giver(readers) if giver is not None and readers else {}


def words(
    template_code: str, customer_ids: Sequence[str], *, now: datetime, giver: Giver | None = None
) -> dict[str, Worded]:
    """The published words of a template for each customer; those for whom there are none are left out.

    See `written` for `giver`.
    """
    version, template = content.published(template_code), content.get(template_code)
    if version is None or template is None or template.archived_at is not None:
        return {}
    found = written(version.texts, customer_ids, brand_version=content.brand().version, now=now, giver=giver)
    return {one: said for one, said in found.items() if isinstance(said, Worded)}


def _prepared(texts: Iterable[TextView], brand_version: int) -> dict[int, Prepared]:
    return {
        text_id: prepare(text_id=text_id, brand_version=brand_version)
        for text_id in {text.text_id for text in texts}
    }
