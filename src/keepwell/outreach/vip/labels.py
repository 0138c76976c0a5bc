"""Words for the codes of VIP care."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

PROBLEM: Mapping[str, Label] = {
    "tiers": _("Please choose at least one value tier, or a need."),
    "needs": _("Please choose needs of the list."),
    "guided_age": _("Please type an age from 40 to 120, or nothing."),
    "task_hours": _("Please type a number of hours from 1 to 720."),
    "reply_minutes": _("Please type hours of more than nothing and at most 720."),
    "hours": _("The working day must begin before it ends."),
    "contact": _("This is too long."),
    "user": _("Please choose a colleague who does tasks."),
    "times": _("The duty must begin before it ends and last a week at most."),
}
