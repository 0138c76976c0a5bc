"""What a new installation starts with: treatments, costs, assumptions and limits, all editable.

The saved shares are judgements, not measurements; `docs/decisions/0006-assumptions.md` gives the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

# Usual price level of services and small gifts against the Chinese yuan, coarse: it only scales defaults.
PRICE_LEVEL = {
    "CNY": "1", "USD": "0.5", "EUR": "0.5", "GBP": "0.4", "JPY": "60", "KRW": "600", "HKD": "3", "TWD": "10",
    "SGD": "0.6", "AUD": "0.7", "CAD": "0.7", "CHF": "0.5", "BRL": "2", "INR": "15", "MXN": "6", "MYR": "1.2",
    "THB": "10", "VND": "5000", "IDR": "4000", "PHP": "15", "RUB": "20", "TRY": "10",
}  # fmt: skip
UNKNOWN_CURRENCY_LEVEL = "0.5"

REASON_GROUP_NAMES: dict[str, Label] = {
    "silence": pgettext_lazy("group of causes", "Gone quiet"),
    "fewer_purchases": pgettext_lazy("group of causes", "Buys less often"),
    "downgrade": pgettext_lazy("group of causes", "Buys less or cheaper"),
    "complaint": pgettext_lazy("group of causes", "Complaints"),
    "contact_silent": pgettext_lazy("group of causes", "Contact fallen silent"),
    "one_time": pgettext_lazy("group of causes", "Bought only once"),
    "other": pgettext_lazy("group of causes", "Other or unknown"),
}


@dataclass(frozen=True)
class DefaultTreatment:
    """One treatment that Keepwell brings; `saved_share` by reason group, for the middle tier."""

    name: Label
    description: Label
    channel: str
    unit_cost_cny: str
    order_cost_share: float
    capacity: int | None
    low_cost: bool
    return_days: int
    saved_share: tuple[float, float, float, float, float, float, float]  # in the order of core.REASON_GROUPS
    requires_hint: str = ""


TREATMENTS: dict[str, DefaultTreatment] = {
    "email_winback": DefaultTreatment(
        _("Win-back e-mail"),
        _("A personal e-mail that says the customer is missed and shows what is new."),
        "email", "0.05", 0.0, None, True, 7, (0.04, 0.03, 0.02, 0.005, 0.02, 0.03, 0.02),
    ),
    "sms_coupon": DefaultTreatment(
        _("Text message with coupon"),
        _("A text message with a coupon of 10 %; the cost counts that three in ten redeem it."),
        "sms", "0.10", 0.03, None, True, 10, (0.08, 0.09, 0.08, 0.01, 0.04, 0.06, 0.05),
    ),
    "call_back": DefaultTreatment(
        _("Call back"),
        _("A call that asks what stands in the way and helps at once."),
        "phone", "8", 0.0, 200, False, 14, (0.11, 0.11, 0.10, 0.14, 0.12, 0.05, 0.09),
    ),
    "personal_visit": DefaultTreatment(
        _("Personal visit"),
        _("A visit by the customer's own contact person."),
        "visit", "120", 0.0, 20, False, 30, (0.20, 0.20, 0.20, 0.22, 0.22, 0.08, 0.16),
    ),
    "gift": DefaultTreatment(
        _("Gift"),
        _("A small gift with a handwritten card."),
        "parcel", "45", 0.0, 100, False, 21, (0.14, 0.13, 0.12, 0.10, 0.12, 0.06, 0.10),
    ),
    "service_recovery": DefaultTreatment(
        _("Service recovery"),
        _("Apologise, put right what went wrong, and make it good."),
        "phone", "30", 0.0, 100, False, 5, (0.03, 0.03, 0.05, 0.35, 0.05, 0.02, 0.03),
    ),
    "points_bonus": DefaultTreatment(
        _("Bonus points"),
        _("Extra points that count with the next order."),
        "app", "6", 0.0, None, True, 14, (0.08, 0.09, 0.07, 0.02, 0.05, 0.05, 0.05),
    ),
    "bundle_offer": DefaultTreatment(
        _("Bundle offer"),
        _("Several goods together at a better price, for customers who buy often and little at a time."),
        "email", "0.05", 0.05, None, True, 10, (0.08, 0.10, 0.12, 0.01, 0.05, 0.04, 0.06), "bundle_offer",
    ),
    "dedicated_adviser": DefaultTreatment(
        _("Dedicated adviser"),
        _("An adviser of their own, for customers who buy seldom and much at a time."),
        "phone", "60", 0.0, 50, False, 21, (0.18, 0.18, 0.18, 0.20, 0.20, 0.08, 0.14), "dedicated_adviser",
    ),
}  # fmt: skip

# Personal attention works better on those who value the relation, small incentives on those who count.
PERSONAL = ("call_back", "personal_visit", "gift", "service_recovery", "dedicated_adviser")
SERVICE = ("service_recovery",)
TIER_FACTORS = {True: {"high": 1.2, "mid": 1.0, "low": 0.8}, False: {"high": 0.9, "mid": 1.0, "low": 1.1}}

# Tier -> (absolute limit in CNY, share of the value at stake, low-cost measures only).
GRADE_LIMITS = {
    "high": ("500", 0.30, False),
    "mid": ("100", 0.20, False),
    "low": ("15", 0.10, True),
}
LOST_SHARE_FACTOR = 0.4
LOST_MAX_SILENCE_DAYS = 730


def purpose(code: str) -> str:
    """What a treatment contacts a customer for: putting right what went wrong is service."""
    return "service" if code in SERVICE else "marketing"


def saved_share(code: str, tier: str, group_index: int) -> float:
    """The default assumption for one treatment, tier and reason group."""
    share = TREATMENTS[code].saved_share[group_index] * TIER_FACTORS[code in PERSONAL][tier]
    return round(min(share, 1.0), 4)


def in_currency(amount_cny: str | Decimal, currency: str) -> Decimal:
    """A default cost in CNY at the usual price level of `currency`."""
    level = Decimal(PRICE_LEVEL.get(currency, UNKNOWN_CURRENCY_LEVEL))
    return (Decimal(amount_cny) * level).quantize(Decimal("0.0001"))
