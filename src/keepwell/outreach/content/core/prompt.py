"""What a model is told to draft a text, and how its answer is read. Nothing of a customer goes in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keepwell.outreach.content.contracts import (
    ON_SITE,
    TONES,
    WITH_BLOCKS,
    Brief,
    ContentError,
    Kind,
    Prompt,
)
from keepwell.outreach.content.core import blocks, checks, sms
from keepwell.outreach.content.core.variables import VARIABLES, Variable

GOAL_MAX, NOTE_MAX = 1_000, 400
LENGTHS = {"short": "as short as it can be", "medium": "of usual length", "long": "with every detail needed"}
# Of the brand only what stands on the shop's own front page.
PUBLIC = {"company_name": "Company", "website": "Website"}
# A model knows no pictures, prices or cases of the shop.
BLOCKS = ("heading", "text", "button", "divider", "footer")
WITH_SUBJECT = frozenset({Kind.EMAIL, Kind.SUCCESS_CASE})
ANSWER_LENGTH_MAX = 60_000
EMAIL = re.compile(r"[^\s@<>,;，；：]+@[^\s@<>,;，；：]+\.[^\s@<>,;，；：]+")
# Seven digits and more in a row, whatever stands between them: a phone, a card, a customer's number.
NUMBER = re.compile(r"(?:\d[ ().\-/]{0,2}){7,}")
FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n\s*```\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class About:
    """The text that is to be drafted: what it is for, and what may be said of the shop."""

    kind: Kind
    purpose: str
    content_type: str
    language: str
    facets: Mapping[str, str]
    brand: Mapping[str, str]
    advice: Sequence[str] = ()


def check_brief(brief: Brief) -> None:
    """Raise ContentError where a brief says nothing, too much, or something of a person."""
    if not brief.goal.strip():
        raise ContentError("brief_missing", "goal")
    for name, limit in (("goal", GOAL_MAX), ("audience", NOTE_MAX), ("avoid", NOTE_MAX)):
        value = getattr(brief, name)
        if len(value) > limit:
            raise ContentError("too_long", name, limit=limit)
        if "\0" in value:
            raise ContentError("bad_character", name)
        if EMAIL.search(value) or NUMBER.search(value):
            raise ContentError("brief_personal", name)
    if brief.length not in LENGTHS or (brief.tone and brief.tone not in TONES):
        raise ContentError("no_such_choice", "tone" if brief.length in LENGTHS else "length")


def build(brief: Brief, about: About) -> Prompt:
    """The two messages; the same brief and shop always give the same words."""
    system = "\n".join((*_task(about), "", *_limits(about), "", *_variables(), "", *_shape(about)))
    user = "\n".join(_brief(brief, about))
    digest = hashlib.sha256(f"{system}\0{user}".encode()).hexdigest()[:32]
    return Prompt(system, user, digest)


def _task(about: About) -> list[str]:
    said = [
        "You draft one text of a company to its customers. A person reads and changes it before use.",
        f"Kind: {about.kind}. Purpose: {about.purpose}. It speaks of: {about.content_type}.",
        f"Language (BCP 47): {about.language}. Write in this language only.",
    ]
    said += [f"Reader, {name}: {value}." for name, value in sorted(about.facets.items())]
    said += [f"{label}: {about.brand[name]}" for name, label in PUBLIC.items() if about.brand.get(name)]
    if about.advice:
        said += ["Customs to heed:", *(f"- {one}" for one in about.advice)]
    return said


def _limits(about: About) -> list[str]:
    chinese, short = about.language.startswith("zh"), about.kind in checks.SHORT
    said = [
        "Limits:",
        "- Invent no fact, price, discount, deadline, product or promise that the brief does not give.",
        "- Plain words, no slang, no abbreviations, no superlatives that nobody can prove.",
        f"- At most {checks.LINKS_MAX[short]} link(s), only to the website above or one of the variables.",
    ]
    if about.kind in WITH_SUBJECT:
        said.append(f"- Subject: one line of at most {checks.SUBJECT_LENGTH_MAX[chinese]} characters.")
    if about.kind is Kind.SMS:
        most = sms.MAINLAND_CHARACTERS_MAX if about.language == "zh-hans" else 160
        one = 70 if chinese else 160
        said.append(f"- Aim at {one} characters with the values filled in; never more than {most}.")
        if about.purpose != "service":
            ending = "拒收请回复R" if about.language == "zh-hans" else "how to stop such messages"
            said.append(f"- End with: {ending}.")
    if about.kind is Kind.CHAT:
        said.append(f"- At most {checks.CHAT_CHARACTERS_MAX} characters.")
    if about.content_type == "care" or about.purpose == "service":
        said.append("- No offer, no discount, nothing that sells.")
    return said


def _variables() -> list[str]:
    return [
        "Values are filled in later, for each reader, by Liquid. You may use these variables and no others:",
        *(_named(one) for one in VARIABLES.values() if not isinstance(one.example, list)),
        "Where a default is shown it is required: replace … by words that fit when the value is missing.",
        "Use no other Liquid. Write no name of a person yourself.",
    ]


def _named(one: Variable) -> str:
    return "{{ " + one.name + (' | default: "…"' if one.may_miss else "") + " }}"


def _shape(about: About) -> list[str]:
    if about.kind not in WITH_BLOCKS:
        fields = '"subject": "…", "body": "…"' if about.kind in WITH_SUBJECT else '"body": "…"'
        return ["Answer with one JSON object and nothing else:", f"{{{fields}}}", "body is plain text."]
    kinds = (blocks.NOTICE,) if about.kind in ON_SITE else BLOCKS
    said = ["Answer with one JSON object and nothing else:"]
    said.append('{"blocks": [ … ]}' if about.kind in ON_SITE else '{"subject": "…", "blocks": [ … ]}')
    said.append("Each block is one of:")
    for kind in kinds:
        fields = "".join(
            f', "{one.name}": "… (at most {one.length_max} characters)"' for one in blocks.TYPES[kind]
        )
        said.append(f'{{"type": "{kind}"{fields}}}')
    if about.kind in ON_SITE:
        said.append("Exactly one block; leave image and alt empty.")
    else:
        said.append(
            "The footer comes last. In text: **bold**, [words](https://…), an empty line between paragraphs."
        )
    return said


def _brief(brief: Brief, about: About) -> list[str]:
    said = [f"What to say: {brief.goal.strip()}", f"Length: {LENGTHS[brief.length]}."]
    if brief.tone:
        said.append(f"Tone: {brief.tone}.")
    if brief.audience.strip():
        said.append(f"For whom: {brief.audience.strip()}")
    if brief.avoid.strip():
        said.append(f"What must not be said: {brief.avoid.strip()}")
    return said


def read(answer: str, kind: Kind) -> dict[str, Any]:
    """The fields of a model's answer as `save_text` takes them: subject, body, blocks.

    Raises ContentError "model_bad_answer" where it is not the object that was asked for,
    "model_too_long" where it is longer than any text may be.
    """
    if len(answer) > ANSWER_LENGTH_MAX:
        raise ContentError("model_too_long")
    fenced = FENCE.match(answer)
    try:
        told = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        raise ContentError("model_bad_answer") from None
    wanted = {"blocks" if kind in WITH_BLOCKS else "body"} | ({"subject"} if kind in WITH_SUBJECT else set())
    if not isinstance(told, dict) or not wanted <= told.keys():
        raise ContentError("model_bad_answer")
    if not all(isinstance(told[name], str) for name in wanted - {"blocks"}):
        raise ContentError("model_bad_answer")
    found = {name: told[name] for name in wanted}
    if "subject" in found:
        found["subject"] = " ".join(found["subject"].split())
    if "blocks" in found:
        found["blocks"] = _blocks(found["blocks"], kind)
    elif not found["body"].strip():
        raise ContentError("model_bad_answer")
    return found


def _blocks(given: object, kind: Kind) -> list[dict[str, str]]:
    try:
        found = [dict(one) for one in blocks.clean(given)]
        blocks.require_kind(kind, found)
    except ContentError as error:
        code = "model_too_long" if error.code == "too_long" else "model_bad_answer"
        raise ContentError(code) from error
    if kind in ON_SITE:
        found[0] |= {name: "" for name in ("image", "alt") if name in found[0]}
        return found
    if not found or any(one["type"] not in BLOCKS for one in found):
        raise ContentError("model_bad_answer")
    # Who writes and how to unsubscribe is not the model's to leave out.
    return [*(one for one in found if one["type"] != "footer"), {"type": "footer"}]
