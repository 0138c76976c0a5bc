"""Journeys that begin on a day: birthdays, anniversaries, festivals."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.journeys.seeds.shape import (
    ALWAYS,
    Seed,
    ask_person,
    family,
    flow,
    order,
    say,
    until,
    wait,
    write,
)

YOUNG_PARENT = {"attribute": "personal_stage", "is": "in", "value": ["young_parent"]}
VIP = {"attribute": "tier", "is": "in", "value": ["high"]}


def _day(kind: str, **more: Any) -> dict[str, Any]:
    return {"day": kind, **more}


def _parent(code: str, gender: str) -> dict[str, Any]:
    """Who is known as a mother or a father: from what was noted of the family, or stage and gender."""
    known = {"attribute": "gender", "is": "in", "value": [gender]}
    return {"any": [family(code), {"all": [known, YOUNG_PARENT]}]}


def _greeting(name: str | Promise, code: str, serves: str, *, who: dict[str, Any] | None = None) -> Seed:
    """The ready-made texts are called as the festival is."""
    entry = {**ALWAYS, **({"who": who} if who else {})}
    return Seed(
        name,
        _("A greeting at ten in the morning, on the day as the customer's country keeps it."),
        flow(_day("festival", code=code), write("marketing", code), entry=entry),
        (serves,),
    )


def _with_gift(
    name: str | Promise,
    code: str,
    serves: str,
    *,
    who: dict[str, Any],
    gift: tuple[str, str, str],
    on: int = 0,
    text: str = "",
) -> Seed:
    """A gift is got ready five days before; the greeting goes on the day, or so many days off it."""
    return Seed(
        name,
        _("Five days before, whoever looks after them gets a small gift ready; on the day a greeting."),
        flow(
            _day("festival", code=code, offset_days=-5),
            ask_person("other", *gift, due_days=4, code="gift"),
            wait(days=5 + on),
            until("10:00"),
            write("marketing", text or code),
            entry={**ALWAYS, "who": who},
        ),
        (serves,),
        _("Note of customers who belongs to their family; whoever looks after them chooses the gift."),
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
        _("A word as the month of the birthday begins, a gift for the best customers, a word at its end."),
        flow(
            _day("birthday_month", at="10:00"),
            write("marketing", "birthday_month_open", code="begins"),
            {"kind": "branch", "cases": [{"if": VIP, "next": "gift"}], "otherwise": "month", "code": "best"},
            until("10:00", month_end=True, code="month"),
            write("marketing", "birthday_month_close"),
            entry=ALWAYS,
            more={
                "gift": {
                    **ask_person(
                        "other",
                        "Birthday month: choose a gift or an invitation",
                        "生日月：选一份礼物或安排一次邀请",
                        "生日月：挑一份禮物或安排一次邀請",
                        due_days=5,
                    ),
                    "next": "month",
                }
            },
        ),
        ("JRN-07",),
        _("Set up in your till or shop what members get in that month, then say it in both texts."),
    ),
    "anniversary": Seed(
        _("Anniversary"),
        _("Each year on the day of the first order: a greeting, and a gift from whoever looks after them."),
        flow(
            _day("anniversary", of="first_order"),
            write("marketing", "anniversary"),
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
        flow(_day("personal_date"), write("marketing", "memorial_day"), entry=ALWAYS),
        ("JRN-08",),
    ),
    "spring_festival": _greeting(_("Spring Festival"), "spring_festival", "JRN-09"),
    "mid_autumn": _greeting(_("Mid-Autumn Festival"), "mid_autumn", "JRN-10"),
    "dragon_boat": _greeting(_("Dragon Boat Festival"), "dragon_boat", "JRN-11"),
    "valentines_day": _with_gift(
        _("Valentine's Day"),
        "valentines_day",
        "JRN-12",
        who=family("couple"),
        gift=(
            "Valentine's Day: get a small gift for the couple ready",
            "情人节：为这对伴侣备一份小礼物",
            "情人節：為這對伴侶備一份小禮物",
        ),
    ),
    "mothers_day": _with_gift(
        _("Mother's Day"),
        "mothers_day",
        "JRN-13",
        who=_parent("mother", "female"),
        gift=(
            "Mother's Day: get a small gift for her ready",
            "母亲节：为这位母亲备一份小礼物",
            "母親節：為這位母親備一份小禮物",
        ),
    ),
    "fathers_day": _greeting(_("Father's Day"), "fathers_day", "JRN-14", who=_parent("father", "male")),
    "vip_holiday": Seed(
        _("Holiday and member day for VIPs"),
        _("Three days before the National Day, or before a day of your own from the festival calendar."),
        flow(
            _day("festival", code="national_day", offset_days=-3),
            say("marketing", sms="member_day_sms", email="member_day_email"),
            entry={**ALWAYS, "who": VIP},
        ),
        ("JRN-15",),
        _("Say in both texts what you offer on the day; your own day is entered in the festival calendar."),
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
            write("service", "product_care"),
            entry=ALWAYS,
        ),
        ("JRN-18",),
        _("Somebody must check products free of charge, and read the answers."),
    ),
    "entrance_exam": _with_gift(
        _("Entrance exam of a child"),
        "college_entrance_exam",
        "JRN-19",
        who={"all": [family("mother", "father", "children"), {"not": YOUNG_PARENT}]},
        gift=(
            "Entrance exam: get an encouragement gift for the child ready",
            "高考：为孩子备一份鼓励礼物",
            "大考：為孩子備一份鼓勵禮物",
        ),
        on=-1,
        text="exam_encouragement",
    ),
    "birthday_health_check": Seed(
        _("Birthday: family health check"),
        _("A week before the birthday; for insurers."),
        flow(
            _day("birthday", offset_days=-7),
            write("marketing", "health_check"),
            entry=ALWAYS,
        ),
        ("JRN-20",),
        _("You must have health checks to offer, and somebody who reads the answers."),
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
