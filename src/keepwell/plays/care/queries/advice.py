"""What suits one customer: gifts, how they are served, what their reactions propose."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import get_language

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.insight import queries as insight
from keepwell.plays.care import core
from keepwell.plays.care.contracts import GiftAdvice, PlanView, Reaction
from keepwell.plays.care.models import Decision
from keepwell.plays.care.queries import catalogue, money

GIFT_TOPIC = "gift"
HEARD_DAYS = 180
HEARD_MAX = 200
DECIDED_DAYS = 90


def gifts(customer_id: str, *, today: date, but: int | None = None) -> GiftAdvice:
    """Gifts by hobby, within what may still be spent and what is proper in the customer's culture."""
    record, portrait = customers.get(customer_id), customers.portrait(customer_id)
    country = record.country if record else ""
    culture = portrait.values.get("culture", "")
    hobbies = tuple(dict.fromkeys(one.code for one in portrait.of_kind("interest")))
    room = money.left(customer_id, today=today, but=but)
    found, barred = core.gifts(
        catalogue.gifts(),
        hobbies=hobbies,
        places=customers.places_of(country or "", culture),
        room=room,
    )
    advice = customers.culture_advice(country=country or "", culture=culture)
    language = get_language() or "en"
    warnings = tuple(one.text(language) for one in advice if one.topic == GIFT_TOPIC)
    names = catalogue.gift_names()
    return GiftAdvice(found, tuple(names.get(code, code) for code in barred), warnings, hobbies, room)


def service_hints(customer_id: str) -> tuple[str, ...]:
    """How this customer is served: codes of `labels.HINT`."""
    score, portrait = insight.score(customer_id), customers.portrait(customer_id)
    return core.service_hints(
        tier=score.tier if score else "",
        needs=[one.code for one in portrait.of_kind("special_need")],
        sensitivity=portrait.values.get("sensitivity", ""),
        group=score.communication_group if score else "",
    )


def reactions(plan: PlanView, *, now: datetime) -> tuple[Reaction, ...]:
    """What reactions to the contacts of the last 180 days propose, unless it was decided on lately."""
    since = now - timedelta(days=HEARD_DAYS)
    facts = identity.timeline(plan.customer_id, limit=HEARD_MAX, tables=["contacts"])
    heard = [
        core.Heard(str(fact.data.get("channel") or ""), str(fact.data.get("status") or ""))
        for fact in facts
        if fact.at >= since
    ]
    planned = [line.spec.channel for line in plan.lines if line.spec.channel]
    decided = Decision.objects.filter(plan=plan.plan_id, at__gt=now - timedelta(days=DECIDED_DAYS))
    known = set(decided.values_list("key", flat=True))
    return tuple(one for one in core.reactions(heard, planned=planned) if one.key not in known)
