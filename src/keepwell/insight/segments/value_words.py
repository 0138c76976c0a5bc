"""Words for the codes that columns of facts hold; a code that no shop agreed on is shown as it came."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from keepwell.customers.labels import CHANNEL

Labels = dict[str, str | Promise]

_STATUS: Labels = {
    "placed": pgettext_lazy("order status", "placed"),
    "paid": pgettext_lazy("order status", "paid"),
    "refunded": pgettext_lazy("order status", "refunded"),
    "cancelled": pgettext_lazy("order status", "cancelled"),
    "queued": pgettext_lazy("contact status", "queued"),
    "sent": pgettext_lazy("contact status", "sent"),
    "delivered": pgettext_lazy("contact status", "delivered"),
    "opened": pgettext_lazy("contact status", "opened"),
    "clicked": pgettext_lazy("contact status", "clicked"),
    "bounced": pgettext_lazy("contact status", "bounced"),
    "complained": pgettext_lazy("contact status", "complained about"),
    "unsubscribed": pgettext_lazy("contact status", "unsubscribed"),
    "answered": pgettext_lazy("contact status", "answered"),
    "refused": pgettext_lazy("contact status", "refused"),
    "withheld": pgettext_lazy("contact status", "withheld"),
}
_TICKET: Labels = {
    "opened": pgettext_lazy("step of a ticket", "opened"),
    "responded": pgettext_lazy("step of a ticket", "answered"),
    "escalated": pgettext_lazy("step of a ticket", "escalated"),
    "resolved": pgettext_lazy("step of a ticket", "resolved"),
    "reopened": pgettext_lazy("step of a ticket", "reopened"),
    "closed": pgettext_lazy("step of a ticket", "closed"),
}
_INTERACTION: Labels = {
    "visit": pgettext_lazy("kind of interaction", "visit"),
    "view": pgettext_lazy("kind of interaction", "looking at a product"),
    "search": pgettext_lazy("kind of interaction", "search"),
    "cart": pgettext_lazy("kind of interaction", "cart"),
    "checkout": pgettext_lazy("kind of interaction", "checkout"),
    "review": pgettext_lazy("kind of interaction", "review"),
    "chat": pgettext_lazy("kind of interaction", "chat"),
    "call": pgettext_lazy("kind of interaction", "call"),
    "email": pgettext_lazy("kind of interaction", "e-mail"),
    "meeting": pgettext_lazy("kind of interaction", "meeting"),
    "login": pgettext_lazy("kind of interaction", "signing in"),
    "event": pgettext_lazy("kind of interaction", "event"),
    "referral": pgettext_lazy("kind of interaction", "recommendation"),
    "share": pgettext_lazy("kind of interaction", "sharing"),
    "stay": pgettext_lazy("kind of interaction", "stay"),
    "service": pgettext_lazy("kind of interaction", "service"),
    "travel": pgettext_lazy("kind of interaction", "journey of the customer"),
    "difficulty": pgettext_lazy("kind of interaction", "difficulty"),
    "upgrade": pgettext_lazy("kind of interaction", "upgrade"),
    "check_in_open": pgettext_lazy("kind of interaction", "check-in has opened"),
    "activity_starting": pgettext_lazy("kind of interaction", "activity about to start"),
    "payment_failed": pgettext_lazy("kind of interaction", "failed payment"),
    "payment_succeeded": pgettext_lazy("kind of interaction", "payment that went through"),
    "delivery_exception": pgettext_lazy("kind of interaction", "delivery in trouble"),
    "mood": pgettext_lazy("kind of interaction", "feeling in their words"),
    "parcel_sent": pgettext_lazy("kind of interaction", "parcel sent"),
    "parcel_delivered": pgettext_lazy("kind of interaction", "parcel delivered"),
    "parcel_late": pgettext_lazy("kind of interaction", "late parcel"),
}
_PERIOD: Labels = {
    "day": pgettext_lazy("period", "day"),
    "week": pgettext_lazy("period", "week"),
    "month": pgettext_lazy("period", "month"),
    "quarter": pgettext_lazy("period", "quarter"),
    "year": pgettext_lazy("period", "year"),
}
_METRIC: Labels = {
    "nps": pgettext_lazy("metric of a survey", "recommendation (NPS)"),
    "csat": pgettext_lazy("metric of a survey", "satisfaction (CSAT)"),
    "ces": pgettext_lazy("metric of a survey", "effort (CES)"),
    "other": pgettext_lazy("metric of a survey", "other"),
}
_COST: Labels = {
    "acquisition": pgettext_lazy("kind of cost", "acquisition"),
    "retention": pgettext_lazy("kind of cost", "retention"),
    "service": pgettext_lazy("kind of cost", "service"),
    "reward": pgettext_lazy("kind of cost", "rewards"),
}
_COLUMNS: dict[str, Labels] = {
    "status": _STATUS,
    "event": _TICKET,
    "type": _INTERACTION,
    "period": _PERIOD,
    "metric": _METRIC,
    "kind": _COST,
    "channel": dict(CHANNEL),
}


def labels_of(column: str) -> Labels:
    """The words for the codes of a column of facts; nothing for one that holds no codes."""
    return _COLUMNS.get(column, {})
