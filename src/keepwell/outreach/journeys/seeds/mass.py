"""Journeys for the many whom nobody looks after in person: guides, answers, promotions (COM-35)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.journeys.seeds.shape import Seed, after, flow, order, ordered, say, until, wait, where

MASS: dict[str, Seed] = {
    "product_guide": Seed(
        _("Guide after the first purchase"),
        _("The guide to what was bought, the day after; narrow it to a category, one copy for each."),
        flow(
            {"fact": "order_items", "where": []},
            wait(days=1),
            until("10:00"),
            say("service", email="product_guide_email"),
            entry={"again": "once"},
        ),
        ("COM-35",),
    ),
    "faq_set": Seed(
        _("Questions and answers after the first order"),
        _("What new customers ask most, three days after the first order."),
        flow(
            order(),
            wait(days=3),
            until("10:00"),
            say("service", email="faq_set_email"),
            entry={"again": "once", "who": ordered("at_most", 1)},
        ),
        ("COM-35",),
    ),
    "mass_promotion": Seed(
        _("Promotion for mass customers"),
        _("What is worth a look, to the mass group, at most once in a quarter; ends with the order."),
        flow(
            {"crossing": [where("communication_group", "mass")]},
            until("10:00"),
            say("marketing", email="mass_promotion_email"),
            wait(days=14),
            entry=after(90),
            goals=(order(),),
        ),
        ("COM-35",),
    ),
}
