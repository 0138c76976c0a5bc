"""Life-cycle stages, communication groups and hints, by stated rules."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LIFE_STAGES = ("new", "growth", "mature", "decline")
COMMUNICATION_GROUPS = ("high_value", "potential", "mass", "lost")
HINTS = ("bundle_offer", "dedicated_adviser", "expansion", "cause_check")
GROWING_PURCHASES = 3


def life_stages(
    *,
    is_new: Flags,
    is_lost: Flags,
    is_silent: Flags,
    purchases_fell: Flags,
    purchases_rose: Flags,
    purchases: npt.ArrayLike,
) -> npt.NDArray[np.int8]:
    """(n,) index into `LIFE_STAGES` (新客, 成长期, 成熟期, 衰退期), the first that fits.

    New: the first purchase is recent. Decline: lost, silent beyond the usual gap, or the rate of purchases
    fell. Growth: the rate rose, or fewer than three purchases so far. Mature: the rest.
    """
    decline = is_lost | is_silent | purchases_fell
    growth = purchases_rose | (np.asarray(purchases) < GROWING_PURCHASES)
    return np.select([is_new, decline, growth], [0, 3, 1], default=2).astype(np.int8)


def communication_groups(
    *,
    is_lost: Flags,
    tier: npt.NDArray[np.int8],
    f_score: Ints,
    m_score: Ints,
    p_alive: Floats,
    contact_days: Floats,
    is_declining: Flags,
    has_room: Flags,
) -> npt.NDArray[np.int8]:
    """(n,) index into `COMMUNICATION_GROUPS` (高价值, 潜力, 大众, 流失), the first that fits.

    Lost: status lost. High value: high spend (spending in the best two fifths, or tier high) and strong
    loyalty (frequency in the best two fifths, or the middle fifth with three days of contact or more; and
    more likely still a customer than not). Potential: medium frequency (second to fourth fifth), not
    declining, and large growth room. Mass: the rest.

    Args:
        is_lost: (n,).
        tier: (n,) 0 = high.
        f_score: (n,) 1 to 5.
        m_score: (n,) 1 to 5.
        p_alive: (n,).
        contact_days: (n,) days with a contact (visit, call, ...).
        is_declining: (n,).
        has_room: (n,) from `growth_room`.
    """
    spends = (m_score >= 4) | (tier == 0)
    loyal = ((f_score >= 4) | ((f_score == 3) & (contact_days >= 3))) & (p_alive >= 0.5)
    potential = (f_score >= 2) & (f_score <= 4) & has_room & ~is_declining
    return np.select([is_lost, spends & loyal, potential], [3, 0, 1], default=2).astype(np.int8)


def growth_room(average_amount: Floats, rising: Flags, reference: float) -> Flags:
    """(n,) whether an order could be larger: it is below what the better orders reach, or a trend rises.

    Args:
        average_amount: (n,) amount per purchase.
        rising: (n,) whether quantity or frequency rises.
        reference: e.g. the 75th percentile of `average_amount`.
    """
    return (average_amount < reference) | rising


def hints(
    *,
    f_score: Ints,
    average_score: Ints,
    is_lost: Flags,
    quantity_rises: Flags,
    quantity_falls: Flags,
) -> npt.NDArray[np.uint8]:
    """(n,) bits in the order of `HINTS`.

    Bundle offer: buys often (best two fifths) for little (lowest two fifths of the amount per purchase).
    Dedicated adviser: buys seldom (lowest two fifths) for much (best fifth). Expansion: quantity rises.
    Cause check: quantity falls. Lost customers get none but the cause check.

    Args:
        f_score: (n,) 1 to 5.
        average_score: (n,) 1 to 5, fifths of the amount per purchase.
        is_lost: (n,).
        quantity_rises: (n,).
        quantity_falls: (n,).
    """
    bits = (
        ((f_score >= 4) & (average_score <= 2) & ~is_lost).astype(np.uint8)
        | (((f_score <= 2) & (average_score == 5) & ~is_lost).astype(np.uint8) << 1)
        | ((quantity_rises & ~is_lost).astype(np.uint8) << 2)
        | (quantity_falls.astype(np.uint8) << 3)
    )
    return np.asarray(bits, dtype=np.uint8)
