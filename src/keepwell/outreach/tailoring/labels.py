"""Words of buying stages, their signs, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from keepwell.customers.labels import CHANNEL
from keepwell.insight.labels import LIFE_STAGE
from keepwell.outreach.tailoring.contracts import (
    CATEGORY,
    PRODUCT,
    DecisionView,
    Evidence,
    Stage,
    Why,
)

Label = str | Promise
STAGE: dict[str, Label] = {
    "none": pgettext_lazy("buying stage", "not buying now"),
    "awareness": pgettext_lazy("buying stage", "awareness"),
    "consideration": pgettext_lazy("buying stage", "consideration"),
    "decision": pgettext_lazy("buying stage", "decision"),
}
SIGN: dict[str, Label] = {
    "visit": gettext_lazy("Visited pages"),
    "view": gettext_lazy("Looked at products"),
    "search": gettext_lazy("Searched in the shop"),
    "compare": gettext_lazy("Compared or remembered products"),
    "enquiry": gettext_lazy("Asked something"),
    "same_product": gettext_lazy("Came back to one product"),
    "same_category": gettext_lazy("Came back to one category"),
    "price": gettext_lazy("Looked at prices"),
    "cart": gettext_lazy("Used the cart"),
    "checkout": gettext_lazy("Began a checkout"),
    "quote": gettext_lazy("Asked for a quote"),
}
ABOUT: dict[str, Label] = {
    "enquiry": gettext_lazy("Tickets that only ask something count too."),
    "same_product": gettext_lazy("Counted from looks at products."),
    "same_category": gettext_lazy("Counted from looks at products and categories."),
    "price": gettext_lazy("Pages whose address has one of these words."),
}
PROBLEM: dict[str, Label] = {
    "gone": gettext_lazy("this text is no longer there"),
    "not_published": gettext_lazy("this text is not published"),
    "other_purpose": gettext_lazy("it serves another purpose than the message"),
    "other_channel": gettext_lazy("it is not a text for this channel"),
    "no_provider_template": gettext_lazy("the provider has not approved it"),
    "no_words": gettext_lazy("it has no words for this customer"),
}


def evidence(one: Evidence) -> str:
    """A sign with the customer's own figures."""
    if one.sign == PRODUCT:
        return ngettext("Looked at “%(what)s” %(n)s time", "Looked at “%(what)s” %(n)s times", one.times) % {
            "what": one.what,
            "n": one.times,
        }
    if one.sign == CATEGORY:
        return ngettext(
            "Looked at products of “%(what)s” %(n)s time",
            "Looked at products of “%(what)s” %(n)s times",
            one.times,
        ) % {"what": one.what, "n": one.times}
    return ngettext("%(what)s: %(n)s time", "%(what)s: %(n)s times", one.times) % {
        "what": SIGN.get(one.sign, one.sign),
        "n": one.times,
    }


def decision(one: DecisionView, *, segment: Callable[[int], str], touchpoint: str) -> str:
    """Why somebody got this text at a touchpoint, and by this channel where a strategy led it there."""
    said = [_chosen(one, segment, touchpoint)] if one.touchpoint else []
    if one.led:
        said.append(
            _("By the strategy for “%(stage)s”: %(channel)s instead of %(other)s.")
            % {
                "stage": LIFE_STAGE.get(one.led.life_stage, one.led.life_stage),
                "channel": CHANNEL.get(one.led.channel, one.led.channel),
                "other": CHANNEL.get(one.led.instead_of, one.led.instead_of),
            }
        )
    return " ".join(said)


def _chosen(one: DecisionView, segment: Callable[[int], str], touchpoint: str) -> str:
    words = {
        "touchpoint": touchpoint,
        "group": segment(one.segment_id) if one.segment_id is not None else _("everybody else"),
        "stage": STAGE.get(one.stage, one.stage),
    }
    said = {
        Why.CELL: _("At “%(touchpoint)s”: the text for %(group)s, %(stage)s."),
        Why.GROUP: _("At “%(touchpoint)s”: the text for %(group)s at every stage (now: %(stage)s)."),
        Why.STAGE: _(
            "At “%(touchpoint)s”: the text of everybody else for %(stage)s, since %(group)s has none."
        ),
        Why.REST: _(
            "At “%(touchpoint)s”: the text of everybody else, since %(group)s has none (now: %(stage)s)."
        ),
        Why.GENERAL: _(
            "At “%(touchpoint)s”: the usual text, since nothing is planned for %(group)s, %(stage)s."
        ),
    }[one.why] % words
    if one.why is Why.GENERAL and one.passed:
        said = _("At “%(touchpoint)s”: the usual text for %(group)s, %(stage)s.") % words
    for _code, problem in one.passed[:1]:
        said = _("%(said)s Not the planned one: %(problem)s.") % {
            "said": said,
            "problem": PROBLEM.get(problem, problem),
        }
    return said


def stage_word(stage: Stage | str) -> str:
    """A stage in words."""
    return str(STAGE.get(str(stage), stage))
