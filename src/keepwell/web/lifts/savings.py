"""What journeys and mailings did in a month, for the page Effects and its files."""

from __future__ import annotations

import math
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.mailings import queries as mailings
from keepwell.plays.experiments.measured import Amount
from keepwell.plays.lifts.contracts import LotSaving, LotSavings
from keepwell.web import formats
from keepwell.web.lifts import shown
from keepwell.web.results import words


def context(found: LotSavings) -> dict[str, Any]:
    """The sum in sentences, and one row for each."""
    return {"sentences": sentences(found), "rows": [_row(one) for one in found.lots]}


def sentences(found: LotSavings) -> list[str]:
    """What they brought together, with its interval, and one more for each further currency."""
    if not found.lots:
        return []
    said = {"customers": formats.number(found.customers), "kept": words.between(found.kept)}
    if not found.customers:
        first = _("Too few customers so far to tell what journeys and mailings brought together.")
    elif found.kept_somebody:
        first = _("Journeys and mailings kept %(kept)s of %(customers)s customers who would not have bought.")
    elif found.lost_somebody:
        first = _("Journeys and mailings cost %(kept)s of %(customers)s customers.")
    else:
        first = _("Whether journeys and mailings kept anybody of %(customers)s cannot be told yet: %(kept)s.")
    money = [
        _("Margin less messages in %(currency)s: %(margin)s.")
        % {"currency": currency, "margin": words.between(amount, currency)}
        for currency, amount in found.money
        if currency
    ]
    left_out = (
        [
            _("Not in the sum, as they are too small or cannot be compared: %(count)s.")
            % {"count": formats.number(found.left_out)}
        ]
        if found.left_out
        else []
    )
    return [first % said, *money, *left_out]


def _row(one: LotSaving) -> dict[str, Any]:
    kind, number, name = named(one.origin)
    return {
        "name": name,
        "kind": _("Journey") if kind == "journey" else _("Mailing"),
        "url": reverse(f"{kind}_effect", args=[number]),
        "treated": one.treated,
        "once": one.once_treated if one.in_sum else 0,
        "kept": words.between(one.kept),
        "cost": formats.money(one.cost, one.currency) if one.currency and one.cost_known else formats.DASH,
        "margins": [words.between(amount, currency) for currency, amount in one.margins if currency],
        "verdict": shown.verdict(one.verdict),
        "code": shown.code(one.verdict),
        "final": one.final,
    }


def named(origin: str) -> tuple[str, int, str]:
    """Kind, number and name of what an origin says; one that is gone keeps its number."""
    kind, _sep, number = origin.partition(":")
    pk = int(number)
    if kind == "journey":
        journey = journeys.journey(pk)
        return kind, pk, str(journey.name) if journey else origin
    mailing = mailings.mailing(pk)
    return kind, pk, mailing.name if mailing else origin


def lines(found: LotSavings) -> list[tuple[Any, ...]]:
    """One line for each and currency, in the columns of the file of plays.

    Customers and cost stand in the first line of each: a column that is added up counts them once.
    """
    return [
        (
            named(one.origin)[2],
            "",
            one.as_of,
            *((None,) * 4 if place else (one.treated, *_plain(one.kept))),
            *_plain(margin),
            one.cost if one.cost_known and not place else None,
            currency,
            one.final,
            one.verdict,
        )
        for one in found.lots
        for place, (currency, margin) in enumerate(one.margins)
    ]


def _plain(amount: Amount) -> tuple[float | None, ...]:
    numbers = (amount.value, amount.low, amount.high)
    return tuple(one if math.isfinite(one) else None for one in numbers)
