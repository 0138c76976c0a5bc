"""What people read for the codes of insight."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

STATUS: dict[str, Label] = {
    "new": pgettext_lazy("customer status", "New"),
    "active": pgettext_lazy("customer status", "Active"),
    "at_risk": pgettext_lazy("customer status", "At risk"),
    "lost": pgettext_lazy("customer status", "Lost"),
}
TIER: dict[str, Label] = {
    "high": pgettext_lazy("value tier", "High value"),
    "mid": pgettext_lazy("value tier", "Medium value"),
    "low": pgettext_lazy("value tier", "Low value"),
}
RISK_LEVEL: dict[str, Label] = {
    "high": pgettext_lazy("risk level", "High risk"),
    "medium": pgettext_lazy("risk level", "Medium risk"),
    "low": pgettext_lazy("risk level", "Low risk"),
}
LIFE_STAGE: dict[str, Label] = {
    "new": pgettext_lazy("life-cycle stage", "New customer"),
    "growth": pgettext_lazy("life-cycle stage", "Growth"),
    "mature": pgettext_lazy("life-cycle stage", "Mature"),
    "decline": pgettext_lazy("life-cycle stage", "Decline"),
}
COMMUNICATION_GROUP: dict[str, Label] = {
    "high_value": pgettext_lazy("communication group", "High-value customers"),
    "potential": pgettext_lazy("communication group", "Potential customers"),
    "mass": pgettext_lazy("communication group", "Mass customers"),
    "lost": pgettext_lazy("communication group", "Lost customers"),
}
TREND: dict[str, Label] = {
    "rising": pgettext_lazy("trend", "Rising"),
    "steady": pgettext_lazy("trend", "Steady"),
    "falling": pgettext_lazy("trend", "Falling"),
    "unknown": pgettext_lazy("trend", "Not known"),
}
SEGMENT: dict[str, Label] = {
    "champions": pgettext_lazy("RFM segment", "Champions"),
    "loyal": pgettext_lazy("RFM segment", "Loyal"),
    "potential_loyalist": pgettext_lazy("RFM segment", "Potential loyalists"),
    "new": pgettext_lazy("RFM segment", "New"),
    "promising": pgettext_lazy("RFM segment", "Promising"),
    "need_attention": pgettext_lazy("RFM segment", "Need attention"),
    "about_to_sleep": pgettext_lazy("RFM segment", "About to sleep"),
    "at_risk": pgettext_lazy("RFM segment", "At risk"),
    "cannot_lose": pgettext_lazy("RFM segment", "Cannot lose"),
    "hibernating": pgettext_lazy("RFM segment", "Hibernating"),
    "lost": pgettext_lazy("RFM segment", "Lost"),
}
REASON: dict[str, Label] = {
    "rhythm_broken": _("Purchase rhythm broken"),
    "purchases_fell": _("Buys less often"),
    "quantity_fell": _("Buys smaller quantities"),
    "spending_fell": _("Spends less per order"),
    "best_dormant": _("High-value customer gone quiet"),
    "complaints_rose": _("Complaints rising"),
    "mood_bad": _("Sounds unhappy in writing"),
    "contact_silent": _("Contact fallen silent"),
    "bought_once": _("Bought only once"),
    "drifting_away": _("Probably no longer a customer"),
    "low_return": _("Unlikely to return soon"),
}
HINT: dict[str, Label] = {
    "bundle_offer": _("Offer a bundle"),
    "dedicated_adviser": _("Assign a dedicated adviser"),
    "expansion": _("Quantities rise: offer more"),
    "cause_check": _("Quantities fall: find the cause"),
}
HINT_CODES: tuple[str, ...] = tuple(HINT)  # the order of the bits in Score.hints; append only
