"""What one can say to a customer about to leave, by cause and response; in the active language."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.contracts import Response

Text = str | Promise

# How to begin, by the strongest reason.
OPENINGS: dict[str, Text] = {
    "rhythm_broken": _("“We have not seen you for a while, and I wanted to ask how you are.”"),
    "purchases_fell": _("“You come less often than you used to. Has something changed for you?”"),
    "quantity_fell": _("“You take less than before. Is there something we no longer do right?”"),
    "spending_fell": _("“I noticed that you choose smaller things lately. Do we still have what you need?”"),
    "best_dormant": _("“You are one of our best customers, and I would like to know in person how you are.”"),
    "complaints_rose": _("“I have read what went wrong, and I am sorry. May I hear it from you once more?”"),
    "mood_bad": _("“From what you wrote I see that you are not content. May I hear what happened?”"),
    "contact_silent": _("“We used to be in touch regularly. I wanted to hear from you again.”"),
    "bought_once": _("“You bought from us once. Were you content, and what would you need next?”"),
    "drifting_away": _("“It has been a long time. What would make it worth while to come back?”"),
    "low_return": _("“It has been a long time. What would make it worth while to come back?”"),
}
USUAL_OPENING: Text = _("“I wanted to ask how you are, and whether we can do something for you.”")
# What to do then, by response.
STEPS: dict[Response, tuple[Text, ...]] = {
    Response.OFFER: (
        _("Listen first: ask what they need now, and write it down in their words."),
        _("Name one offer that fits that need, what it is worth to them, and until when it holds."),
        _("Ask for the next step: an order, a visit, or a day to call again."),
    ),
    Response.PERSONAL_SERVICE: (
        _("Listen first: ask what they need now, and write it down in their words."),
        _("Say who looks after them from now on, and how to reach that person directly."),
        _("Agree on one thing that you do for them within a week, and on the day."),
    ),
    Response.SOLVE_PROBLEM: (
        _("Let them tell it to the end. Do not explain, do not pass it on to somebody else."),
        _("Say sorry for what happened, and what will be done until when. Promise only what you can keep."),
        _("Call back on that day, also when it is not solved yet, and ask whether it is right now."),
    ),
}


def opening(reasons: Sequence[str]) -> str:
    """How to begin, by the strongest of the reasons (codes)."""
    return str(OPENINGS.get(reasons[0] if reasons else "", USUAL_OPENING))


def steps(response: str) -> tuple[str, ...]:
    """What to do in the conversation for this response; nothing for an unknown one."""
    known = {str(one): texts for one, texts in STEPS.items()}
    return tuple(str(text) for text in known.get(response, ()))
