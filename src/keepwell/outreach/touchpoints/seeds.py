"""The map that Keepwell brings: a usual way of customers, to be changed to the shop's own; nothing is on.

What Keepwell does not know of itself (payments, parcels) is told by the shop's own programs as an interaction
of a type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise

STAGES: dict[str, Words] = {
    "awareness": pgettext_lazy("stage of the journey", "Awareness"),
    "consideration": pgettext_lazy("stage of the journey", "Consideration"),
    "decision": pgettext_lazy("stage of the journey", "Decision"),
    "purchase": pgettext_lazy("stage of the journey", "Purchase"),
    "use": pgettext_lazy("stage of the journey", "Use"),
    "service": pgettext_lazy("stage of the journey", "Service"),
    "renewal": pgettext_lazy("stage of the journey", "Renewal"),
}


@dataclass(frozen=True)
class Point:
    """A touchpoint of the usual map."""

    stage: str
    name: Words
    channel: str
    fact: dict[str, Any]
    feeling: int | None = None


@dataclass(frozen=True)
class Pain:
    """A friction of the usual map, with the remedy that is kept ready, switched off."""

    touchpoint: str
    name: Words
    severity: int
    values: dict[str, Any] = field(default_factory=dict)
    words: Words = ""  # what the task says, where the remedy is one


def fact(table: str, **where: Any) -> dict[str, Any]:
    """Facts of a table whose columns hold one of these values."""
    conditions = [{"column": name, "is": "in", "value": list(values)} for name, values in where.items()]
    return {"fact": table, "where": conditions}


ORDER = fact("orders", status=("placed", "paid"))
TOUCHPOINTS: dict[str, Point] = {
    "news": Point(
        "awareness",
        _("Message from us"),
        "email",
        fact("contacts", status=("sent", "delivered", "opened", "clicked", "answered")),
    ),
    "search": Point("awareness", _("Search on the website"), "web", fact("interactions", type=("search",))),
    "visit": Point("consideration", _("Visit"), "web", fact("interactions", type=("visit",))),
    "view": Point("consideration", _("Looks at a product"), "web", fact("interactions", type=("view",))),
    "chat": Point("consideration", _("Advice by chat"), "chat", fact("interactions", type=("chat",))),
    "cart": Point("decision", _("Cart"), "web", fact("interactions", type=("cart",)), 0),
    "checkout": Point("decision", _("Checkout"), "web", fact("interactions", type=("checkout",)), -1),
    "order": Point("purchase", pgettext_lazy("touchpoint", "Order"), "", ORDER, 1),
    "delivery": Point(
        "use", _("Delivery"), "parcel", fact("interactions", type=("parcel_delivered", "parcel_late"))
    ),
    "review": Point("use", _("Review"), "web", fact("interactions", type=("review",))),
    "event": Point(
        "use", pgettext_lazy("touchpoint", "Event"), "store", fact("interactions", type=("event",))
    ),
    "ticket": Point("service", _("Request to service"), "", fact("tickets", event=("opened",))),
    "call": Point("service", _("Call"), "phone", fact("interactions", type=("call",))),
    "survey": Point("service", pgettext_lazy("touchpoint", "Survey"), "email", fact("answers")),
    "subscription": Point("renewal", _("Subscription"), "", fact("subscriptions")),
    "referral": Point("renewal", _("Recommends us"), "", fact("interactions", type=("referral",))),
}


def call(**more: Any) -> dict[str, Any]:
    """A task on the telephone."""
    return {"remedy": "task", "task_channel": "phone", **more}


FRICTIONS: dict[str, Pain] = {
    "cart_left": Pain(
        "cart",
        _("The cart is left behind"),
        2,
        {
            "fact": fact("interactions", type=("cart",)),
            "unless": ORDER,
            "within_hours": 24,
            "remedy": "message",
            "remedy_code": "cart_waiting_sms",
            "remedy_purpose": "marketing",
        },
    ),
    "payment_failed": Pain(
        "checkout",
        _("The payment fails"),
        3,
        call(
            fact=fact("interactions", type=("payment_failed",)),
            unless=fact("orders", status=("paid",)),
            within_hours=1,
            due_hours=4,
            again_days=3,
        ),
        _("The payment failed: ring up, offer another way to pay"),
    ),
    "parcel_late": Pain(
        "delivery",
        _("The parcel is late"),
        3,
        call(
            fact=fact("interactions", type=("parcel_late",)),
            due_hours=8,
            again_days=7,
        ),
        _("The parcel is late: say so first, give a new day, apologise"),
    ),
    "poor_review": Pain(
        "review",
        _("A review of one or two stars"),
        2,
        call(
            fact={
                "fact": "interactions",
                "where": [
                    {"column": "type", "is": "in", "value": ["review"]},
                    {"column": "value", "is": "at_most", "value": 2},
                ],
            },
        ),
        _("Poor review: thank for it, ask what was wrong, put it right"),
    ),
    "slow_answer": Pain(
        "ticket",
        _("No answer within a day"),
        3,
        call(
            fact=fact("tickets", event=("opened",)),
            unless=fact("tickets", event=("responded", "resolved", "closed")),
            within_hours=24,
            due_hours=4,
            again_days=7,
        ),
        _("No answer for a day: ring up now, apologise for the wait"),
    ),
    "reopened": Pain(
        "ticket",
        _("What was solved is open again"),
        2,
        call(fact=fact("tickets", event=("reopened",)), due_hours=8),
        _("Open again: take it in hand personally until it is solved"),
    ),
    "low_score": Pain(
        "survey",
        _("A low score in a survey"),
        2,
        call(
            fact={
                "fact": "answers",
                "where": [
                    {"column": "metric", "is": "in", "value": ["nps"]},
                    {"column": "score", "is": "at_most", "value": 6},
                ],
            },
            due_hours=48,
        ),
        _("Low score: ring up, listen, say what will change"),
    ),
    "message_lost": Pain(
        "news",
        _("Our message does not arrive"),
        1,
        {
            "fact": fact("contacts", status=("bounced",)),
            "remedy": "task",
            "task_channel": "phone",
            "due_hours": 72,
            "again_days": 90,
        },
        _("A message did not arrive: ask for the right address"),
    ),
}
