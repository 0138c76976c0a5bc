"""Journeys that begin with what a cycle found: a stage, a risk, a silence."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.journeys.seeds.shape import (
    Seed,
    after,
    ask_person,
    flow,
    order,
    say,
    until,
    wait,
    where,
    write,
)

# What predicts that somebody is not satisfied, before they say so in an answer.
UNHAPPY = {"attribute": "reason", "is": "in", "value": ["complaints_rose", "mood_bad"]}


def _crossing(column: str, *values: str) -> dict[str, object]:
    return {"crossing": [where(column, *values)]}


def _low_mark(name: str | Promise, description: str | Promise, metric: str, highest: int) -> Seed:
    """A mark on its own scale: 5 of 10 is low for recommending, 5 of 5 is not for satisfaction."""
    return Seed(
        name,
        description,
        flow(
            {
                "fact": "answers",
                "where": [
                    where("metric", metric),
                    {"column": "score", "is": "at_most", "value": highest},
                ],
            },
            ask_person(
                "call",
                "A low mark: ask what was wrong and put it right",
                "评分偏低：了解原因并改进",
                "評分偏低：了解原因並改善",
                service=True,
                due_days=2,
                channel="phone",
            ),
            entry=after(30),
        ),
        ("JRN-35",),
    )


RETENTION: dict[str, Seed] = {
    "mature_stage": Seed(
        _("Mature stage reached"),
        _("Something better, or something that goes with it; two wordings by lot are easily added."),
        flow(
            _crossing("life_stage", "mature"),
            until("10:00"),
            write("marketing", "mature_offer"),
            wait(days=14),
            entry=after(365),
            goals=(order(),),
        ),
        ("JRN-31", "JRN-04"),
    ),
    "decline_stage": Seed(
        _("Decline stage reached"),
        _("Ask what is missing first; bring back later. Ends with the next order."),
        flow(
            _crossing("life_stage", "decline"),
            until("10:00"),
            write("survey", "care_check"),
            wait(days=7),
            say("marketing", email="win_back_email", sms="win_back_sms"),
            wait(days=30),
            entry=after(180),
            goals=(order(),),
        ),
        ("JRN-35", "JRN-04"),
    ),
    "churn_warning": Seed(
        _("About to leave"),
        _("High value: somebody calls. Everybody else gets a message. Ends with the next order."),
        flow(
            _crossing("status", "at_risk"),
            {
                "kind": "branch",
                "cases": [
                    {"if": {"attribute": "tier", "is": "in", "value": ["high"]}, "next": "call"},
                ],
                "otherwise": "write",
                "code": "value",
            },
            entry=after(90),
            goals=(order(),),
            more={
                "call": {
                    **ask_person(
                        "call",
                        "About to leave: call, find the cause, offer what helps",
                        "客户即将流失：致电了解原因并提供对应方案",
                        "客戶即將流失：致電了解原因並提供對應方案",
                        due_days=2,
                        channel="phone",
                    ),
                    "next": "stay",
                },
                "write": {
                    **say("marketing", email="win_back_email", sms="win_back_sms"),
                    "next": "stay",
                },
                "stay": {"kind": "wait", "days": 60, "next": "end"},
            },
        ),
        ("JRN-35",),
    ),
    "likely_discontent": Seed(
        _("Likely to be discontent"),
        _(
            "About to leave, with risen complaints or unhappy words as the strongest reason: somebody visits "
            "within three days and puts it right; two weeks later we ask."
        ),
        flow(
            _crossing("status", "at_risk"),
            ask_person(
                "visit",
                "Likely to be discontent: visit, listen, put it right",
                "客户可能不满意：上门拜访，倾听并解决问题",
                "客戶可能不滿意：登門拜訪，傾聽並解決問題",
                service=True,
                due_days=3,
                channel="visit",
            ),
            wait(days=14),
            until("10:00"),
            write("survey", "care_check"),
            entry={**after(90), "who": UNHAPPY},
        ),
        ("JRN-35",),
        _(
            "“About to leave” and the rule of the win-back desk that sends a manager and a coupon see to "
            "these customers too: switch on one of the three."
        ),
    ),
    "low_satisfaction": _low_mark(
        _("Low satisfaction"),
        _("Satisfaction of at most 2 of 5 in an answer: somebody follows up within two days."),
        "csat",
        2,
    ),
    "low_recommendation": _low_mark(
        _("Would not recommend us"),
        _("Recommendation of at most 6 of 10 in an answer: somebody follows up within two days."),
        "nps",
        6,
    ),
    "much_effort": _low_mark(
        _("Found it hard"),
        _("Ease of at most 3 of 7 in an answer: somebody follows up within two days."),
        "ces",
        3,
    ),
    "long_silence": Seed(
        _("Long silence"),
        _("Ninety days without an order; ends with the next one."),
        flow(
            {"day": "silence", "days": 90, "at": "10:00"},
            say("marketing", email="win_back_email", sms="win_back_sms"),
            wait(days=30),
            entry=after(180),
            goals=(order(),),
        ),
        ("JRN-35",),
    ),
}
