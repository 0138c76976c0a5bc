"""What customers read on the public pages."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from keepwell.customers.labels import CHANNEL
from keepwell.plays.winback.queries import rules

Label = str | Promise

TITLE: dict[str, Label] = {
    "unsubscribe": pgettext_lazy("public page", "Unsubscribe"),
    "unsubscribed": pgettext_lazy("public page", "You are unsubscribed"),
    "back": pgettext_lazy("public page", "Good to have you back"),
    "preferences": pgettext_lazy("public page", "What may we send you?"),
}
EXPLAINED: dict[str, Label] = {
    "marketing": gettext_lazy("What is new, what fits me, what costs less."),
    "survey": gettext_lazy("Now and then, never more than a few questions."),
}
NAMED: dict[str, Label] = {
    "marketing": pgettext_lazy("public page", "Offers and news"),
    "survey": pgettext_lazy("public page", "Surveys"),
    "profiling": pgettext_lazy("public page", "Suggestions that fit me"),
}
QUESTION: dict[tuple[str, str], Label] = {
    ("marketing", "email"): gettext_lazy("No more offers and news by e-mail?"),
    ("survey", "email"): gettext_lazy("No more surveys by e-mail?"),
    ("marketing", "sms"): gettext_lazy("No more offers and news by text message?"),
    ("survey", "sms"): gettext_lazy("No more surveys by text message?"),
}
ENDED: dict[tuple[str, str], Label] = {
    ("marketing", "email"): gettext_lazy("You get no more offers and news by e-mail."),
    ("survey", "email"): gettext_lazy("You get no more surveys by e-mail."),
    ("marketing", "sms"): gettext_lazy("You get no more offers and news by text message."),
    ("survey", "sms"): gettext_lazy("You get no more surveys by text message."),
}


QUESTIONS_TITLE: dict[str, Label] = {
    "loss": pgettext_lazy("public page", "What made you stay away?"),
    "feedback": pgettext_lazy("public page", "How was it with us?"),
    "event": pgettext_lazy("public page", "How was it?"),
    "care": pgettext_lazy("public page", "Do we look after you well?"),
}
SATISFIED: dict[str, Label] = {
    "loss": gettext_lazy("How content were you with us?"),
    "feedback": gettext_lazy("How content were you with us?"),
    "event": gettext_lazy("How content were you with what you were at?"),
    "care": gettext_lazy("How content are you with the way we look after you?"),
}
COMING: tuple[tuple[str, Label], ...] = (
    ("yes", pgettext_lazy("public page", "Yes, I come")),
    ("perhaps", pgettext_lazy("public page", "Perhaps, I will tell you")),
    ("no", pgettext_lazy("public page", "No, I cannot come")),
)
STANDING: dict[str, Label] = {
    "yes": gettext_lazy("You come: your seat is kept."),
    "waiting": gettext_lazy(
        "All seats are taken: you are on the waiting list. We write to you as soon as there is a place."
    ),
    "perhaps": gettext_lazy("You do not know yet. No seat is kept until you say yes."),
    "no": gettext_lazy("You do not come. Thank you for telling us."),
    "attended": gettext_lazy("You were there. Thank you for coming!"),
    "missed": gettext_lazy("We were sorry to miss you."),
}
SATISFACTION: tuple[tuple[int, Label], ...] = (
    (1, pgettext_lazy("public page", "Not at all")),
    (2, pgettext_lazy("public page", "A little")),
    (3, pgettext_lazy("public page", "Half and half")),
    (4, pgettext_lazy("public page", "Mostly")),
    (5, pgettext_lazy("public page", "Very")),
)
# What customers say of themselves; our own words for causes are for colleagues.
CAUSE: dict[str, Label] = {
    "service": pgettext_lazy("public page", "The service was not good"),
    "product_fault": pgettext_lazy("public page", "Something was faulty"),
    "product_use": pgettext_lazy("public page", "I could not get on with it"),
    "missing_function": pgettext_lazy("public page", "It does not do what I need"),
    "price": pgettext_lazy("public page", "The price"),
    "competitor": pgettext_lazy("public page", "I found something better elsewhere"),
    "neglected": pgettext_lazy("public page", "Nobody cared about me"),
    "no_need": pgettext_lazy("public page", "I do not need it at present"),
    "moved": pgettext_lazy("public page", "I moved, or closed down"),
}


def causes(codes: Iterable[str]) -> list[tuple[str, Label]]:
    """Causes with words for customers; the shop's own by their name."""
    own = {rule.code: rule for rule in rules.current().causes}
    return [(code, CAUSE.get(code) or own[code].name) for code in codes]


def question(purpose: str, channel: str) -> str:
    """What the page asks."""
    known = QUESTION.get((purpose, channel))
    return str(known) if known else _("No more of this by %(channel)s?") % {"channel": CHANNEL[channel]}


def ended(purpose: str, channel: str) -> str:
    """What has come to an end."""
    known = ENDED.get((purpose, channel))
    return (
        str(known) if known else _("You get no more of this by %(channel)s.") % {"channel": CHANNEL[channel]}
    )
