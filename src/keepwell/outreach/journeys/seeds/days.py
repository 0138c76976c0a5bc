"""Journeys that begin on a day: birthdays, anniversaries, festivals."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
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
            # Early in the morning: a clock that is put on meanwhile must not lead past ten on the day.
            _day("festival", code=code, offset_days=-5, at="08:00"),
            ask_person("other", *gift, due_days=4, code="gift"),
            wait(days=5 + on),
            until("10:00"),
            write("marketing", text or code),
            entry={**ALWAYS, "who": who},
        ),
        (serves,),
        _("Note of customers who belongs to their family; whoever looks after them chooses the gift."),
    )


def _for_vips(
    name: str | Promise, code: str, *, days: int = -3, content: str = "vip_holiday", needs: str | Promise = ""
) -> Seed:
    """Days before a festival: what suits each of the best customers; ends with their next order."""
    catalogue = _("Import your products with names, prices and links; a cycle then finds what suits whom.")
    return Seed(
        name,
        _("Some days before, each of the best customers is shown what suits them; ends with the next order."),
        flow(
            _day("festival", code=code, offset_days=days),
            say("marketing", email=f"{content}_email", sms=f"{content}_sms"),
            wait(days=14),
            entry={**ALWAYS, "who": VIP},
            goals=(order(),),
        ),
        ("JRN-15",),
        format_lazy("{} {}", needs, catalogue) if needs else catalogue,
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
    "vip_holiday": _for_vips(_("National Day for VIPs"), "national_day"),
    "vip_spring_festival": _for_vips(_("Spring Festival for VIPs"), "spring_festival", days=-10),
    "vip_mid_autumn": _for_vips(_("Mid-Autumn Festival for VIPs"), "mid_autumn", days=-7),
    "vip_christmas": _for_vips(_("Christmas for VIPs"), "christmas", days=-10),
    "vip_member_day": _for_vips(
        _("Member day for VIPs"),
        "member_day",
        content="vip_member_day",
        needs=_("Enter the day in the festival calendar as a day of your own, named “Member day”."),
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
