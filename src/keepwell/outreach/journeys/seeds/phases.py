"""Journeys that accompany a phase of life with customers: the first weeks, growth, the years after."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.journeys.seeds.shape import (
    Json,
    Seed,
    after,
    ask_person,
    flow,
    order,
    until,
    wait,
    where,
    write,
)

# The newest cycle finds the customer in decline: another journey speaks to them.
DECLINES: Json = {"if": {"attribute": "life_stage", "is": "in", "value": ["decline"]}}


def _accompany(
    name: str | Promise,
    description: str | Promise,
    stage: str,
    *steps: Json,
    again_days: int = 0,
    ends_with_order: bool = True,
) -> Seed:
    """From the next ten o’clock after a stage is reached, for as long as it is not decline."""
    definition = flow(
        {"crossing": [where("life_stage", stage)]},
        until("10:00"),
        *steps,
        entry=after(again_days) if again_days else None,
        goals=(order(),) if ends_with_order else (),
        exits=(DECLINES,),
    )
    return Seed(name, description, definition, ("JRN-04",))


PHASES: dict[str, Seed] = {
    "new_activation": _accompany(
        _("New customer: the first weeks"),
        _("Help with the first order, a question after a week, an idea for the second after three."),
        "new",
        write("service", "new_first_steps", code="help"),
        wait(days=7),
        write("survey", "care_check", code="ask"),
        wait(days=14),
        write("marketing", "new_second_order", code="idea"),
        wait(days=21),
    ),
    "growth_habit": _accompany(
        _("Growing customer: a habit"),
        _("What goes with what they have; who does not order in three weeks hears once more what is new."),
        "growth",
        write("marketing", "growth_match", code="match"),
        wait(days=21),
        write("marketing", "growth_range", code="range"),
        wait(days=21),
        again_days=180,
    ),
    "mature_maintenance": _accompany(
        _("Mature customer: maintenance"),
        _("Thanks without selling, a question after two months, a call after half a year."),
        "mature",
        write("marketing", "mature_thanks", code="thanks"),
        wait(days=60),
        write("survey", "care_check", code="ask"),
        wait(days=120),
        ask_person(
            "call",
            "A customer of long standing: ask how things are, no selling",
            "老客户回访：了解近况，不做推销",
            "老客戶回訪：了解近況，不做推銷",
            due_days=7,
            channel="phone",
        ),
        again_days=365,
        ends_with_order=False,
    ),
}
