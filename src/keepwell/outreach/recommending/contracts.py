"""What is told of recommendations that went out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keepwell.science.experiment import Lift

HORIZONS = (14, 30)  # days after a message within which a purchase counts


@dataclass(frozen=True, slots=True)
class Shown:
    """A product in a message to one customer; `is_aside`: it did not go, they are kept aside by lot."""

    message_id: str
    customer_id: str
    product_id: str
    content: str
    at: datetime
    is_aside: bool
    by_mail: bool
    opened: bool
    clicked: bool


@dataclass(frozen=True)
class Figures:
    """What became of what was shown: of one product, one category or one text, or of all (`code` "").

    `judged` are those shown whose days are over, `bought` how many of them bought that very product;
    `others` is the share of everybody else who bought it in the same days. `aside` were not shown
    it, by lot, and `aside_bought` of them bought it; `lift` compares by customers, None without any aside.
    """

    code: str
    name: str
    shown: int
    mailed: int
    opened: int
    clicked: int
    judged: int
    bought: int
    others: float | None
    aside: int
    aside_bought: int
    lift: Lift | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Report:
    """All figures; `as_of` is None before the first cycle, when purchases are not known yet."""

    days: int
    as_of: datetime | None
    total: Figures | None
    products: tuple[Figures, ...]
    categories: tuple[Figures, ...]
    texts: tuple[Figures, ...]
