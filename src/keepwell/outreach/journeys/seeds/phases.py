"""Journeys that accompany a phase of life with customers: the first weeks, growth, the years after."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.journeys.seeds.shape import (
    Json,
    Seed,
    after,
    ask_person,
    flow,
    order,
    say,
    until,
    wait,
    where,
)


def _reached(stage: str) -> Json:
    return {"crossing": [where("life_stage", stage)]}


def _no_longer(*stages: str) -> Json:
    """The newest cycle finds the customer in another stage: another journey speaks to them."""
    return {"if": {"attribute": "life_stage", "is": "in", "value": list(stages)}}


PHASES: dict[str, Seed] = {
    "new_activation": Seed(
        _("New customer: the first weeks"),
        _("Help with the first order, a question after a week, an idea for the second after three."),
        flow(
            _reached("new"),
            until("10:00"),
            say("service", code="help", sms="new_first_steps_sms"),
            wait(days=7),
            say("survey", code="ask", sms="care_check_sms"),
            wait(days=14),
            say("marketing", code="idea", sms="new_second_order_sms"),
            wait(days=21),
            goals=(order(),),
            exits=(_no_longer("decline"),),
        ),
        ("JRN-04",),
    ),
    "growth_habit": Seed(
        _("Growing customer: a habit"),
        _("What goes with what they have; who does not order in three weeks hears once more what is new."),
        flow(
            _reached("growth"),
            until("10:00"),
            say("marketing", code="match", sms="growth_match_sms"),
            wait(days=21),
            say("marketing", code="range", sms="growth_range_sms"),
            wait(days=21),
            entry=after(180),
            goals=(order(),),
            exits=(_no_longer("decline"),),
        ),
        ("JRN-04",),
    ),
    "mature_maintenance": Seed(
        _("Mature customer: maintenance"),
        _("Thanks without selling, a question after two months, a call after half a year."),
        flow(
            _reached("mature"),
            until("10:00"),
            say("marketing", code="thanks", sms="mature_thanks_sms"),
            wait(days=60),
            say("survey", code="ask", sms="care_check_sms"),
            wait(days=120),
            ask_person(
                "call",
                "A customer of long standing: ask how things are, no selling",
                "老客户回访：了解近况，不做推销",
                "老客戶回訪：了解近況，不做推銷",
                due_days=7,
                channel="phone",
            ),
            entry=after(365),
            exits=(_no_longer("decline"),),
        ),
        ("JRN-04",),
    ),
}
