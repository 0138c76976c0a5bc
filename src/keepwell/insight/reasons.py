"""Reasons in words, with the customer's own figures, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from keepwell.foundation.money import decimals, symbol
from keepwell.insight.contracts import Reason
from keepwell.insight.labels import REASON

Figures = Mapping[str, Any]


def text(reason: Reason) -> str:
    """The reason as one sentence; a code of a later version gives its label or itself."""
    sentence = _SENTENCES.get(reason.code)
    if sentence is None:
        return str(REASON.get(reason.code, reason.code))
    return sentence(reason.figures)


def days(count: float) -> str:
    """A span of days in words."""
    whole = max(1, round(count))
    return ngettext("%(count)s day", "%(count)s days", whole) % {"count": number_format(whole)}


def orders(count: float) -> str:
    """A number of orders in words."""
    return ngettext("%(count)s order", "%(count)s orders", round(count)) % {"count": _number(count)}


def items(count: float) -> str:
    """A number of items in words."""
    return ngettext("%(count)s item", "%(count)s items", round(count)) % {"count": _number(count)}


def complaints(count: float) -> str:
    """A number of complaints in words."""
    return ngettext("%(count)s complaint", "%(count)s complaints", round(count)) % {"count": _number(count)}


def money(amount: float, currency: str) -> str:
    """An amount with its currency."""
    # Django groups Chinese figures by nothing; people who keep books in Chinese group by thousands.
    figure = f"{amount:,.{decimals(currency)}f}"
    return gettext("%(symbol)s%(amount)s") % {"symbol": symbol(currency), "amount": figure}


def percent(share: float) -> str:
    """A share in per cent; what is not nothing is never shown as 0."""
    if 0 < share < 0.01:
        return gettext("less than 1%%") % {}
    return gettext("%(percent)s%%") % {"percent": number_format(round(100 * share))}


def _number(count: float) -> str:
    return number_format(round(count) if count >= 10 or count == round(count) else round(count, 1))


def _rhythm_broken(figures: Figures) -> str:
    return gettext("Used to buy every %(rhythm)s; last order %(silence)s ago.") % {
        "rhythm": days(figures["rhythm_days"]),
        "silence": days(figures["silence_days"]),
    }


def _purchases_fell(figures: Figures) -> str:
    return gettext("%(recent)s in the last %(window)s; usual in that time before: %(usual)s.") % {
        "recent": orders(figures["recent"]),
        "window": days(figures["window_days"]),
        "usual": _number(figures["usual"]),
    }


def _quantity_fell(figures: Figures) -> str:
    return gettext("%(recent)s bought in the last %(window)s; usual in that time before: %(usual)s.") % {
        "recent": items(figures["recent"]),
        "window": days(figures["window_days"]),
        "usual": _number(figures["usual"]),
    }


def _spending_fell(figures: Figures) -> str:
    currency = figures["currency"]
    return gettext("Spent %(recent)s per order in the last %(window)s; before that %(earlier)s.") % {
        "recent": money(figures["recent"], currency),
        "window": days(figures["window_days"]),
        "earlier": money(figures["earlier"], currency),
    }


def _best_dormant(figures: Figures) -> str:
    return gettext("Brought %(amount)s a year, one of your best customers; nothing for %(silence)s.") % {
        "amount": money(figures["annual"], figures["currency"]),
        "silence": days(figures["silence_days"]),
    }


def _complaints_rose(figures: Figures) -> str:
    return gettext("%(recent)s in the last %(window)s; %(earlier)s in the same time before.") % {
        "recent": complaints(figures["recent"]),
        "window": days(figures["window_days"]),
        "earlier": _number(figures["earlier"]),
    }


def _contact_silent(figures: Figures) -> str:
    return gettext("Used to be in touch every %(rhythm)s; last contact %(silence)s ago.") % {
        "rhythm": days(figures["rhythm_days"]),
        "silence": days(figures["silence_days"]),
    }


def _mood_bad(figures: Figures) -> str:
    return gettext("%(some)s of %(all)s texts of the last %(window)s with a feeling sound unhappy.") % {
        "some": _number(figures["unhappy"]),
        "all": _number(figures["texts"]),
        "window": days(figures["window_days"]),
    }


def _bought_once(figures: Figures) -> str:
    return gettext("Bought only once, %(silence)s ago, and has not come back.") % {
        "silence": days(figures["silence_days"])
    }


def _drifting_away(figures: Figures) -> str:
    return gettext("Probability of still being a customer %(share)s; last order %(silence)s ago.") % {
        "share": percent(figures["p_alive"]),
        "silence": days(figures["silence_days"]),
    }


def _low_return(figures: Figures) -> str:
    return gettext("Last order %(silence)s ago; chance of another within %(horizon)s only %(share)s.") % {
        "silence": days(figures["silence_days"]),
        "horizon": days(figures["horizon_days"]),
        "share": percent(figures["return_chance"]),
    }


_SENTENCES: dict[str, Callable[[Figures], str]] = {
    "rhythm_broken": _rhythm_broken,
    "purchases_fell": _purchases_fell,
    "quantity_fell": _quantity_fell,
    "spending_fell": _spending_fell,
    "best_dormant": _best_dormant,
    "complaints_rose": _complaints_rose,
    "contact_silent": _contact_silent,
    "mood_bad": _mood_bad,
    "bought_once": _bought_once,
    "drifting_away": _drifting_away,
    "low_return": _low_return,
}
