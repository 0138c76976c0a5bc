"""What the desk starts with: causes, grades, measures; causes and grades are editable.

The points are judgements: what a customer is worth counts most, then whether the cause is in our hands, then
whether there is still time.
"""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.outreach.contracts import Channel, Kind, Response
from keepwell.plays.winback.contracts import CauseRule, Grade, GradeRule, Rules, Way

TIER_POINTS = {"high": 4, "mid": 2, "low": 0}
RISK_POINTS = {"high": 1, "medium": 0, "low": -1, "lost": 0}
GRADES = (
    GradeRule(Grade.A, 4, "high", Way.PERSONAL),
    GradeRule(Grade.B, 2, "mid", Way.PERSONAL),
    GradeRule(Grade.C, -99, "low", Way.AUTOMATIC),
)


def _cause(code: str, group: str, points: int, *measures: str) -> CauseRule:
    return CauseRule(code, group, points, measures)


CAUSES = (
    _cause("service", "complaint", 1, "fix_problem", "call_back", "special_offer", "gift"),
    _cause("product_fault", "complaint", 1, "fix_problem", "custom_product", "call_back"),
    _cause("product_use", "contact_silent", 1, "call_back", "custom_product", "dedicated_contact"),
    _cause("missing_function", "contact_silent", 1, "custom_product", "advantages", "call_back"),
    _cause("price", "downgrade", 0, "special_offer", "repurchase_incentive", "advantages"),
    _cause("competitor", "fewer_purchases", 1, "advantages", "call_back", "special_offer", "recall_offer"),
    _cause("neglected", "contact_silent", 1, "dedicated_contact", "call_back", "visit"),
    _cause("falling_quantity", "downgrade", 0, "call_back", "special_offer", "custom_product"),
    _cause("low_value", "one_time", -1, "repurchase_incentive", "loss_survey"),
    _cause("no_need", "silence", -1, "loss_survey", "repurchase_incentive"),
    _cause("moved", "silence", -1, "loss_survey", "advantages"),
    _cause("decline", "silence", 0, "recall_offer", "loss_survey", "advantages"),
    _cause("unknown", "other", 0, "loss_survey", "call_back", "repurchase_incentive"),
)
CODES = frozenset(rule.code for rule in CAUSES)
# What customers can say of themselves; the others are what we see of them.
SAID_BY_CUSTOMERS = (
    "service", "product_fault", "product_use", "missing_function", "price", "competitor", "neglected",
    "no_need", "moved",
)  # fmt: skip
# Which cause a reason of insight points to; what it does not name is not known.
CAUSE_OF_REASON = {
    "complaints_rose": "service",
    "mood_bad": "service",
    "contact_silent": "neglected",
    "best_dormant": "neglected",
    "quantity_fell": "falling_quantity",
    "spending_fell": "falling_quantity",
    "purchases_fell": "competitor",
    "bought_once": "low_value",
    "low_return": "low_value",
    "drifting_away": "decline",
}
# What stands in the way of using the product (CAU-06), and the cause that it means.
OBSTACLES = {
    "hard_to_use": "product_use",
    "not_set_up": "product_use",
    "nobody_trained": "product_use",
    "does_not_fit": "missing_function",
    "function_missing": "missing_function",
    "breaks_down": "product_fault",
    "poor_quality": "product_fault",
    "slow_delivery": "service",
    "hard_to_reach_us": "service",
    "too_dear_to_use": "price",
    "not_needed_now": "no_need",
}


# What an interview asks, in this order.
INTERVIEW = ("changed", "moment", "tried", "compared", "decides", "bring_back")


@dataclass(frozen=True)
class MeasureKind:
    """One kind of measure (WIN-05 to WIN-09): what it costs and saves is that of its treatment."""

    treatment: str
    kind: Kind
    channel: Channel | None
    response: Response
    discount: str = ""  # usual share off; "" = no offer


MEASURES: dict[str, MeasureKind] = {
    "fix_problem": MeasureKind("service_recovery", Kind.CALL, Channel.PHONE, Response.SOLVE_PROBLEM),
    "call_back": MeasureKind("call_back", Kind.CALL, Channel.PHONE, Response.PERSONAL_SERVICE),
    "dedicated_contact": MeasureKind(
        "dedicated_adviser", Kind.CALL, Channel.PHONE, Response.PERSONAL_SERVICE
    ),
    "custom_product": MeasureKind("dedicated_adviser", Kind.CALL, Channel.PHONE, Response.PERSONAL_SERVICE),
    "visit": MeasureKind("personal_visit", Kind.VISIT, Channel.VISIT, Response.PERSONAL_SERVICE),
    "special_offer": MeasureKind("sms_coupon", Kind.CALL, Channel.PHONE, Response.OFFER, "0.1"),
    "repurchase_incentive": MeasureKind("sms_coupon", Kind.MESSAGE, Channel.SMS, Response.OFFER, "0.15"),
    "recall_offer": MeasureKind("sms_coupon", Kind.MESSAGE, Channel.SMS, Response.OFFER, "0.3"),
    "advantages": MeasureKind("email_winback", Kind.MESSAGE, Channel.EMAIL, Response.OFFER),
    "loss_survey": MeasureKind("email_winback", Kind.MESSAGE, Channel.EMAIL, Response.OFFER),
    "gift": MeasureKind("gift", Kind.OTHER, None, Response.OFFER),
}


@dataclass(frozen=True)
class CareKind:
    """One act of the time after somebody came back (WIN-11, WIN-13, WIN-14)."""

    kind: Kind
    channel: Channel
    response: str
    days: int  # after they came back


CARE: dict[str, CareKind] = {
    "satisfaction": CareKind(Kind.CALL, Channel.PHONE, Response.SOLVE_PROBLEM, 7),
    "feedback_survey": CareKind(Kind.MESSAGE, Channel.EMAIL, "", 14),
    "care_call": CareKind(Kind.FOLLOW_UP, Channel.PHONE, Response.PERSONAL_SERVICE, 30),
    "festival_wishes": CareKind(Kind.MESSAGE, Channel.SMS, Response.PERSONAL_SERVICE, 60),
    "event_invitation": CareKind(Kind.MESSAGE, Channel.EMAIL, Response.PERSONAL_SERVICE, 90),
}
USUAL_CARE = ("satisfaction", "feedback_survey", "care_call")


def rules() -> Rules:
    """The rules before anybody changed them (version 0)."""
    return Rules(tier_points=TIER_POINTS, risk_points=RISK_POINTS, grades=GRADES, causes=CAUSES)
