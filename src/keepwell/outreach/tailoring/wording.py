"""The words of a message that names a touchpoint: for each customer the text of their cell, else the general.

Whatever the plan says, a text is taken only where it serves the message's own purpose, goes by its channel,
is in use, and is approved where the provider asks for that: the policy decides by the purpose, and nothing
that was planned for a place gets past it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ContentError, Kind, TextView
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.approved import queries as approved
from keepwell.outreach.sending.recipes import Giver, Worded, written
from keepwell.outreach.tailoring import plans, stages
from keepwell.outreach.tailoring.contracts import Choice, Stage, Standing, Why

# The kinds of text that a channel takes, the usual one first.
KINDS: dict[str, tuple[str, ...]] = {
    "email": (Kind.EMAIL,),
    "sms": (Kind.SMS,),
    "wecom": (Kind.CHAT,),
    "wechat": (Kind.CHAT,),
    "whatsapp": (Kind.CHAT,),
    "web": (Kind.BANNER, Kind.POPUP),
    "app": (Kind.POPUP,),
    "phone": (Kind.CALL_SCRIPT,),
    "visit": (Kind.CALL_SCRIPT,),
    "store": (Kind.CALL_SCRIPT,),
    "post": (Kind.LETTER,),
    "parcel": (Kind.LETTER,),
}
PLANNED = tuple(dict.fromkeys(str(kind) for kinds in KINDS.values() for kind in kinds))


@dataclass(frozen=True)
class Tailored:
    """The words for one customer, of which template, and the choice where a touchpoint was named."""

    worded: Worded
    content: str
    choice: Choice | None = None


@dataclass(frozen=True)
class Usual:
    """The message's own text: its template, the texts of the version in use and the version of the brand."""

    template_code: str
    texts: Sequence[TextView]
    brand_version: int


def usual(template_code: str) -> Usual | None:
    """The general text as it is published now; None where it is not."""
    version, template = content.published(template_code), content.get(template_code)
    if version is None or template is None or template.archived_at is not None:
        return None
    return Usual(template_code, version.texts, content.brand().version)


def words(
    general: Usual,
    customer_ids: Sequence[str],
    *,
    touchpoint: str,
    channel: str,
    purpose: str,
    now: datetime,
    giving: Callable[[str], Giver] | None = None,
    role: str = "",
    names: Mapping[str, str] | None = None,
) -> dict[str, Tailored | ContentError]:
    """What each customer reads, and why that; errors are those of the general text.

    A text of the plan that has no words for a customer (a value is missing, no language) gives way to it.
    `giving` says, of a template, who gives its readers their coupons, `role` and `names` who reads at
    each company (see `recipes.written`).
    """
    chosen = choices(touchpoint, customer_ids, general.template_code, channel, purpose, now=now)
    found: dict[str, Tailored | ContentError] = {}
    by_code: dict[str, list[str]] = defaultdict(list)
    for one, choice in chosen.items():
        if choice.why is not Why.GENERAL:
            by_code[choice.template_code].append(one)
    write = partial(written, brand_version=general.brand_version, now=now, role=role, names=names)
    for code, people in by_code.items():
        version = content.published(code)
        texts = version.texts if version else ()
        giver = giving(code) if giving else None
        said = write(texts, people, giver=giver)
        for one, made in said.items():
            if isinstance(made, Worded):
                found[one] = Tailored(made, code, chosen[one])
            else:
                chosen[one] = _instead(chosen[one], general.template_code)
    rest = [one for one in customer_ids if one not in found]
    giver = giving(general.template_code) if giving else None
    usually = write(general.texts, rest, giver=giver)
    for one, made in usually.items():
        if isinstance(made, Worded):
            found[one] = Tailored(made, general.template_code, chosen.get(one))
        else:
            found[one] = made
    return found


def _instead(choice: Choice, general: str) -> Choice:
    passed = (*choice.passed, (choice.template_code, "no_words"))
    return replace(choice, template_code=general, why=Why.GENERAL, passed=passed)


def choices(
    touchpoint: str, customer_ids: Sequence[str], general: str, channel: str, purpose: str, *, now: datetime
) -> dict[str, Choice]:
    """The choice for each customer; nothing where no touchpoint is named."""
    if not touchpoint:
        return {}
    kinds = KINDS.get(channel, ())
    _order, texts = plans.texts_of(touchpoint, kinds)
    codes = {code for row in texts.values() for code in row.values()}
    needs_stage = any(column for row in texts.values() for column in row)
    known: Mapping[str, Standing] = stages.standings(customer_ids, now=now) if needs_stage else {}
    standing = {one: known[one].stage if one in known else Stage.NONE for one in customer_ids}
    problem = problems(codes, channel=channel, purpose=purpose)
    return plans.choose(touchpoint, standing, general=general, kinds=kinds, problem=problem)


def problems(codes: Iterable[str], *, channel: str, purpose: str) -> dict[str, str]:
    """Why each text cannot go as part of a message of this purpose on this channel; "" where it can."""
    account = sending.in_use(channel)
    found = {}
    for code in codes:
        template = content.get(code)
        if template is None or template.archived_at is not None:
            found[code] = "gone"
        elif template.published is None:
            found[code] = "not_published"
        elif template.kind not in KINDS.get(channel, ()):
            found[code] = "other_channel"
        elif template.purpose != purpose:
            found[code] = "other_purpose"
        elif account and approved.unapproved(account.account_id, code, purpose=purpose):
            found[code] = "no_provider_template"
    return found
