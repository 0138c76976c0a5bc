"""What search answers: frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hit:
    """One customer who answers a query; the greater `fit` (of `core.Fit`) the better."""

    customer_id: str
    name: str
    fit: int
    order_id: str = ""  # where an order number was found
