"""Words for the codes of online advertising."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.advertising.contracts import MEMBERS_MIN

Label = str | Promise

PLATFORM: Mapping[str, Label] = {
    "google": _("Google Ads (Customer Match)"),
    "meta": _("Meta (custom audience)"),
    "tiktok": _("TikTok (customer file)"),
    "tencent": _("Tencent Ads (mobile numbers, SHA-256)"),
    "oceanengine": _("Ocean Engine (mobile numbers, SHA-256)"),
}
USE: Mapping[str, Label] = {
    "show": _("Show them the advertisement"),
    "spare": _("Spare them: they are not to see it"),
}
LEFT_OUT: Mapping[str, Label] = {
    "not_asked": _("never asked about advertising"),
    "withdrawn": _("withdrew their consent"),
    "stopped": _("want no contact at all"),
    "on_hold": _("left alone: a complaint or another hold"),
    "held_out": _("kept aside from marketing to compare with"),
    "unknown_customer": _("no record any more"),
    "no_address": _("no address of the kind that the platform knows"),
}
PROBLEM: Mapping[str, Label] = {
    "name": _("Please give it a name."),
    "segment": _("Please choose a segment."),
    "platform": _("Please choose a platform of the list."),
    "use": _("Please say what the list is for."),
    "too_small": _(
        "Fewer than %(least)s people may be on it. A list so short says too much of single people."
    ),
    "nothing": _("There is nothing in this file."),
    "no_list": _("There is no such list."),
    "columns": _("The first line must name the columns date, source, medium, campaign and amount."),
    "line": _("It cannot be read, nor what follows: is a quotation mark missing?"),
    "date": _("The date must be like 2026-11-23."),
    "amount": _("Please type an amount."),
    "campaign": _("Please name the campaign as its links do (utm_campaign)."),
    "no_currency": _("There is no currency yet: it comes with the first orders and their cycle."),
}


def problem(code: str) -> str:
    """What is wrong, in words."""
    said = str(PROBLEM[code])
    return said % {"least": MEMBERS_MIN} if "%(least)s" in said else said
