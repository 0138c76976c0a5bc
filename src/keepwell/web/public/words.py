"""What customers read on the public pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from keepwell.customers.labels import CHANNEL

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
