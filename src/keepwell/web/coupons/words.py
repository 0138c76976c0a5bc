"""Coupons in words, and what forms say as terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from keepwell.foundation import money
from keepwell.insight import queries as insight
from keepwell.outreach.coupons import labels, queries
from keepwell.outreach.coupons.contracts import (
    CouponError,
    CouponView,
    Kind,
    OfferView,
    OriginFigures,
    State,
    Terms,
)
from keepwell.web import formats

CURRENCIES = tuple(money.SYMBOLS)


def coupon(one: CouponView) -> dict[str, Any]:
    """A coupon as a row shows it."""
    reason = str(labels.VOID_REASON.get(one.void_reason, one.void_reason))
    return {
        "one": one,
        "gives": gives(one.terms),
        "least": amount(one.terms.minimum_order, one.terms.currency),
        "state": labels.STATE[one.state],
        "origin": origin(one.origin),
        "link": origin_link(one.origin),
        "via": labels.VIA.get(one.via, one.via),
        "away": amount(one.given_away, one.terms.currency),
        "order": amount(one.order_amount, one.terms.currency),
        "is_open": one.state is State.ISSUED,
        "why": reason if one.state is State.VOID else "",
    }


def gives(terms: Terms) -> str:
    """What a coupon gives, in the reader's language."""
    return queries.words(terms, get_language() or "en")


def amount(value: Decimal | None, currency: str) -> str:
    """An amount, or ""."""
    if value is None:
        return ""
    return formats.money(value, currency, exact=True) if currency else formats.number(value, 2)


def origin(code: str) -> str:
    """Where a coupon comes from, in words with its number."""
    kind, _colon, number = code.partition(":")
    name = str(labels.ORIGIN.get(kind, kind))
    return f"{name} {number.partition(':')[0]}".strip()


def origin_link(code: str) -> str:
    """Where more of it stands."""
    kind, _colon, rest = code.partition(":")
    number = rest.partition(":")[0]
    pages = {"case": "winback_case", "play": "play", "mailing": "mailing", "journey": "journey"}
    return reverse(pages[kind], args=[int(number)]) if kind in pages and number.isdecimal() else ""


def figures(one: OriginFigures) -> dict[str, Any]:
    """A line of figures."""
    return {
        "one": one,
        "name": labels.ORIGIN.get(one.origin, one.origin),
        "share": formats.percent(one.share) if one.share is not None else formats.DASH,
        "away": formats.listed(amount(value, currency) for currency, value in one.given_away.items())
        or formats.DASH,
        "revenue": formats.listed(amount(value, currency) for currency, value in one.revenue.items())
        or formats.DASH,
    }


def offer(one: OfferView) -> dict[str, Any]:
    """An offer as a row shows it."""
    counted = one.given
    return {
        "one": one,
        "gives": gives(one.terms),
        "least": amount(one.terms.minimum_order, one.terms.currency),
        "source": labels.SOURCE[one.source],
        "share": formats.percent(one.redeemed / counted) if counted else formats.DASH,
        "is_low": one.source == "list" and one.active and one.free <= one.low_at,
    }


def currency() -> str:
    """That of the shop's figures."""
    cycle = insight.current_cycle()
    return cycle.currency if cycle and cycle.currency else "CNY"


def typed_terms(said: Mapping[str, str]) -> Terms:
    """What a form says a coupon gives; raises CouponError by field. A share is typed in percent."""
    kind = said.get("kind", "")
    if kind not in set(Kind):
        raise CouponError("bad_value", "kind")
    value = _decimal(said.get("value", ""), "bad_value", "value")
    if value is None:
        raise CouponError("bad_value", "value")
    money_of = said.get("currency", "")
    days = said.get("days", "14") or "14"
    if not days.isdecimal() or len(days) > 4:
        raise CouponError("bad_days", "days")
    return Terms(
        kind=Kind(kind),
        value=value / 100 if kind == Kind.PERCENT else value,
        currency=money_of if money_of in CURRENCIES else "",
        gift=" ".join(said.get("gift", "").split()),
        minimum_order=_decimal(said.get("minimum_order", ""), "bad_minimum", "minimum_order"),
        days=int(days),
        ends_on=_day(said.get("ends_on", "")),
    )


def terms_typed(terms: Terms) -> dict[str, str]:
    """The other way round."""
    value = terms.value * 100 if terms.kind is Kind.PERCENT else terms.value
    return {
        "kind": terms.kind.value,
        "value": f"{value.normalize():f}",
        "currency": terms.currency,
        "gift": terms.gift,
        "minimum_order": f"{terms.minimum_order.normalize():f}" if terms.minimum_order else "",
        "days": str(terms.days),
        "ends_on": terms.ends_on.isoformat() if terms.ends_on else "",
    }


def decimal(said: str) -> Decimal | None:
    """An amount as somebody typed it; raises CouponError."""
    return _decimal(said, "bad_amount", "order_amount")


def _decimal(said: str, code: str, field: str) -> Decimal | None:
    text = said.strip().replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise CouponError(code, field) from None
    if not found.is_finite() or len(text) > 18:
        raise CouponError(code, field)
    return found


def _day(said: str) -> date | None:
    try:
        return datetime.fromisoformat(said).date() if said else None
    except ValueError:
        raise CouponError("no_end", "ends_on") from None
