"""Phrases with values: for somebody on the telephone, who can say the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from keepwell.outreach.content import values
from keepwell.outreach.content.contracts import ContentError, Phrase
from keepwell.outreach.content.core import liquid
from keepwell.outreach.content.core.variables import VARIABLES, nested

# How a company whose name nobody has set yet calls itself on the telephone.
OURS = {"en": "our company", "zh-hans": "我们公司", "zh-hant": "我們公司"}


def values_to_say(*, customer_id: str, phrases: Sequence[Phrase], now: datetime) -> Mapping[str, Any]:
    """What these phrases may say of a customer; read for a page that has asked for the customer already."""
    wanted = {name for one in phrases for name in _used(one.text)}
    if not phrases:
        return {}
    language = phrases[0].language
    return values.of_customer(customer_id, language=language, wanted=frozenset(wanted), now=now)


def company_values() -> Mapping[str, Any]:
    """What every phrase may say of the company."""
    return values.of_company()


def say(phrase: Phrase, given: Mapping[str, Any]) -> str:
    """A phrase with values; where there are none, in the words that stand in their place."""
    usual = {name: one.example for name, one in VARIABLES.items() if name.startswith("company.")}
    ours = {"company.name": OURS.get(phrase.language, OURS["en"])}
    known = {**usual, **ours, **{name: value for name, value in given.items() if value}}
    try:
        return liquid.render(phrase.text, nested(known), language=phrase.language)
    except ContentError:
        return phrase.text


def _used(source: str) -> tuple[str, ...]:
    try:
        return liquid.used(source)
    except ContentError:
        return ()
