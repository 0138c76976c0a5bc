"""Journeys that begin with something that happened.

What Keepwell does not know of itself (payments, parcels, draws, check-in) is told by the shop's own programs
as an interaction of a type; `needs` says which, and what else must be there.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.journeys.seeds.shape import (
    ALWAYS,
    Json,
    Seed,
    after,
    ask_person,
    ask_system,
    event,
    flow,
    mark,
    order,
    ordered,
    recorded,
    say,
    ticket,
    until,
    wait,
    where,
    write,
)


def _notice(
    name: str | Promise,
    description: str | Promise,
    trigger: Json,
    text: str,
    serves: str,
    needs: str | Promise = "",
) -> Seed:
    """One message as soon as it has happened, each time."""
    steps = flow(trigger, write("service", text, priority=70), entry=ALWAYS)
    return Seed(name, description, steps, (serves,), needs)


# What was read in a text, or told by another system, as unhappy.
UNHAPPY = {"fact": "interactions", "where": [where("type", "mood"), where("subject", "negative")]}
PAID = event("payment_succeeded")


def _paid_within(days: int, code: str, *, otherwise: str) -> Json:
    """Wait for the payment, and thank for it; otherwise go on."""
    return {
        "kind": "wait_for",
        "for": PAID,
        "days": days,
        "next": "thanks",
        "otherwise": otherwise,
        "code": code,
    }


def _paid_already(code: str) -> Json:
    """Whether the payment came while the system was asked."""
    return {"kind": "branch", "cases": [{"happened": PAID, "next": "thanks"}], "code": code}


def _unanswered(percent: int, hours: int) -> Json:
    """Wait for the first answer, by the channel's standard; by hours where it has none."""
    answer = ticket("responded", "resolved", "closed")
    return {"kind": "wait_for", "for": answer, "hours": hours, "standard": percent}


EVENTS: dict[str, Seed] = {
    "abandoned_cart": Seed(
        _("Cart left behind"),
        _("24 hours after something was put into the cart and not bought; ends with the order."),
        flow(
            event("cart"),
            wait(hours=24),
            write("marketing", "cart_waiting"),
            wait(days=3),
            entry=ALWAYS,
            goals=(order(),),
        ),
        ("JRN-16", "JRN-38"),
        recorded("cart"),
    ),
    "first_order": Seed(
        _("First order"),
        _("Thanks at once, and a card written by hand."),
        flow(
            order(),
            write("service", "first_order_thanks"),
            ask_person(
                "other",
                "First order: write a thank-you card by hand",
                "首次下单：手写一张感谢卡",
                "首次下單：手寫一張感謝卡",
                due_days=3,
            ),
            entry={
                "again": "once",
                "who": ordered("at_most", 1),
            },
        ),
        ("JRN-21",),
    ),
    "after_sales": Seed(
        _("After the sale"),
        _("Seven days after an order: is all well? Who does not answer is left alone for a month."),
        flow(
            order(),
            wait(days=7),
            until("10:00"),
            write("service", "after_sales"),
            entry=after(30),
            exits=(order("refunded", "cancelled"), ticket("opened")),
        ),
        ("JRN-22",),
    ),
    "experience_survey": Seed(
        _("After a visit or stay"),
        _("Two days after: thanks, and how was it?"),
        flow(
            event("visit", "stay", "service"),
            wait(days=2),
            until("10:00"),
            say("survey", sms="experience_survey_sms", email="feedback_survey_email"),
            entry=after(90),
            exits=(ticket("opened"),),
        ),
        ("JRN-23",),
        recorded("visit", "stay", "service"),
    ),
    "order_status": _notice(
        _("Order status"),
        _("A notice when an order is paid."),
        order("paid"),
        "order_status",
        "JRN-24",
    ),
    "order_sent": _notice(
        _("Order on its way"),
        _("A notice when the parcel has left."),
        event("parcel_sent"),
        "order_sent",
        "JRN-24",
        recorded("parcel_sent"),
    ),
    "order_delivered": _notice(
        _("Order delivered"),
        _("A notice when the parcel has arrived."),
        event("parcel_delivered"),
        "order_delivered",
        "JRN-24",
        recorded("parcel_delivered"),
    ),
    "order_refunded": _notice(
        _("Order refunded"),
        _("A notice when an order is refunded."),
        order("refunded"),
        "order_refunded",
        "JRN-24",
    ),
    "order_cancelled": _notice(
        _("Order cancelled"),
        _("A notice when an order is cancelled."),
        order("cancelled"),
        "order_cancelled",
        "JRN-24",
    ),
    "activity_reminder": _notice(
        _("Event about to begin"),
        _("Your event calendar tells the day before that an event is about to begin."),
        event("activity_starting"),
        "activity_reminder",
        "JRN-25",
        recorded("activity_starting"),
    ),
    "complaint": Seed(
        _("Complaint"),
        _("Received, progress after a day, and a survey once it is solved."),
        flow(
            ticket("opened"),
            write("service", "complaint_received", priority=80, code="received"),
            {
                "kind": "wait_for",
                "for": ticket("resolved", "closed"),
                "days": 1,
                "next": "rest",
                "otherwise": "progress",
                "code": "first_day",
            },
            entry=ALWAYS,
            more={
                "progress": {
                    **ask_person(
                        "follow_up",
                        "A complaint is open for a day: speed it up and tell the customer",
                        "投诉已满一天未解决：加快处理并告知客户",
                        "客訴已滿一天未解決：加快處理並告知客戶",
                        service=True,
                        due_days=0,
                    ),
                    "next": "sorry",
                },
                "sorry": {
                    **write("service", "complaint_progress", priority=80),
                    "next": "second_wait",
                },
                "second_wait": {
                    "kind": "wait_for",
                    "for": ticket("resolved", "closed"),
                    "days": 14,
                    "next": "rest",
                    "otherwise": "end",
                },
                "rest": {"kind": "wait", "hours": 2, "next": "survey"},
                "survey": {**write("survey", "complaint_survey"), "next": "end"},
            },
        ),
        ("JRN-26",),
    ),
    "payment_failed": Seed(
        _("Payment failed"),
        _("A notice at once, a second one after two days; ends with the paid order."),
        flow(
            event("payment_failed"),
            write("service", "payment_failed", priority=80),
            wait(days=2),
            write("service", "payment_failed", priority=80),
            entry=ALWAYS,
            goals=(order("paid"), event("payment_succeeded")),
        ),
        ("JRN-27",),
        recorded("payment_failed", "payment_succeeded"),
    ),
    "payment_retry": Seed(
        _("Payment failed: try again by itself"),
        _(
            "The customer is told; the payment system is asked to try again after 1, 3 and 7 days, until a "
            "payment succeeds; refused or after the last try, the customer is asked to pay another way."
        ),
        flow(
            event("payment_failed"),
            write("service", "payment_retry", priority=80),
            _paid_within(1, "first", otherwise="try_1"),
            ask_system("payment.retry", hours=2, code="try_1", refused="other_way"),
            _paid_already("tried_1"),
            _paid_within(2, "second", otherwise="try_2"),
            ask_system("payment.retry", hours=2, code="try_2", refused="other_way"),
            _paid_already("tried_2"),
            _paid_within(4, "third", otherwise="try_3"),
            ask_system("payment.retry", hours=2, code="try_3", refused="other_way"),
            _paid_already("tried_3"),
            _paid_within(1, "last", otherwise="other_way"),
            entry=ALWAYS,
            goals=(order("paid"),),
            more={
                "thanks": {**write("service", "payment_ok", priority=80), "next": "paid"},
                "paid": {"kind": "end", "outcome": "goal"},
                "other_way": {**write("service", "payment_failed", priority=80), "next": "end"},
            },
        ),
        ("JRN-27",),
        format_lazy(
            "{events} {system}",
            events=recorded("payment_failed", "payment_succeeded"),
            system=_(
                "Your payment system takes the webhook “A journey asks your system” (payment.retry) and "
                "tries once for each number. Switch off “Payment failed”, else customers are written to "
                "twice."
            ),
        ),
    ),
    "delivery_trouble": Seed(
        _("Delivery trouble"),
        _("Tell the customer before they ask, and have somebody see to it."),
        flow(
            event("delivery_exception", "parcel_late"),
            write("service", "delivery_trouble", priority=80),
            ask_person(
                "follow_up",
                "Delivery is held up: find out the new day and tell the customer",
                "物流异常：确认新的送达时间并告知客户",
                "物流異常：確認新的送達時間並告知客戶",
                service=True,
            ),
            entry=ALWAYS,
        ),
        ("JRN-28",),
        recorded("delivery_exception", "parcel_late"),
    ),
    "check_in_upgrade": Seed(
        _("Upgrade at check-in"),
        _("When check-in opens, to those who have not bought an upgrade."),
        flow(
            event("check_in_open"),
            write("marketing", "check_in_upgrade"),
            entry=ALWAYS,
            goals=(event("upgrade"),),
        ),
        ("JRN-29",),
        recorded("check_in_open", "upgrade"),
    ),
    "repurchase_points": Seed(
        _("Thanks for coming back"),
        _("After another order: a badge, kept as a tag, and thanks."),
        flow(
            order("paid"),
            mark("came back"),
            write("service", "points_thanks"),
            entry={
                **after(30),
                "who": ordered("at_least", 2),
            },
        ),
        ("JRN-30",),
        _("You need a tag “came back”. Points are given by your till or shop; say so in the text then."),
    ),
    "referral_points": Seed(
        _("Thanks for a referral"),
        _("After a customer recommended us: a badge, kept as a tag, and thanks."),
        flow(
            event("referral", "share"),
            mark("recommended us"),
            write("service", "referral_thanks"),
            entry=after(7),
        ),
        ("JRN-30",),
        format_lazy(
            "{events} {tag}",
            events=recorded("referral", "share"),
            tag=_("You need a tag “recommended us”. Points are given by your till or shop."),
        ),
    ),
    "negative_emotion": Seed(
        _("An unhappy word"),
        _(
            "A message or answer that sounds unhappy: somebody calls within the day; unhappy again within "
            "three days, the case goes up to service."
        ),
        flow(
            UNHAPPY,
            ask_person(
                "call",
                "The customer sounds unhappy: call, listen, put it right",
                "客户情绪不满：致电安抚，了解并解决",
                "客戶情緒不滿：致電安撫，了解並解決",
                service=True,
                due_days=0,
                channel="phone",
                code="soothe",
            ),
            {
                "kind": "wait_for",
                "for": UNHAPPY,
                "days": 3,
                "code": "again",
                "next": "escalate",
                "otherwise": "end",
            },
            {
                **ask_person(
                    "call",
                    "Unhappy again after our call: take it over and solve it today",
                    "致电后客户仍不满：请接手并于今日解决",
                    "致電後客戶仍不滿：請接手並於今日解決",
                    service=True,
                    due_days=0,
                    code="escalate",
                ),
                "owner": "queue",
            },
            entry=after(7),
        ),
        ("JRN-32",),
    ),
    "spend_threshold": Seed(
        _("Spend reaches the draw"),
        _("An order from the amount of the campaign on: a tag enters the customer for the draw."),
        flow(
            {
                "fact": "orders",
                "where": [
                    where("status", "paid"),
                    {"column": "amount", "is": "at_least", "value": 500},
                ],
            },
            mark("prize draw"),
            write("marketing", "lottery_entry"),
            entry=after(30),
        ),
        ("JRN-33",),
        _("You need a tag “prize draw”: whoever bears it is in the draw, which you hold yourselves."),
    ),
    "customer_wrote": Seed(
        _("A customer writes to us"),
        _("Words on a chat channel or in answer to a text message: whoever looks after them answers."),
        flow(
            {
                "fact": "interactions",
                "where": [where("type", "chat"), where("channel", "sms", "wechat", "whatsapp")],
            },
            ask_person(
                "follow_up",
                "The customer wrote: read it on their page and answer",
                "客户来信：请在客户页面查看并回复",
                "客戶來訊：請在客戶頁面查看並回覆",
                service=True,
            ),
            entry=after(1),
        ),
        ("COM-37",),
        _("A provider that passes on what customers answer; departments may take answers up instead."),
    ),
    "customer_difficulty": Seed(
        _("A customer travels or is in difficulty"),
        _("What a colleague has learnt becomes a task: hotel, itinerary, help."),
        flow(
            event("travel", "difficulty"),
            ask_person(
                "follow_up",
                "The customer travels or is in difficulty: offer help",
                "客户出行或遇到困难：主动提供帮助",
                "客戶出行或遇到困難：主動提供協助",
                service=True,
            ),
            entry=ALWAYS,
        ),
        ("JRN-34",),
        recorded("travel", "difficulty"),
    ),
    "waiting_too_long": Seed(
        _("Waiting longer than standard"),
        _("A task before the reply-time standard has passed, then word to the customer, then somebody else."),
        flow(
            ticket("opened"),
            {**_unanswered(75, 3), "next": "end", "otherwise": "faster", "code": "nearly"},
            entry=ALWAYS,
            more={
                "faster": {
                    **ask_person(
                        "follow_up",
                        "The time for a first answer is nearly over: answer now",
                        "首次回复时限即将到期：请立即回复",
                        "首次回覆時限即將到期：請立即回覆",
                        service=True,
                        due_days=0,
                    ),
                    "next": "standard",
                },
                "standard": {**_unanswered(100, 1), "next": "end", "otherwise": "sorry"},
                "sorry": {**write("service", "waiting_long", priority=80), "next": "twice"},
                "twice": {**_unanswered(200, 4), "next": "end", "otherwise": "taken_over"},
                "taken_over": {
                    **ask_person(
                        "follow_up",
                        "Nobody has answered for twice the standard: take it over",
                        "等待已达标准时限的两倍仍未回复：请接手处理",
                        "等待已達標準時限的兩倍仍未回覆：請接手處理",
                        service=True,
                        due_days=0,
                    ),
                    "owner": "queue",
                    "next": "end",
                },
            },
        ),
        ("JRN-39",),
        _("Reply-time standards of the channels; without one it is 3, 4 and 8 hours."),
    ),
}
