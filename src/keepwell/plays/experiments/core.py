"""Pure rules of plays: which step is allowed, how many there is room for, who comes into which arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from keepwell.science.experiment import Split, assign_balanced, uniform

# From which statuses a step is allowed, and where it leads.
STEPS: Mapping[str, tuple[frozenset[str], str]] = {
    "change": (frozenset({"draft", "submitted", "approved"}), "draft"),
    "discard": (frozenset({"draft"}), "draft"),
    "submit": (frozenset({"draft"}), "submitted"),
    "withdraw": (frozenset({"submitted", "approved"}), "draft"),
    "approve": (frozenset({"submitted"}), "approved"),
    "refuse": (frozenset({"submitted"}), "draft"),
    "start": (frozenset({"approved"}), "starting"),
    "pause": (frozenset({"running"}), "paused"),
    "resume": (frozenset({"paused"}), "running"),
    "end": (frozenset({"running", "paused"}), "ended"),
    "stop": (frozenset({"starting", "running", "paused"}), "stopped"),
}


def next_status(status: str, step: str) -> str | None:
    """Where `step` leads from `status`, or None where it is not allowed; raises KeyError.

    >>> next_status("approved", "start"), next_status("draft", "start")
    ('starting', None)
    """
    allowed, target = STEPS[step]
    return target if status in allowed else None


def shares(control_share: float, weights: Mapping[str, float]) -> dict[str, float]:
    """The share of each arm of all who are dealt out: the control first, the others by their weights.

    Raises ValueError for weights that are not positive, or no arm at all.

    >>> shares(0.2, {"a": 1, "b": 3})
    {'control': 0.2, 'a': 0.2, 'b': 0.6000000000000001}
    """
    total = sum(weights.values())
    if not weights or not all(np.isfinite(one) and one > 0 for one in weights.values()):
        raise ValueError("weights must be positive")
    found = {"control": control_share} if control_share else {}
    return found | {key: (1 - control_share) * weight / total for key, weight in weights.items()}


@dataclass(frozen=True)
class Limits:
    """Within what members are dealt out: money per contact of each arm, budget, places of each treatment.

    An arm of several channels costs at most `unit_cost`, and its contacts may take a place of its treatment
    or of one of the `others`.
    """

    unit_cost: Mapping[str, Decimal]
    treatment: Mapping[str, str]
    budget: Decimal | None
    capacities: Mapping[str, int]
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def hold(self, counts: Mapping[str, int]) -> bool:
        """Whether so many members of each arm, all of them reached, stay within."""
        cost = sum((self.unit_cost[key] * count for key, count in counts.items()), Decimal(0))
        if self.budget is not None and cost > self.budget:
            return False
        return all(used <= most for used, most in self.places(counts))

    def places(self, counts: Mapping[str, int]) -> list[tuple[int, int]]:
        """Of each set of treatments how many members can have nothing else, and how many places there are.

        There is a place for everybody exactly where no set of treatments has fewer than it must (Hall 1935);
        sets that are no union of what arms offer need not be looked at.
        """
        offers = {key: {self.treatment[key], *self.others.get(key, ())} for key in counts}
        bound = {key: codes for key, codes in offers.items() if codes <= self.capacities.keys()}
        unions: set[frozenset[str]] = set()
        for codes in bound.values():
            unions |= {one | codes for one in unions} | {frozenset(codes)}
        return [
            (
                sum(counts[key] for key, codes in bound.items() if codes <= union),
                sum(self.capacities[code] for code in union),
            )
            for union in unions
        ]


@dataclass(frozen=True, eq=False)
class Dealt:
    """Who came into which arm: `chosen` are places in the given list, in order; the others found no room.

    Attributes:
        chosen: (k,) int64.
        arm: (k,) int64, index into the shares.
        propensity: (k,).

    """

    chosen: NDArray[np.int64]
    arm: NDArray[np.int64]
    propensity: NDArray[np.float64]


def deal(
    ids: Sequence[str], strata: Sequence[str], by_arm: Mapping[str, float], limits: Limits, *, salt: str
) -> Dealt:
    """Deal members out, even within strata; where there is room for fewer, it is drawn who stays out.

    It depends on the set of ids with their strata, the shares, the limits and the salt: not on the order.

    Args:
        ids: (n,) each once.
        strata: (n,) name of the stratum of each.
        by_arm: share of each arm, adding up to 1.
        limits: money and places.
        salt: of the play.

    Raises:
        ValueError: for ids that come twice, or lengths that differ.
    """
    names = np.asarray(ids, dtype=object)
    groups = np.asarray(strata, dtype=object)
    split, keys = Split.of(by_arm), list(by_arm)
    drawn = np.lexsort((names.astype(str), uniform(ids, salt=f"{salt}/room"))) if len(ids) else np.arange(0)
    room = len(ids)
    while True:
        chosen = np.sort(drawn[:room]).astype(np.int64)
        found = assign_balanced(names[chosen], groups[chosen], split, salt=salt)
        counted = np.bincount(found.arm, minlength=len(keys)).tolist()
        if room == 0 or limits.hold(dict(zip(keys, counted, strict=True))):
            return Dealt(chosen, found.arm, found.probability)
        room = min(room - 1, _room(room, dict(zip(keys, counted, strict=True)), limits))


def _room(members: int, counts: Mapping[str, int], limits: Limits) -> int:
    """How many would be within, if arms had the parts of `members` that they have now."""
    parts = [1.0]
    cost = sum((limits.unit_cost[key] * count for key, count in counts.items()), Decimal(0))
    if limits.budget is not None and cost > 0:
        parts.append(float(limits.budget / cost))
    parts += [most / used for used, most in limits.places(counts) if used]
    return int(members * min(parts))
