"""One customer: who is this, what happened, what next?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer, may_access
from keepwell.customers.contracts import CustomerView
from keepwell.customers.identity import queries as identity
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreView
from keepwell.web import mail, panels, people, phrases, timeline, words
from keepwell.web.charts.customer import rhythm_chart, risk_history_chart, value_history_chart
from keepwell.web.portrait import facts, script, sections
from keepwell.web.portrait import words as portrait_words
from keepwell.web.shell import render, wants_fragment

# Fields that nobody types in: they are shown as the sources said them.
FROM_SOURCES = ("acquired_at", "acquisition_channel", "acquisition_cost")
KEY_FIELDS = ("language", "preferred_channel", "vip_state", "service_type", "sensitivity", "personal_stage")
RECENT = timedelta(days=60)


def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The page of one customer; asked by htmx, the next part of the timeline."""
    surviving = identity.canonical_id(customer_id)
    access_customer(request.user, Permission.VIEW_CUSTOMERS, surviving)
    if surviving != customer_id:
        return HttpResponseRedirect(reverse("customer", args=[surviving]))
    record = customers.get(customer_id)
    if record is None:
        raise Http404(_("There is no customer with this number."))
    score = insight.score(customer_id)
    context = timeline_context(request, customer_id, score)
    if not wants_fragment(request):
        audit.log(
            actor=request.user.get_username(),
            action="customer.view",
            object_type="customer",
            object_id=customer_id,
        )
        context |= page_context(request, record, score, context)
        context["panels"] = panels.shown(request, customer_id)
    return render(request, "keepwell/customer.html", context, fragment="keepwell/_timeline.html")


def timeline_context(request: HttpRequest, customer_id: str, score: ScoreView | None) -> dict[str, Any]:
    """A part of the timeline: of the kind and before the instant that the address names."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in timeline.KINDS else ""
    before = _instant(request.GET.get("before", ""))
    currency = score.currency if score else ""
    found, following = timeline.page(customer_id, kind=kind, before=before)
    return {
        "customer_id": customer_id,
        "facts": found,
        "events": mail.opened(
            customer_id,
            [timeline.event(fact, currency) for fact in found],
            sensitive=may_access(request.user, Permission.VIEW_SENSITIVE_NOTES, customer_id),
        ),
        "following": following.isoformat() if following else "",
        "kind": kind,
        "kinds": kinds(kind),
        "continues": before is not None,
        "now": clock.now(),
    }


def kinds(chosen: str) -> list[tuple[str, str, bool]]:
    """The filters of the timeline: code, label, whether it is on."""
    names = {
        "": _("All"),
        "items": str(words.TABLE["order_items"]),
        "other": _("Subscriptions, points, costs"),
    }
    return [
        (code, names.get(code) or str(words.TABLE[code]), code == chosen) for code in ("", *timeline.KINDS)
    ]


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def page_context(
    request: HttpRequest, record: CustomerView, score: ScoreView | None, happened: dict[str, Any]
) -> dict[str, Any]:
    """Everything on the page but the timeline."""
    customer_id = record.customer_id
    one = sections.subject(request, record, score)
    person = people.rows([score])[0] if score else None
    topic = _topic(customer_id, happened)
    user = request.user
    agent = (user.get_full_name() if user.is_authenticated else "") or user.get_username()
    context: dict[str, Any] = {
        "record": record,
        "title": _("Customer"),
        "about": about(record),
        "score": score,
        "person": person,
        "sections": sections.all_sections(one),
        "is_company": bool(record.company or one.portrait.people),
        "key_facts": [row for name in KEY_FIELDS if (row := _key_fact(name, one)).shown],
        "advice": advice(one),
        "topic": topic,
        "calls": "call" in request.GET,
        "greeting": script.address(record, script.spoken(record)) or _("An unnamed customer"),
        "script": script.script(record, one.portrait, person, _spoken_topic(topic), agent),
        **proposed(one),
    }
    return context | (score_context(score) if score else {})


def score_context(score: ScoreView) -> dict[str, Any]:
    """What the cycle says, in words."""
    return {
        "sentence": phrases.customer(score),
        "cycle": insight.current_cycle(),
        "hints": [str(labels.HINT.get(code, code)) for code in score.hints],
    }


def pictures(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Risk, value and rhythm as pictures: a part of the page, read from the facts when it comes into view."""
    access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
    score = insight.score(customer_id)
    if score is None:
        raise Http404(_("No cycle has rated this customer yet"))
    cycle = insight.current_cycle()
    history = insight.score_history(customer_id)
    as_of = cycle.as_of if cycle else clock.now()
    context = {
        "charts": [
            risk_history_chart(history, insight.thresholds()),
            value_history_chart(history, score.currency),
        ],
        "rhythm": rhythm_chart(score, timeline.order_points(customer_id), as_of),
    }
    return TemplateResponse(request, "keepwell/_customer_pictures.html", context)


def _topic(customer_id: str, happened: dict[str, Any]) -> facts.Topic | None:
    """What was last spoken about: among the facts just read, else asked for where there may be older ones."""
    is_newest = not (happened["kind"] or happened["continues"])
    topic = facts.last_topic(happened["facts"]) if is_newest else None
    older = happened["following"] or not is_newest
    return facts.recent_topic(customer_id) if topic is None and older else topic


def _key_fact(name: str, one: sections.Subject) -> sections.FieldRow:
    return sections.field_row(name, one.record, one.portrait, one.score)


def _spoken_topic(topic: facts.Topic | None) -> str:
    """What one may come back to: named, and not too long ago."""
    return topic.subject if topic and topic.at > clock.now() - RECENT else ""


def advice(one: sections.Subject) -> list[dict[str, Any]]:
    """What the culture guide says about the customer's country and culture."""
    entries = customers.culture_advice(
        country=one.record.country, culture=one.portrait.values.get("culture", "")
    )
    language = get_language() or "en"
    return [
        {
            "topic": portrait_words.TOPIC[entry.topic],
            "text": entry.text(language),
            "is_warning": entry.is_warning,
        }
        for entry in entries
    ]


def proposed(one: sections.Subject) -> dict[str, Any]:
    """The channel to use: what the customer prefers, else what the culture guide proposes."""
    own = one.portrait.values.get("preferred_channel", "")
    code = own or customers.proposed_channel(
        country=one.record.country, culture=one.portrait.values.get("culture", "")
    )
    if not code:
        return {}
    why = _("The customer prefers it.") if own else _("The culture guide proposes it.")
    return {"channel": CHANNEL.get(code, code), "channel_why": why}


def about(record: CustomerView) -> list[dict[str, Any]]:
    """What sources said that nobody types in, each with where it came from and when."""
    found = []
    for name in FROM_SOURCES:
        value = getattr(record, name)
        if value in (None, ""):
            continue
        found.append(
            {
                "name": name,
                "label": words.FIELD[name],
                "value": value,
                "is_moment": isinstance(value, datetime),
                "is_money": name == "acquisition_cost",
                "origin": record.provenance.get(name),
            }
        )
    return found
