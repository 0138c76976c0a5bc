"""The three strongest reasons of each customer, with the customer's own figures, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from keepwell.insight.contracts import Thresholds
from keepwell.science.warning import REASONS, Figures, strongest

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Money:
    """What the figures of money need: the currency, and the yearly contribution (n,)."""

    currency: str
    annual: Floats


def reason_columns(
    known: Figures, risk: Floats, weights: Floats, money: Money, thresholds: Thresholds
) -> tuple[pa.Array, pa.Array]:
    """The strongest reason's code ("" without) and up to three reasons as JSON ("" without)."""
    order, share = strongest(weights)
    first = pa.array([*REASONS, ""], pa.string()).take(
        pa.array(order[:, 0].astype(np.int64) % (len(REASONS) + 1))
    )
    makers = [_makers(known, risk, money, thresholds)[code] for code in REASONS]
    texts = [""] * risk.size
    for row in np.flatnonzero(order[:, 0] >= 0).tolist():
        texts[row] = orjson.dumps(
            [
                {
                    "code": REASONS[code],
                    "figures": makers[code](row),
                    "weight": round(float(weight), 3),
                }
                for code, weight in zip(order[row].tolist(), share[row].tolist(), strict=True)
                if code >= 0
            ]
        ).decode()
    return first, pa.array(texts, pa.string())


def _makers(
    known: Figures, risk: Floats, money: Money, thresholds: Thresholds
) -> dict[str, Callable[[int], dict[str, Any]]]:
    """For each reason, the figures of the customer in one row."""
    silence = np.rint(known.silence_days).tolist()
    window = thresholds.horizon_days
    return {
        "rhythm_broken": lambda i: {
            "rhythm_days": max(1, round(known.rhythm_days[i])),
            "silence_days": int(silence[i]),
        },
        "purchases_fell": lambda i: {
            "recent": int(known.recent_purchases[i]),
            "usual": round(float(known.usual_purchases[i]), 1),
            "window_days": window,
        },
        "quantity_fell": lambda i: {
            "recent": round(float(known.recent_quantity[i]), 1),
            "usual": round(float(known.usual_quantity[i]), 1),
            "window_days": window,
        },
        "spending_fell": lambda i: {
            "recent": round(float(known.recent_average[i]), 2),
            "earlier": round(float(known.earlier_average[i]), 2),
            "window_days": window,
            "currency": money.currency,
        },
        "best_dormant": lambda i: {
            "annual": round(float(money.annual[i]), 2),
            "silence_days": int(silence[i]),
            "currency": money.currency,
        },
        "complaints_rose": lambda i: {
            "recent": int(known.recent_complaints[i]),
            "earlier": int(known.earlier_complaints[i]),
            "window_days": thresholds.complaint_window_days,
        },
        "contact_silent": lambda i: {
            "rhythm_days": max(1, round(known.contact_rhythm_days[i])),
            "silence_days": int(known.contact_silence_days[i]),
        },
        "mood_bad": lambda i: {
            "unhappy": int(known.unhappy_texts[i]),
            "texts": int(known.unhappy_texts[i] + known.happy_texts[i]),
            "window_days": thresholds.complaint_window_days,
        },
        "bought_once": lambda i: {"silence_days": int(silence[i])},
        "drifting_away": lambda i: {
            "p_alive": round(1 - float(risk[i]), 3),
            "silence_days": int(silence[i]),
        },
        "low_return": lambda i: {
            "return_chance": round((1 - float(risk[i])) * float(known.p_return_if_alive[i]), 3),
            "silence_days": int(silence[i]),
            "horizon_days": window,
        },
    }
