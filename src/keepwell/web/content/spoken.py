"""Phrases as somebody says them: with the customer's own values where one is on the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.contracts import ContentError, Phrase
from keepwell.web.recommended_words import suited

SITUATIONS = {
    "complaints_rose": ("empathy", "apology", "closing"),
    "mood_bad": ("empathy", "apology", "closing"),
}
SUITS_MAX = 3
USUAL = ("greeting", "call", "closing")


def spoken_lines(one: Phrase, given: Mapping[str, Any]) -> list[str]:
    """A phrase line by line with these values; words of its own stand where there are none."""
    return services.say(one, given).splitlines()


def words_to_say(request: HttpRequest, customer_id: str, reasons: list[str]) -> dict[str, Any] | None:
    """Phrases for a call to this customer, in their language; None where nobody may see them."""
    if not customer_id or not access.may(request.user, Permission.VIEW_CONTENT):
        return None
    if not customer_access.may_access(request.user, Permission.VIEW_CUSTOMERS, customer_id):
        return None
    try:
        reader = queries.reader(customer_id)
    except ContentError:
        return None
    kind = customers.portrait(customer_id).values.get("service_type", "")
    situations = SITUATIONS.get(reasons[0] if reasons else "", USUAL)
    found = queries.words_to_say(language=reader.language, situations=situations, service_type=kind)
    values = services.values_to_say(customer_id=customer_id, phrases=found, now=clock.now())
    checklist = queries.phrases(language=reader.language, situation="listening")
    return {
        "phrases": [
            {
                "one": one,
                "situation": labels.SITUATION.get(one.situation, one.situation),
                "lines": spoken_lines(one, values),
            }
            for one in found
        ],
        "checklist": spoken_lines(checklist[0], values) if checklist else [],
        "language": reader.language,
        "suits": suited(customer_id)[:SUITS_MAX],
    }


def script_to_say(request: HttpRequest, customer_id: str, code: str) -> dict[str, Any] | None:
    """The call script that a task names, with the customer's own values; None where nobody may see it."""
    template = queries.get(code) if code else None
    if template is None or not access.may(request.user, Permission.VIEW_CONTENT):
        return None
    if not customer_access.may_access(request.user, Permission.VIEW_CUSTOMERS, customer_id):
        return None
    try:
        made = services.render(template_code=code, customer_id=customer_id, now=clock.now())
    except ContentError:
        return {"name": template.name, "code": code, "lines": [], "language": ""}
    return {"name": template.name, "code": code, "lines": made.text.splitlines(), "language": made.language}
