"""Which text a customer gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.conf import settings

from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content.contracts import Choice, Chosen, ContentError, Reader, TextView
from keepwell.outreach.content.core import address, choosing
from keepwell.outreach.content.queries import stored
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.pacing.contracts import Form
from keepwell.outreach.policy import queries as policy


def reader(customer_id: str, *, role: str = "", medium: str = "", language: str = "") -> Reader:
    """What the record says of somebody who reads: language, role, stage, culture, tone.

    `role` is the one of the person written to; not given, it is that of the company's contact persons where
    all have the same. `medium` likewise, by role where it is not given. Raises ContentError where there is
    no such customer.
    """
    found = readers([customer_id], role=role, medium=medium, language=language)
    if customer_id not in found:
        raise ContentError("no_such_customer")
    return found[customer_id]


def readers(
    customer_ids: Collection[str], *, role: str = "", medium: str = "", language: str = ""
) -> dict[str, Reader]:
    """`reader` for many, by customer number; the unknown are left out."""
    known = tuple(dict(settings.LANGUAGES))
    portraits, roles = customers.portrait_values(customer_ids), customers.roles_of(customer_ids)
    scores = insight.scores_of(customer_ids)
    short = _short(customer_ids)
    led = pacing.in_force(customer_ids)
    inside = segments.of_customers(customer_ids)
    found = {}
    for customer_id, record in customers.addressees(customer_ids).items():
        portrait = portraits.get(customer_id, {})
        held = roles.get(customer_id, frozenset())
        played = role or (next(iter(held)) if len(held) == 1 else "")
        score = scores.get(customer_id)
        found[customer_id] = Reader(
            language=language or address.spoken(record.language, record.country, known),
            role=played,
            stage=str(score.life_stage) if score else "",
            places=customers.places_of(record.country, portrait.get("culture", "")),
            tones=choosing.led(
                choosing.shortened(
                    choosing.tones(portrait.get("service_type", ""), portrait.get("sensitivity", "")),
                    is_short=customer_id in short,
                ),
                led[customer_id].tone if customer_id in led else "",
            ),
            medium=medium or choosing.medium(played),
            personas=frozenset(str(one) for one in inside.get(customer_id, ())),
        )
    return found


def _short(customer_ids: Collection[str]) -> set[str]:
    """Those who open and do nothing, where the rules of contact follow that: they get the brief text."""
    if not policy.rules().adapt_pace:
        return set()
    return {one for one, pace in pacing.paces(customer_ids).items() if pace.form is Form.SHORT}


def explain(texts: Iterable[TextView], customer_id: str) -> Choice | None:
    """Which of these texts a customer would get and why; None for nobody known, or where none is for them."""
    who = readers([customer_id]).get(customer_id)
    return choosing.explain(texts, who) if who is not None else None


def choose(
    template_code: str, customer_id: str, *, role: str = "", medium: str = "", language: str = ""
) -> Chosen:
    """The published text that suits a customer (`core.choosing` says how).

    Raises ContentError: "no_such_template", "not_published" (archived ones too), "no_such_customer",
    "nobody_served" where every text is for somebody else.
    """
    template = stored.get(template_code)
    if template is None:
        raise ContentError("no_such_template", code=template_code)
    version = stored.published(template_code)
    if version is None or template.archived_at is not None:
        raise ContentError("not_published", code=template_code)
    who = reader(customer_id, role=role, medium=medium, language=language)
    text = choosing.choose(version.texts, who)
    if text is None:
        raise ContentError("nobody_served", code=template_code)
    return Chosen(
        template=template,
        version=version.number,
        version_id=version.version_id,
        text_id=text.text_id,
        language=text.language,
        asked=who.language,
        variant=text.variant,
    )
