"""The shape of a ready-made text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise

from keepwell.outreach.content.contracts import ContentType, Kind, Variant

LANGUAGES = ("en", "zh-hans", "zh-hant")
FOOTER = {"type": "footer"}


@dataclass(frozen=True)
class Wording:
    """One text; an e-mail has a subject and blocks, anything else a body."""

    body: str = ""
    subject: str = ""
    blocks: tuple[Mapping[str, str], ...] = ()
    variant: Variant = field(default_factory=Variant)


@dataclass(frozen=True)
class Seed:
    """A template and its texts by language; `is_draft`: to be finished before it is used."""

    name: str | Promise
    kind: Kind
    purpose: str
    content_type: ContentType
    texts: Mapping[str, tuple[Wording, ...]]
    situation: str = ""
    service_type: str = ""
    is_draft: bool = False


def said(en: str, hans: str, hant: str) -> dict[str, tuple[Wording, ...]]:
    """One body in each language."""
    return {code: (Wording(body),) for code, body in zip(LANGUAGES, (en, hans, hant), strict=True)}


def text(words: str) -> dict[str, str]:
    """A block of words."""
    return {"type": "text", "text": words}


def heading(words: str) -> dict[str, str]:
    """A block with a heading."""
    return {"type": "heading", "text": words}


def button(label: str, url: str = "{{ company.website }}") -> dict[str, str]:
    """A block to press."""
    return {"type": "button", "label": label, "url": url}


def email(subject: str, *blocks: Mapping[str, str], variant: Variant | None = None) -> tuple[Wording, ...]:
    """An e-mail with its footer."""
    return (Wording(subject=subject, blocks=(*blocks, FOOTER), variant=variant or Variant()),)
