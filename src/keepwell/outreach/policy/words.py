"""What the policy says, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from keepwell.customers.labels import CHANNEL, HOLD
from keepwell.customers.labels import PURPOSE as ALL_PURPOSES
from keepwell.outreach.policy.contracts import Cap, Cause, Decision
from keepwell.outreach.policy.rulebook import PURPOSES

DECISION: dict[str, str | Promise] = {
    Decision.ALLOWED: pgettext_lazy("contact", "Allowed"),
    Decision.LATER: pgettext_lazy("contact", "Not yet"),
    Decision.REFUSED: pgettext_lazy("contact", "Withheld"),
    Decision.OUTSIDE: pgettext_lazy("contact", "Against the policy"),
}
# Where many are counted, without the figures of each.
CAUSE: dict[str, str | Promise] = {
    Cause.GIVEN: pgettext_lazy("cause", "has agreed"),
    Cause.NO_CONSENT_NEEDED: pgettext_lazy("cause", "needs no consent"),
    Cause.UNKNOWN_CUSTOMER: pgettext_lazy("cause", "there is no such customer"),
    Cause.STOPPED: pgettext_lazy("cause", "does not want to be contacted at all"),
    Cause.ON_HOLD: pgettext_lazy("cause", "left alone for now, such as during a complaint"),
    Cause.NOT_ASKED: pgettext_lazy("cause", "was never asked for consent"),
    Cause.WITHDRAWN: pgettext_lazy("cause", "has withdrawn the consent"),
    Cause.EXPIRED: pgettext_lazy("cause", "it would have come too late"),
    Cause.HELD_OUT: pgettext_lazy("cause", "kept aside to compare with"),
    Cause.SAME_CONTENT: pgettext_lazy("cause", "was told the same lately"),
    Cause.QUIET_HOURS: pgettext_lazy("cause", "quiet hours where the customer is"),
    Cause.TOO_OFTEN: pgettext_lazy("cause", "has heard from us often enough"),
    Cause.OUTRANKED: pgettext_lazy("cause", "something more important is about to go out"),
    Cause.RESPECT_DAY: pgettext_lazy("cause", "birthday or anniversary, kept free of offers"),
}
PURPOSE: dict[str, str | Promise] = {code: ALL_PURPOSES[code] for code in PURPOSES}


def sentence(cause: str, figures: Mapping[str, Any]) -> str:
    """Why, in a sentence with its figures."""
    return {
        Cause.GIVEN: _("The customer has agreed to it."),
        Cause.NO_CONSENT_NEEDED: _("Nothing speaks against it."),
        Cause.UNKNOWN_CUSTOMER: _("There is no customer with this number."),
        Cause.STOPPED: _("The customer does not want to be contacted at all."),
        Cause.ON_HOLD: _hold(figures),
        Cause.NOT_ASKED: _("The customer was never asked for consent."),
        Cause.WITHDRAWN: _withdrawn(figures),
        Cause.EXPIRED: _("It came too late to be of use."),
        Cause.HELD_OUT: _("The customer is in the holdout of an experiment and is left alone on purpose."),
        Cause.WINDOW_CLOSED: _(
            "The customer has not written lately, and the channel takes only answers and approved templates."
        ),
        Cause.SAME_CONTENT: _same(figures),
        Cause.QUIET_HOURS: _("It is outside the hours for contact where the customer is."),
        Cause.TOO_OFTEN: _often(figures),
        Cause.OUTRANKED: _("Something more important is about to go out to the customer."),
        Cause.RESPECT_DAY: _("It is the customer’s birthday or anniversary: a day free of offers."),
    }[Cause(cause)]


def cap(one: Cap) -> str:
    """A limit in words: how often, by what, for what."""
    often = ngettext(
        "at most %(most)s contact in %(days)s days", "at most %(most)s contacts in %(days)s days", one.most
    ) % {"most": one.most, "days": one.days}
    if one.days == 1:
        often = ngettext("at most %(most)s contact a day", "at most %(most)s contacts a day", one.most) % {
            "most": one.most
        }
    parts = [
        str(CHANNEL.get(one.channel, one.channel)) if one.channel else "",
        str(PURPOSE.get(one.purpose, one.purpose)) if one.purpose else "",
    ]
    scope = " · ".join(part for part in parts if part)
    return _("%(scope)s: %(limit)s") % {"scope": scope, "limit": often} if scope else often


def _hold(figures: Mapping[str, Any]) -> str:
    kind = HOLD.get(str(figures.get("hold", "")), "")
    return _("The customer is left alone for now: %(hold)s.") % {"hold": kind}


def _withdrawn(figures: Mapping[str, Any]) -> str:
    since = _moment(figures.get("since"))
    if since is None:
        return _("The customer has withdrawn the consent.")
    return _("The customer withdrew the consent on %(date)s.") % {"date": date_format(localtime(since))}


def _same(figures: Mapping[str, Any]) -> str:
    at = _moment(figures.get("at"))
    channel = CHANNEL.get(str(figures.get("channel", "")), "")
    if at is None:
        return _("The customer was told the same lately.")
    return _("The customer was told the same on %(date)s (%(channel)s).") % {
        "date": date_format(localtime(at)),
        "channel": channel,
    }


def _often(figures: Mapping[str, Any]) -> str:
    limit = Cap(
        int(figures.get("most", 0)),
        int(figures.get("days", 1)),
        str(figures.get("channel", "")),
        str(figures.get("purpose", "")),
    )
    said = {"limit": cap(limit)}
    if figures.get("reason") == "pace":
        return _("The customer does not react to our e-mails lately and gets fewer (%(limit)s).") % said
    if figures.get("reason") == "stage":
        return _("The strategy of the customer's stage of life asks for less (%(limit)s).") % said
    return _("The customer has heard from us often enough (%(limit)s).") % said


def _moment(value: object) -> datetime | None:
    return parse_datetime(value) if isinstance(value, str) and value else None
