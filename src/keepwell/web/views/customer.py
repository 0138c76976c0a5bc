"""One customer: who is this, what happened, what next?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.customers.contracts import CustomerView
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreView
from keepwell.web import panels, people, phrases, timeline, words
from keepwell.web.charts.customer import rhythm_chart, risk_history_chart, value_history_chart
from keepwell.web.shell import render, wants_fragment

HIDDEN = ("name", "email", "phone")


def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The page of one customer; asked by htmx, the next part of the timeline."""
    access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
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
        context |= page_context(record, score)
        context["panels"] = panels.shown(request, customer_id)
    return render(request, "keepwell/customer.html", context, fragment="keepwell/_timeline.html")


def timeline_context(request: HttpRequest, customer_id: str, score: ScoreView | None) -> dict[str, Any]:
    """A part of the timeline: of the kind and before the instant that the address names."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in timeline.KINDS else ""
    before = _instant(request.GET.get("before", ""))
    currency = score.currency if score else ""
    events, following = timeline.events(customer_id, kind=kind, before=before, currency=currency)
    return {
        "customer_id": customer_id,
        "events": events,
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


def page_context(record: CustomerView, score: ScoreView | None) -> dict[str, Any]:
    """Everything on the page but the timeline."""
    context: dict[str, Any] = {
        "record": record,
        "title": _("Customer"),
        "about": about(record),
        "score": score,
    }
    if score is None:
        return context
    cycle = insight.current_cycle()
    history = insight.score_history(record.customer_id)
    as_of = cycle.as_of if cycle else clock.now()
    return context | {
        "person": people.rows([score])[0],
        "sentence": phrases.customer(score),
        "cycle": cycle,
        "hints": [str(labels.HINT.get(code, code)) for code in score.hints],
        "charts": [
            risk_history_chart(history, insight.thresholds()),
            value_history_chart(history, score.currency),
        ],
        "rhythm": rhythm_chart(score, timeline.order_points(record.customer_id), as_of),
    }


def about(record: CustomerView) -> list[dict[str, Any]]:
    """What is known, field by field, each with where it came from and when."""
    found = []
    for name in words.FIELD:
        value = getattr(record, name, None)
        if name in HIDDEN or value in (None, "", ()):
            continue
        shown = ", ".join(value) if isinstance(value, tuple) else value
        found.append(
            {
                "name": name,
                "value": shown,
                "is_moment": isinstance(value, datetime),
                "is_money": name == "acquisition_cost",
                "origin": record.provenance.get(name),
            }
        )
    return found
