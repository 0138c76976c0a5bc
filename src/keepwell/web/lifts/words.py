"""Effects of journeys and mailings in words, with their figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from keepwell.outreach.content import queries as content
from keepwell.plays.lifts.contracts import FIGURES_OF_MONEY, Adjustment, Compared, Effect, Figure
from keepwell.web import formats
from keepwell.web.results import words

FIGURE: Mapping[str, Any] = {
    Figure.RETENTION: pgettext_lazy("result", "Bought again"),
    Figure.ORDERS: pgettext_lazy("result", "Orders per customer"),
    Figure.REVENUE: pgettext_lazy("result", "Revenue per customer"),
    Figure.MARGIN: pgettext_lazy("result", "Margin per customer, less messages"),
}
WHAT: Mapping[str, Any] = {
    "on": pgettext_lazy("adjustment", "Version put in force"),
    "confirm": pgettext_lazy("adjustment", "Confirmed"),
    "pause": pgettext_lazy("adjustment", "Paused"),
    "resume": pgettext_lazy("adjustment", "Let go on"),
    "close": pgettext_lazy("adjustment", "Closed to newcomers"),
    "stop": pgettext_lazy("adjustment", "Ended"),
    "share": pgettext_lazy("adjustment", "Share of control changed"),
    "text": pgettext_lazy("adjustment", "Text changed"),
}


def is_money(figure: str) -> bool:
    """Whether it is in a currency."""
    return figure in FIGURES_OF_MONEY


def name(one: Compared, *, many: bool = False) -> str:
    """What a figure is called; its currency too where there are several."""
    said = str(FIGURE[one.figure])
    return f"{said} ({one.currency})" if many and one.currency else said


def level(figure: str, value: float, currency: str) -> str:
    """A mean in the unit of its figure."""
    if not math.isfinite(value):
        return formats.DASH
    if is_money(figure):
        return formats.money(value, currency)
    return formats.percent(value, 1) if figure == Figure.RETENTION else f"{value:.2f}"


def difference(figure: str, value: float, currency: str) -> str:
    """A difference: money, percentage points, or orders."""
    if is_money(figure):
        return words.amount(value, currency)
    if figure == Figure.RETENTION:
        return words.points(value)
    return f"{value:+.3f}".replace("-", "−") if math.isfinite(value) else formats.DASH


def told(one: Compared, value: float) -> str:
    """A difference within a sentence: shares with the word for their unit."""
    said = difference(one.figure, value, one.currency)
    if one.figure is Figure.RETENTION and math.isfinite(value):
        return pgettext("difference of shares", "%(points)s points") % {"points": said}
    return said


def sentence(found: Effect, *, keeps: bool) -> str:
    """The answer in one sentence, with its interval, or why there is none yet, or never will be."""
    if not keeps and not found.control:
        return _("Nobody is kept as control, so nobody will know what it brings.")
    if not found.treated and not found.control:
        return _("Nobody has been dealt yet, so nobody can say what it brings.")
    if not found.control:
        return _("Nobody was kept as control so far, so nobody can say what it brings.")
    if found.latest is None:
        return _("The %(days)s days of nobody on both sides are over yet.") % {"days": found.days}
    again = found.latest.of(Figure.RETENTION)
    if again is None:
        return _("There is nothing to compare with.")
    if found.latest.mismatched:
        return _("The sides have other sizes than the lot gives, so nothing can be read from them.")
    said = {
        "difference": told(again, again.difference),
        "low": difference(again.figure, again.low, ""),
        "high": told(again, again.high),
        "days": found.days,
    }
    if again.verdict == "better":
        return (
            _("It helps: within %(days)s days %(difference)s more bought again (%(low)s to %(high)s).") % said
        )
    if again.verdict == "worse":
        return (
            _(
                "It does harm: within %(days)s days the share that bought again moved by %(difference)s "
                "(%(low)s to %(high)s)."
            )
            % said
        )
    if again.verdict == "no_difference":
        return _("No difference seen: the share that bought again moved by %(low)s to %(high)s.") % said
    if not math.isfinite(again.low + again.high):
        return _("Too small to tell: too few customers or orders on one side.")
    return (
        _("Too small to tell: the share that bought again differs by something from %(low)s to %(high)s.")
        % said
    )


def change(one: Adjustment) -> str:
    """What was changed, in words."""
    said = str(WHAT.get(one.what, one.what))
    share = one.details.get("control")
    if isinstance(share, list):
        before, after = (formats.percent(float(each)) for each in share)
        return _("%(what)s: %(before)s → %(after)s") % {"what": said, "before": before, "after": after}
    if one.what == "text":
        code = str(one.details.get("text", ""))
        template = content.get(code)
        return _("%(what)s: “%(text)s”, version %(number)s") % {
            "what": said,
            "text": template.name if template else code,
            "number": one.details.get("number") or formats.DASH,
        }
    parts = [said]
    if one.version:
        parts.append(_("version %(number)s") % {"number": one.version})
    if isinstance(share, int | float):
        parts.append(_("control %(share)s") % {"share": formats.percent(float(share))})
    return formats.listed(parts)
