"""Which text a customer gets."""

from __future__ import annotations

from django.conf import settings

from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.outreach.content.contracts import Chosen, ContentError, Reader
from keepwell.outreach.content.core import address, choosing
from keepwell.outreach.content.queries import stored


def reader(customer_id: str, *, role: str = "", medium: str = "", language: str = "") -> Reader:
    """What the record says of somebody who reads: language, role, stage, culture, tone.

    `role` is the one of the person written to; not given, it is that of the company's contact persons where
    all have the same. `medium` likewise, by role where it is not given. Raises ContentError where there is
    no such customer.
    """
    record = customers.get(customer_id)
    if record is None:
        raise ContentError("no_such_customer")
    portrait = customers.portrait(customer_id)
    score = insight.score(customer_id)
    roles = {person.role for person in portrait.people if person.role}
    played = role or (roles.pop() if len(roles) == 1 else "")
    return Reader(
        language=language or address.spoken(record.language, record.country, tuple(dict(settings.LANGUAGES))),
        role=played,
        stage=str(score.life_stage) if score else "",
        places=customers.places_of(record.country, portrait.values.get("culture", "")),
        tones=choosing.tones(portrait.values.get("service_type", ""), portrait.values.get("sensitivity", "")),
        medium=medium or choosing.medium(played),
    )


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
