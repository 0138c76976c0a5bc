"""What controls take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

CONTROL_SHARE = 0.1  # where nobody has said otherwise
CONTROL_SHARE_MAX = 0.5
# What a control is kept from; service is owed to everybody.
BOUND = ("marketing",)


@dataclass(frozen=True)
class LotView:
    """One lot of a journey or mailing; `ended_at` is when its control was given up, None while it is kept."""

    lot_id: int
    origin: str
    number: int
    share: float
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Counted:
    """How many were dealt to each side so far."""

    treated: int = 0
    control: int = 0


@dataclass(frozen=True)
class Side:
    """The side of one customer, and the probability with which the lot gave it; `is_new`: not kept yet."""

    is_control: bool
    probability: float
    is_new: bool = False


@dataclass(frozen=True, eq=False)
class Units:
    """Everybody dealt in a lot, one element each, in the order of customer numbers.

    Attributes:
        customer_id: numbers.
        is_control: (n,) bool.
        probability: (n,) with which each came to the own side, in (0, 1).
        entered: (n,) seconds since 1970: when the days to compare begin.
        version: (n,) int64, of the journey; 0 for mailings.

    """

    customer_id: tuple[str, ...]
    is_control: NDArray[np.bool_]
    probability: NDArray[np.float64]
    entered: NDArray[np.float64]
    version: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.customer_id)
