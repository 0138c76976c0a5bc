"""Words of pace and strategies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from keepwell.customers.labels import CHANNEL
from keepwell.outreach.pacing.contracts import Form, Pace, Why

Label = str | Promise
LEVEL: dict[str, Label] = {
    "faster": pgettext_lazy("pace", "more often"),
    "normal": pgettext_lazy("pace", "as usual"),
    "slower": pgettext_lazy("pace", "more rarely"),
    "pause": pgettext_lazy("pace", "almost not at all"),
}
# What a strategy says until somebody writes one's own: goal, content, offers.
PROPOSED: dict[str, tuple[Label, Label, Label]] = {
    "new": (
        gettext_lazy("Make the first weeks easy, so that a second purchase follows."),
        gettext_lazy("Welcome, first steps, tips of use, the name of the person to ask."),
        gettext_lazy("A welcome for the second order; no discount on the first."),
    ),
    "growth": (
        gettext_lazy("Make buying a habit and let it grow."),
        gettext_lazy("What goes with what they have, what is new in their range."),
        gettext_lazy("Bundles and points for a new category."),
    ),
    "mature": (
        gettext_lazy("Keep them, thank them, ask for their opinion."),
        gettext_lazy("Care, maintenance, news before others, invitations."),
        gettext_lazy("Recognition instead of discounts: service, access, events."),
    ),
    "decline": (
        gettext_lazy("Find out why it is less, and put it right."),
        gettext_lazy("A question by a person, an apology where one is due, a reason to come back."),
        gettext_lazy("What is worth it by value and cause, from the plan."),
    ),
}


def sentence(pace: Pace) -> str:
    """A pace with what it comes from, in words."""
    said = {
        Why.FAREWELL: _farewell,
        Why.SILENCE: _silence,
        Why.EAGER: _eager,
        Why.NOT_FOLLOWED: lambda _figures: _("Openings and clicks are not followed for this customer."),
        Why.FEW: lambda _figures: _("There were too few e-mails to tell."),
        Why.USUAL: lambda _figures: _("Reacts about as others do."),
    }[pace.why](pace.figures)
    if pace.form == Form.SHORT:
        said = _("%(why)s Opens but does nothing: gets short texts.") % {"why": said}
    if pace.form == Form.OTHER:
        said = _("%(why)s Answers elsewhere: %(channel)s goes first.") % {
            "why": said,
            "channel": CHANNEL.get(pace.channel, pace.channel),
        }
    return said


def _farewell(figures: Mapping[str, Any]) -> str:
    days = int(figures.get("farewell_days", 0))
    return ngettext(
        "Unsubscribed or complained after an e-mail %(days)s day ago.",
        "Unsubscribed or complained after an e-mail %(days)s days ago.",
        days,
    ) % {"days": days}


def _silence(figures: Mapping[str, Any]) -> str:
    return ngettext(
        "%(silent)s e-mail in %(days)s days without an opening, a click or an answer.",
        "%(silent)s e-mails in %(days)s days without an opening, a click or an answer.",
        int(figures.get("silent", 0)),
    ) % {"silent": figures.get("silent", 0), "days": figures.get("silent_days", 0)}


def _eager(figures: Mapping[str, Any]) -> str:
    return _("Clicked or answered %(clicked)s of %(recent)s e-mails in 90 days, far more than others.") % {
        "clicked": figures.get("recent_clicked", 0),
        "recent": figures.get("recent", 0),
    }


def gap(code: str, figures: Mapping[str, Any]) -> str:
    """What is missing, in words; names and shares come ready for reading."""
    return {
        "no_owner": _("Nobody is responsible."),
        "no_journey": _("No journey that serves them is switched on."),
        "journeys_off": _("Not switched on: %(journeys)s."),
        "not_reached": _("%(share)s of them heard nothing from us in 30 days."),
        "channels_unused": _("Nothing went by %(channels)s."),
        "too_often": _("%(customers)s of them got more than the rhythm says."),
    }[code] % figures
