"""What people read for codes that no room below has words for."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Word = str | Promise

TABLE: dict[str, Word] = {
    "customers": pgettext_lazy("table", "Customers"),
    "products": pgettext_lazy("table", "Products"),
    "orders": pgettext_lazy("table", "Orders"),
    "order_items": pgettext_lazy("table", "Order items"),
    "order_lines": pgettext_lazy("table", "Orders with their items"),
    "subscriptions": pgettext_lazy("table", "Subscriptions"),
    "interactions": pgettext_lazy("table", "Interactions"),
    "contacts": pgettext_lazy("table", "Messages sent"),
    "tickets": pgettext_lazy("table", "Tickets"),
    "answers": pgettext_lazy("table", "Survey answers"),
    "ledger": pgettext_lazy("table", "Points ledger"),
    "costs": pgettext_lazy("table", "Costs"),
    "scores": pgettext_lazy("table", "Scores"),
}
STEP: dict[str, Word] = {
    "ingest": pgettext_lazy("step of a cycle", "Take in what was recorded"),
    "snapshot": pgettext_lazy("step of a cycle", "Settle the data"),
    "quality": pgettext_lazy("step of a cycle", "Quality of the data"),
    "features": pgettext_lazy("step of a cycle", "Features"),
    "models": pgettext_lazy("step of a cycle", "Fit and compare the models"),
    "value": pgettext_lazy("step of a cycle", "Value"),
    "risk": pgettext_lazy("step of a cycle", "Risk and reasons"),
    "plan": pgettext_lazy("step of a cycle", "Plan"),
    "publish": pgettext_lazy("step of a cycle", "Write the scores"),
    "summary": pgettext_lazy("step of a cycle", "Add up"),
    "switch": pgettext_lazy("step of a cycle", "Switch to the new scores"),
    "tidy": pgettext_lazy("step of a cycle", "Tidy up"),
}
STEP_STATUS: dict[str, Word] = {
    "waiting": pgettext_lazy("state of a step", "waiting"),
    "running": pgettext_lazy("state of a step", "running"),
    "done": pgettext_lazy("state of a step", "done"),
    "failed": pgettext_lazy("state of a step", "failed"),
}
IMPORT_STATUS: dict[str, Word] = {
    "staging": pgettext_lazy("state of an import", "being read"),
    "staged": pgettext_lazy("state of an import", "read, not yet visible"),
    "done": pgettext_lazy("state of an import", "done"),
    "failed": pgettext_lazy("state of an import", "failed"),
    "abandoned": pgettext_lazy("state of an import", "given up"),
}
CHANNEL: dict[str, Word] = {
    "email": pgettext_lazy("channel", "E-mail"),
    "sms": pgettext_lazy("channel", "Text message"),
    "phone": pgettext_lazy("channel", "Telephone"),
    "visit": pgettext_lazy("channel", "Visit"),
    "parcel": pgettext_lazy("channel", "Parcel"),
    "app": pgettext_lazy("channel", "App"),
    "web": pgettext_lazy("channel", "Website"),
    "store": pgettext_lazy("channel", "Store"),
    "chat": pgettext_lazy("channel", "Chat"),
    "wechat": pgettext_lazy("channel", "WeChat"),
}
FIELD: dict[str, Word] = {
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "gender": _("Gender"),
    "birth_on": _("Birthday"),
    "country": _("Country"),
    "region": _("Region"),
    "city": _("City"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "occupation": _("Occupation"),
    "income": _("Income"),
    "company": _("Company"),
    "industry": _("Industry"),
    "acquired_at": _("Customer since"),
    "acquisition_channel": _("Won through"),
    "acquisition_cost": _("Acquisition cost"),
    "tags": _("Tags"),
}
# What happened, by table and by the code that says what (interaction type, ticket event, order status ...).
EVENT: dict[tuple[str, str], Word] = {
    ("orders", "placed"): _("Order placed"),
    ("orders", "paid"): _("Order"),
    ("orders", "refunded"): _("Refund"),
    ("orders", "cancelled"): _("Order cancelled"),
    ("interactions", "visit"): _("Visit"),
    ("interactions", "view"): _("Looked at a product"),
    ("interactions", "search"): _("Searched"),
    ("interactions", "cart"): _("Put into the cart"),
    ("interactions", "checkout"): _("Began to check out"),
    ("interactions", "call"): _("Call"),
    ("interactions", "chat"): _("Chat"),
    ("interactions", "meeting"): _("Meeting"),
    ("interactions", "event"): _("Took part in an event"),
    ("interactions", "review"): _("Wrote a review"),
    ("interactions", "referral"): _("Recommended us"),
    ("interactions", "login"): _("Signed in"),
    ("contacts", "queued"): _("Message queued"),
    ("contacts", "sent"): _("Message sent"),
    ("contacts", "delivered"): _("Message delivered"),
    ("contacts", "opened"): _("Message opened"),
    ("contacts", "clicked"): _("Message clicked"),
    ("contacts", "bounced"): _("Message bounced"),
    ("contacts", "complained"): _("Complained about a message"),
    ("contacts", "unsubscribed"): _("Unsubscribed"),
    ("contacts", "answered"): _("Answered a message"),
    ("contacts", "refused"): _("Message refused"),
    ("tickets", "opened"): _("Complaint opened"),
    ("tickets", "responded"): _("Complaint answered"),
    ("tickets", "escalated"): _("Complaint escalated"),
    ("tickets", "resolved"): _("Complaint resolved"),
    ("tickets", "reopened"): _("Complaint reopened"),
    ("tickets", "closed"): _("Complaint closed"),
    ("answers", "nps"): _("Survey: recommendation (NPS)"),
    ("answers", "csat"): _("Survey: satisfaction (CSAT)"),
    ("answers", "ces"): _("Survey: effort (CES)"),
    ("answers", "other"): _("Survey answer"),
    ("costs", "acquisition"): _("Cost of acquisition"),
    ("costs", "retention"): _("Cost of retention"),
    ("costs", "service"): _("Cost of service"),
    ("costs", "reward"): _("Cost of rewards"),
}
EVENT_CODE = {
    "orders": "status",
    "interactions": "type",
    "contacts": "status",
    "tickets": "event",
    "answers": "metric",
    "costs": "kind",
}


def event(table: str, data: dict[str, object]) -> str:
    """What happened, in words; the table's name where the code is not known."""
    code = str(data.get(EVENT_CODE.get(table, ""), "") or "")
    return str(EVENT.get((table, code)) or TABLE.get(table, table))


EXCLUDED: dict[str, Word] = {
    "other_currency": _("Orders in another currency, left out"),
    "refunded": _("Refunded orders, not purchases"),
    "cancelled": _("Cancelled orders, not purchases"),
    "zero_amount": _("Orders of nothing, not purchases"),
    "credits": _("Credits, taken off the amount"),
}
