"""What can be asked about content."""

from keepwell.outreach.content.core import address as addressing
from keepwell.outreach.content.core import blocks
from keepwell.outreach.content.core.checks import offer_in
from keepwell.outreach.content.core.variables import VARIABLES
from keepwell.outreach.content.queries.asking import draft_prompt, drafting, may_draft
from keepwell.outreach.content.queries.choosing import choose, explain, reader, readers
from keepwell.outreach.content.queries.phrases import phrases, words_to_say
from keepwell.outreach.content.queries.stored import (
    brand,
    brand_versions,
    caring,
    cases,
    draft,
    findings,
    get,
    heads,
    must_give,
    naming,
    published,
    sales_talk,
    templates,
    text,
    texts,
    version,
    versions,
)


def block_fields(kind: str) -> tuple[blocks.Field, ...]:
    """The fields of a kind of block."""
    return blocks.TYPES[kind]


__all__ = [
    "VARIABLES",
    "addressing",
    "block_fields",
    "blocks",
    "brand",
    "brand_versions",
    "caring",
    "cases",
    "choose",
    "draft",
    "draft_prompt",
    "drafting",
    "explain",
    "findings",
    "get",
    "heads",
    "may_draft",
    "must_give",
    "naming",
    "offer_in",
    "phrases",
    "published",
    "reader",
    "readers",
    "sales_talk",
    "templates",
    "text",
    "texts",
    "version",
    "versions",
    "words_to_say",
]
