"""The e-mail as a list of blocks: what each may hold, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keepwell.outreach.content.contracts import ON_SITE, ContentError, ContentType, Finding, Kind, Severity
from keepwell.outreach.content.core import checks, links

BLOCKS_MAX = 40
Block = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A field of a block; `form` is text, line, url or code. A url may be empty unless it is `needed`."""

    name: str
    form: str
    needed: bool = True
    length_max: int = 200


TYPES: dict[str, tuple[Field, ...]] = {
    "heading": (Field("text", "line"),),
    "text": (Field("text", "text", length_max=5_000),),
    "button": (Field("label", "line", length_max=60), Field("url", "url", length_max=500)),
    "image": (
        Field("url", "url", length_max=500),
        Field("alt", "line"),
        Field("link", "url", needed=False, length_max=500),
    ),
    "divider": (),
    "product": (
        Field("name", "line"),
        Field("text", "text", needed=False, length_max=1_000),
        Field("price", "line", needed=False, length_max=40),
        Field("image", "url", needed=False, length_max=500),
        Field("alt", "line", needed=False),
        Field("label", "line", length_max=60),
        Field("url", "url", length_max=500),
    ),
    "case": (Field("code", "code", length_max=60),),
    # The reader's own code, what it gives, until when: values of an offer that goes with the text.
    "coupon": (Field("text", "text", needed=False, length_max=500),),
    # What suits the reader; whoever has nothing reads `instead`, or sees no block at all.
    "recommendations": (Field("heading", "line"), Field("instead", "text", needed=False, length_max=500)),
    "footer": (),
    # The whole of a banner or pop-up, and of nothing else.
    "notice": (
        Field("title", "line", length_max=80),
        Field("text", "text", needed=False, length_max=400),
        Field("label", "line", needed=False, length_max=40),
        Field("url", "url", needed=False, length_max=500),
        Field("image", "url", needed=False, length_max=500),
        Field("alt", "line", needed=False),
    ),
}
NOTICE = "notice"


def clean(document: object) -> tuple[dict[str, str], ...]:
    """The blocks of a document, only with fields that they have; raises ContentError where it is none."""
    if not isinstance(document, Sequence) or isinstance(document, str) or len(document) > BLOCKS_MAX:
        raise ContentError("bad_blocks", "blocks", limit=BLOCKS_MAX)
    return tuple(_clean(one, place) for place, one in enumerate(document))


def _clean(block: object, place: int) -> dict[str, str]:
    where = f"blocks.{place}"
    if not isinstance(block, Mapping) or block.get("type") not in TYPES:
        raise ContentError("no_such_block", where)
    found = {"type": str(block["type"])}
    for one in TYPES[found["type"]]:
        value = block.get(one.name, "")
        if not isinstance(value, str) or "\0" in value:
            raise ContentError("no_such_block", where)
        value = value.strip() if one.form == "text" else " ".join(value.split())
        if len(value) > one.length_max:
            raise ContentError("too_long", f"{where}.{one.name}", limit=one.length_max)
        found[one.name] = value
    return found


def require_kind(kind: Kind, blocks: Sequence[Block]) -> None:
    """Raise ContentError where a template of `kind` cannot consist of these blocks."""
    types = [block["type"] for block in blocks]
    if (types != [NOTICE]) if kind in ON_SITE else (NOTICE in types):
        raise ContentError("no_such_block", "blocks")


def texts(blocks: Sequence[Block]) -> tuple[tuple[str, str], ...]:
    """(where, template) of every field that is read as words."""
    return tuple(
        (f"blocks.{place}.{one.name}", block[one.name])
        for place, block in enumerate(blocks)
        for one in TYPES[block["type"]]
        if one.form in ("text", "line") and block.get(one.name)
    )


def addresses(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Where the blocks lead: links that one may press, not those of pictures."""
    found = [
        block[name]
        for block in blocks
        for name in ("url", "link")
        if block.get(name) and not (block["type"] == "image" and name == "url")
    ]
    found += [url for _where, text in texts(blocks) for url in links.found(text)]
    return tuple(dict.fromkeys(found))


def check(
    blocks: Sequence[Block], about: checks.Subject, *, cases: frozenset[str], has_address: bool
) -> Iterator[Finding]:
    """What is wrong with an e-mail: its fields, its footer, and whether there is anything to read."""
    for place, block in enumerate(blocks):
        yield from _fields(block, f"blocks.{place}", about, cases)
    kinds = [block["type"] for block in blocks]
    said = ("text", "heading", "product", "case", "coupon")
    if not any(one["type"] in said or one.get("instead") for one in blocks):
        yield Finding("only_pictures" if "image" in kinds else "empty", Severity.ERROR, "blocks")
    if about.purpose != "service" and "footer" not in kinds:
        yield Finding("footer_missing", Severity.ERROR, "blocks")
    if "footer" in kinds and not has_address:
        yield Finding("address_missing", Severity.ERROR, "brand")
    if kinds.count("footer") > 1 or ("footer" in kinds and kinds[-1] != "footer"):
        yield Finding("footer_not_last", Severity.WARNING, "blocks")
    yield from checks.check_point([text for _where, text in texts(blocks)], addresses(blocks), about)


def check_notice(blocks: Sequence[Block], about: checks.Subject) -> Iterator[Finding]:
    """What is wrong with a banner or pop-up."""
    for place, block in enumerate(blocks):
        yield from _fields(block, f"blocks.{place}", about, frozenset())
        for name, other in (("label", "url"), ("url", "label")):
            if block.get(name) and not block.get(other):
                yield Finding("field_missing", Severity.ERROR, f"blocks.{place}.{other}")
    yield from checks.check_point([text for _where, text in texts(blocks)], addresses(blocks), about)


def _fields(block: Block, where: str, about: checks.Subject, cases: frozenset[str]) -> Iterator[Finding]:
    for one in TYPES[block["type"]]:
        value, place = block.get(one.name, ""), f"{where}.{one.name}"
        if not value:
            if one.needed:
                code = "alt_missing" if one.name == "alt" else "field_missing"
                yield Finding(code, Severity.ERROR, place)
        elif one.form == "url":
            yield from checks.check_template(value, place)
            yield from links.check(links.without_values(value), place)
        elif one.form == "code":
            if value not in cases:
                yield Finding("no_such_case", Severity.ERROR, place, {"code": value})
        else:
            yield from checks.check_text(value, place, about)
    if block["type"] == "coupon":
        if about.purpose == "service":
            yield Finding("coupon_in_service", Severity.ERROR, where)
        elif about.content_type == ContentType.CARE:
            yield Finding("promotion_in_care", Severity.ERROR, where, {"word": "coupon"})
    if block["type"] == "recommendations":
        if about.purpose == "service":
            yield Finding("recommendation_in_service", Severity.ERROR, where)
        elif about.content_type == ContentType.CARE:
            yield Finding("promotion_in_care", Severity.ERROR, where, {"word": "recommendation"})
        elif not block.get("instead"):
            yield Finding("recommendations_fall_away", Severity.WARNING, f"{where}.instead")
    if block["type"] in ("product", NOTICE) and block.get("image") and not block.get("alt"):
        yield Finding("alt_missing", Severity.ERROR, f"{where}.alt")
