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
    "segments": pgettext_lazy("step of a cycle", "Work the segments out"),
    "publish": pgettext_lazy("step of a cycle", "Write the scores"),
    "summary": pgettext_lazy("step of a cycle", "Add up"),
    "recommend": pgettext_lazy("step of a cycle", "What suits whom"),
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
JOB_STATUS: dict[str, Word] = {
    "draft": pgettext_lazy("state of an import", "not begun"),
    "waiting": pgettext_lazy("state of an import", "waiting"),
    "running": pgettext_lazy("state of an import", "under way"),
    "done": pgettext_lazy("state of an import", "done"),
    "failed": pgettext_lazy("state of an import", "failed"),
    "discarded": pgettext_lazy("state of an import", "thrown away"),
}
CLEANED: dict[str, Word] = {
    "trimmed": pgettext_lazy("correction", "white space and width"),
    "number_rewritten": pgettext_lazy("correction", "numbers read from another spelling"),
    "instant_rewritten": pgettext_lazy("correction", "dates and times read from another spelling"),
    "money_rounded": pgettext_lazy("correction", "amounts rounded"),
    "choice_mapped": pgettext_lazy("correction", "words replaced by known ones"),
    "value_left_out": pgettext_lazy("correction", "values that cannot be right, left out"),
    "email_left_out": pgettext_lazy("correction", "e-mail addresses that cannot be right, left out"),
    "phone_left_out": pgettext_lazy("correction", "telephone numbers that cannot be right, left out"),
    "whatsapp_left_out": pgettext_lazy("correction", "WhatsApp numbers that cannot be right, left out"),
    "gender_left_out": pgettext_lazy("correction", "genders that cannot be read, left out"),
    "birth_on_left_out": pgettext_lazy("correction", "birthdays that cannot be right, left out"),
    "country_left_out": pgettext_lazy("correction", "countries that are not known, left out"),
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
# Columns that a file can have, beside those of FIELD.
COLUMN: dict[str, Word] = {
    "customer_id": _("Customer number"),
    "wecom": pgettext_lazy("channel", "WeCom"),
    "wechat": pgettext_lazy("channel", "WeChat"),
    "whatsapp": pgettext_lazy("channel", "WhatsApp"),
    "order_id": _("Order number"),
    "line": _("Line of the order"),
    "product_id": _("Product number"),
    "ordered_at": _("Ordered at"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "cost": _("Cost"),
    "discount": _("Discount"),
    "order_discount": _("Discount of the order"),
    "channel": _("Channel"),
    "store": _("Store"),
    "campaign": _("Campaign"),
    "status": _("Status"),
    "category": _("Category"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "price": _("Price"),
    "at": _("At"),
    "type": _("Type"),
    "subject": _("Subject"),
    "value": _("Value"),
    "reason": _("Reason"),
    "points": _("Points"),
    "plan": _("Plan"),
    "period": _("Period"),
    "started_at": _("Began at"),
    "ended_at": _("Ended at"),
    "end_reason": _("Reason of the end"),
    "survey": _("Survey"),
    "score": _("Score"),
    "topic": _("Topic"),
    "event": _("Event"),
    "priority": _("Priority"),
    "kind": _("Kind"),
    "expires_at": _("Expires at"),
    "source": _("Source"),
    "refunded": _("Refunded"),
    "cancelled_at": _("Cancelled at"),
}


def column(name: str) -> str:
    """A column of an import, in words; its own name where there are none."""
    return str(FIELD.get(name) or COLUMN.get(name) or name)


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
    ("interactions", "email"): _("Mail from the customer"),
    ("interactions", "meeting"): _("Meeting"),
    ("interactions", "event"): _("Took part in an event"),
    ("interactions", "review"): _("Wrote a review"),
    ("interactions", "referral"): _("Recommended us"),
    ("interactions", "login"): _("Signed in"),
    ("interactions", "case"): _("Win-back case"),
    ("interactions", "question"): _("Step of a customer’s question"),
    ("interactions", "mood"): _("Feeling in what the customer wrote"),
    ("interactions", "system_request"): _("Your system was asked"),
    ("interactions", "system_answer"): _("Your system answered"),
    ("interactions", "coupon_issued"): _("Coupon given"),
    ("interactions", "coupon_redeemed"): _("Coupon redeemed"),
    ("interactions", "coupon_expired"): _("Coupon expired"),
    ("interactions", "coupon_void"): _("Coupon made void"),
    ("interactions", "coupon_revived"): _("Coupon valid again"),
    ("interactions", "withdrawn"): _("Entry taken back"),
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


# A call or visit is no message.
SPOKEN = ("phone", "visit")
SPOKEN_EVENT: dict[str, Word] = {
    "queued": _("Contact planned"),
    "sent": _("Tried to reach"),
    "answered": _("Reached in person"),
    "bounced": _("Contact data was wrong"),
    "refused": _("Wants no contact any more"),
    "withheld": _("Contact no longer needed"),
}


def event(table: str, data: dict[str, object]) -> str:
    """What happened, in words; the table's name where the code is not known."""
    code = str(data.get(EVENT_CODE.get(table, ""), "") or "")
    if table == "contacts" and data.get("channel") in SPOKEN and code in SPOKEN_EVENT:
        return str(SPOKEN_EVENT[code])
    return str(EVENT.get((table, code)) or TABLE.get(table, table))


EXCLUDED: dict[str, Word] = {
    "other_currency": _("Orders in another currency, left out"),
    "refunded": _("Refunded orders, not purchases"),
    "cancelled": _("Cancelled orders, not purchases"),
    "zero_amount": _("Orders of nothing, not purchases"),
    "credits": _("Credits, taken off the amount"),
}
