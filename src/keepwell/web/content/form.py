"""The editor's form: everything that is typed, and what its buttons do. It keeps no state of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from keepwell.outreach.content.contracts import WITH_BLOCKS, ContentError, Kind, TextView
from keepwell.outreach.content.queries import block_fields
from keepwell.outreach.content.queries import blocks as documents

LENGTH_MAX = 60_000


@dataclass
class Typed:
    """What stands in the form: `dropped` is the block taken away last, with its place."""

    revision: int
    subject: str
    body: str
    blocks: list[dict[str, str]] = field(default_factory=list)
    dropped: str = ""
    focus: str = ""


def of_text(text: TextView) -> Typed:
    """The form as it is opened."""
    return Typed(text.revision, text.subject, text.body, [dict(block) for block in text.blocks])


def read(post: QueryDict) -> Typed:
    """The form as it comes back; what is no block of ours is left out."""
    count = post.get("blocks", "0")
    found = []
    for place in range(min(int(count), documents.BLOCKS_MAX) if count.isdecimal() else 0):
        kind = post.get(f"block.{place}", "")
        if kind in documents.TYPES:
            fields = {one.name: post.get(f"block.{place}.{one.name}", "") for one in block_fields(kind)}
            found.append({"type": kind, **fields})
    revision = post.get("revision", "")
    return Typed(
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
        subject=post.get("subject", ""),
        body=post.get("body", "")[:LENGTH_MAX],
        blocks=found,
        dropped=post.get("dropped", "")[:LENGTH_MAX],
    )


def act(typed: Typed, action: str) -> None:
    """Do what a button says: add:KIND, up:PLACE, down:PLACE, drop:PLACE, undrop; nothing where it cannot."""
    verb, _colon, rest = action.partition(":")
    if verb == "add" and rest in documents.TYPES and len(typed.blocks) < documents.BLOCKS_MAX:
        _insert(
            typed, _place_for(typed, rest), {"type": rest, **{one.name: "" for one in block_fields(rest)}}
        )
    elif verb == "undrop":
        _undrop(typed)
    elif rest.isdecimal() and int(rest) < len(typed.blocks):
        _move(typed, verb, int(rest))


def _place_for(typed: Typed, kind: str) -> int:
    """A new block comes before the footer, which stays at the end."""
    if kind != "footer" and typed.blocks and typed.blocks[-1]["type"] == "footer":
        return len(typed.blocks) - 1
    return len(typed.blocks)


def _insert(typed: Typed, place: int, block: dict[str, str]) -> None:
    typed.blocks.insert(place, block)
    names = [one.name for one in block_fields(block["type"])]
    typed.focus = f"block.{place}.{names[0]}" if names else f"up.{place}"


def _move(typed: Typed, verb: str, place: int) -> None:
    other = {"up": place - 1, "down": place + 1}.get(verb)
    if verb == "drop":
        typed.dropped = json.dumps([place, typed.blocks.pop(place)])
        typed.focus = "undrop"
    elif other is not None and 0 <= other < len(typed.blocks):
        typed.blocks[place], typed.blocks[other] = typed.blocks[other], typed.blocks[place]
        typed.focus = f"{verb}.{other}"


def _undrop(typed: Typed) -> None:
    try:
        place, block = json.loads(typed.dropped)
        (cleaned,) = documents.clean([block])
    except (ValueError, TypeError, ContentError):
        return
    if isinstance(place, int) and len(typed.blocks) < documents.BLOCKS_MAX:
        _insert(typed, max(0, min(place, len(typed.blocks))), dict(cleaned))
    typed.dropped = ""


def as_text(typed: Typed, text: TextView, kind: Kind) -> TextView:
    """The text as it would be if it were saved now; raises ContentError where it could not be."""
    blocks = documents.clean(typed.blocks) if kind in WITH_BLOCKS else ()
    body = typed.body.replace("\r\n", "\n").strip()
    subject = " ".join(typed.subject.split())
    return replace(text, subject=subject, body=body, blocks=blocks)


def changes(typed: Typed, kind: Kind) -> Mapping[str, Any]:
    """What to hand to `services.save_text`."""
    if kind is Kind.EMAIL:
        return {"subject": typed.subject, "document": typed.blocks}
    if kind in WITH_BLOCKS:
        return {"document": typed.blocks}
    if kind is Kind.SUCCESS_CASE:
        return {"subject": typed.subject, "body": typed.body}
    return {"body": typed.body}
