"""Journeys that begin on a day: birthdays, anniversaries, festivals."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.journeys.seeds.shape import ALWAYS, Seed, ask_person, flow, order, say, until, wait

PARENTS = ("young_parent", "homemaker", "established")
VIP = {"attribute": "tier", "is": "in", "value": ["high"]}


def _day(kind: str, **more: Any) -> dict[str, Any]:
    return {"day": kind, **more}


def _greeting(
    name: str | Promise, code: str, content: str, serves: str, *, who: dict[str, Any] | None = None
) -> Seed:
    entry = {**ALWAYS, **({"who": who} if who else {})}
    return Seed(
        name,
        _("A greeting at ten in the morning, on the day as the customer's country keeps it."),
        flow(_day("festival", code=code), say("marketing", sms=content), entry=entry),
        (serves,),
    )


DAYS: dict[str, Seed] = {
    "birthday": Seed(
        _("Birthday wishes"),
        _("On the morning of the birthday, by the channel that the customer likes best."),
        flow(
            _day("birthday", at="09:30"),
            say("marketing", sms="birthday_sms", email="birthday_email", wecom="birthday_chat"),
            entry=ALWAYS,
        ),
        ("JRN-06",),
    ),
    "birthday_month": Seed(
        _("Birthday month"),
        _("Member benefits open with the month of the birthday and close at its end."),
        flow(
            _day("birthday_month", at="10:00"),
            say("marketing", sms="birthday_month_open_sms"),
            until("10:00", month_end=True),
            say("marketing", sms="birthday_month_close_sms"),
            entry=ALWAYS,
        ),
        ("JRN-07",),
    ),
    "anniversary": Seed(
        _("Anniversary"),
        _("Each year on the day of the first order: a greeting, and a gift from whoever looks after them."),
        flow(
            _day("anniversary", of="first_order"),
            say("marketing", sms="anniversary_sms"),
            {
                "kind": "branch",
                "cases": [{"if": VIP, "next": "gift"}],
                "otherwise": "end",
            },
            entry=ALWAYS,
            more={
                "gift": {
                    **ask_person(
                        "other",
                        "Anniversary: choose a gift or write a card",
                        "周年纪念：选一份礼物或写一张卡片",
                        "週年紀念：挑一份禮物或寫一張卡片",
                        due_days=3,
                    ),
                    "next": "end",
                }
            },
        ),
        ("JRN-08",),
    ),
    "memorial_day": Seed(
        _("A day that matters"),
        _("On wedding days and other days that a customer told us of: a greeting free of selling."),
        flow(_day("personal_date"), say("marketing", sms="memorial_day_sms"), entry=ALWAYS),
        ("JRN-08",),
    ),
    "spring_festival": _greeting(_("Spring Festival"), "spring_festival", "spring_festival_sms", "JRN-09"),
    "mid_autumn": _greeting(_("Mid-Autumn Festival"), "mid_autumn", "mid_autumn_sms", "JRN-10"),
    "dragon_boat": _greeting(_("Dragon Boat Festival"), "dragon_boat", "dragon_boat_sms", "JRN-11"),
    "valentines_day": _greeting(
        _("Valentine's Day"),
        "valentines_day",
        "valentines_day_sms",
        "JRN-12",
        who={"attribute": "personal_stage", "is": "in", "value": ["settling_down"]},
    ),
    "mothers_day": _greeting(
        _("Mother's Day"),
        "mothers_day",
        "mothers_day_sms",
        "JRN-13",
        who={
            "all": [
                {"attribute": "gender", "is": "in", "value": ["female"]},
                {"attribute": "personal_stage", "is": "in", "value": list(PARENTS)},
            ]
        },
    ),
    "fathers_day": _greeting(
        _("Father's Day"),
        "fathers_day",
        "fathers_day_sms",
        "JRN-14",
        who={
            "all": [
                {"attribute": "gender", "is": "in", "value": ["male"]},
                {"attribute": "personal_stage", "is": "in", "value": list(PARENTS)},
            ]
        },
    ),
    "vip_holiday": Seed(
        _("Holiday and member day for VIPs"),
        _("Three days before the National Day, or any day set as festival “member_day”."),
        flow(
            _day("festival", code="national_day", offset_days=-3),
            say("marketing", sms="member_day_sms", email="member_day_email"),
            entry={**ALWAYS, "who": VIP},
        ),
        ("JRN-15",),
    ),
    "replenishment": Seed(
        _("Time to restock"),
        _("When the usual time between purchases has passed; ends with the next order."),
        flow(
            _day("replenishment", at="10:00"),
            say("marketing", email="replenishment_email", sms="replenishment_sms"),
            wait(days=7),
            entry=ALWAYS,
            goals=(order(),),
        ),
        ("JRN-17",),
    ),
    "product_age": Seed(
        _("Product is due for care"),
        _("A year after a purchase; narrow it to the categories that need care."),
        flow(
            _day("fact_age", days=365, fact="order_items", where=[]),
            say("service", sms="product_care_sms"),
            entry=ALWAYS,
        ),
        ("JRN-18",),
    ),
    "entrance_exam": Seed(
        _("Entrance exam of a child"),
        _("The day before the exam, to parents."),
        flow(
            _day("festival", code="college_entrance_exam", offset_days=-1),
            say("marketing", sms="exam_encouragement_sms"),
            entry={
                **ALWAYS,
                "who": {"attribute": "personal_stage", "is": "in", "value": list(PARENTS)},
            },
        ),
        ("JRN-19",),
    ),
    "birthday_health_check": Seed(
        _("Birthday: family health check"),
        _("A week before the birthday; for insurers."),
        flow(
            _day("birthday", offset_days=-7),
            say("marketing", sms="health_check_sms"),
            entry=ALWAYS,
        ),
        ("JRN-20",),
    ),
    "contract_end": Seed(
        _("Contract comes to its end"),
        _("Thirty days before: somebody calls; ends with the renewal."),
        flow(
            _day("contract_end", offset_days=-30),
            ask_person(
                "call",
                "The contract ends in 30 days: speak about going on",
                "合同30天后到期：联系客户商谈续约",
                "合約30天後到期：聯絡客戶商談續約",
                due_days=7,
                channel="phone",
            ),
            wait(days=30),
            entry=ALWAYS,
            goals=({"fact": "subscriptions", "where": []},),
        ),
        ("JRN-35",),
    ),
    "birthday_reminder": Seed(
        _("Remind colleagues of birthdays"),
        _("Three days before, a task for whoever looks after the customer."),
        flow(
            _day("birthday", offset_days=-3, at="09:00"),
            ask_person(
                "other",
                "Birthday in three days: prepare wishes",
                "客户三天后生日：准备祝福",
                "客戶三天後生日：準備祝福",
                due_days=3,
            ),
            entry=ALWAYS,
        ),
        ("JRN-36",),
    ),
}
