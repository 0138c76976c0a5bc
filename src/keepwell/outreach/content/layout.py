"""The parts of an e-mail with the brand as it is now; made once for each text and brand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import orjson

from keepwell.outreach.content.contracts import BrandView, TextView
from keepwell.outreach.content.core.blocks import NOTICE
from keepwell.outreach.content.core.email import Case, Compiled, compile_email
from keepwell.outreach.content.core.notices import compile_notice
from keepwell.outreach.content.queries import stored

KEPT = 512
Pairs = tuple[tuple[str, str], ...]


def compiled(text: TextView, brand: BrandView | None = None) -> Compiled:
    """Templates of both parts of an e-mail's text; raises ContentError where no layout comes out.

    Of a banner or pop-up: what a page shows, and the same in plain text.
    """
    if text.blocks and text.blocks[0]["type"] == NOTICE:
        return compile_notice(text.blocks[0])
    look = brand or stored.brand()
    wanted = {block["code"] for block in text.blocks if block["type"] == "case"}
    cases = stored.cases(text.language) if wanted else {}
    return _compiled(
        orjson.dumps([dict(block) for block in text.blocks]),
        _pairs(look.values),
        text.language,
        text.subject,
        tuple((code, one.title, one.text) for code, one in sorted(cases.items()) if code in wanted),
    )


@lru_cache(maxsize=KEPT)
def _compiled(
    blocks: bytes, brand: Pairs, language: str, title: str, cases: tuple[tuple[str, str, str], ...]
) -> Compiled:
    return compile_email(
        orjson.loads(blocks),
        brand=dict(brand),
        language=language,
        title=title,
        cases={code: Case(name, words) for code, name, words in cases},
    )


def _pairs(values: Mapping[str, str]) -> Pairs:
    return tuple(sorted(values.items()))
