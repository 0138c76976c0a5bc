"""Money: decimal(18,4) with an ISO 4217 currency."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

QUANTUM = Decimal("0.0001")
LIMIT = Decimal(10) ** 14
# Shown without decimals: ISO 4217 minor unit 0.
NO_MINOR_UNIT = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG", "RWF"})
SYMBOLS = {"CNY": "¥", "JPY": "JP¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$"}


def quantize(amount: Decimal) -> Decimal:
    """Round half to even to four decimals; raises ValueError where decimal(18,4) cannot hold it."""
    if not amount.is_finite() or abs(amount) >= LIMIT:
        raise ValueError(f"amount out of range: {amount}")
    return amount.quantize(QUANTUM, rounding=ROUND_HALF_EVEN)


def decimals(currency: str) -> int:
    """How many decimals people expect of `currency`."""
    return 0 if currency in NO_MINOR_UNIT else 2


def symbol(currency: str) -> str:
    """The sign of `currency`, or its code followed by a space."""
    return SYMBOLS.get(currency, f"{currency} " if currency else "")
