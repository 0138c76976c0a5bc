r"""Who comes into which arm: by a hash that anybody can compute again.

The number of a unit is the first 13 hexadecimal digits of SHA-256 over salt, line feed and the unit's id
(UTF-8), divided by 16^13:

    printf 'spring\nC-1001' | sha256sum

It depends on nothing else: not on order, nor on who else is in, nor on when it is asked. Another salt gives
numbers that have nothing to do with these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keepwell.science.experiment.inputs import Floats, between, share_vector

HOLDOUT_SALT = "global-holdout"
UNIT_STEPS = 2.0**-52
BATCH = 100_000  # digests in memory at a time


def uniform(units: Iterable[str], *, salt: str) -> Floats:
    """A number in [0, 1) for each unit: (n,) float64, multiples of 2^-52.

    Args:
        units: ids.
        salt: name of the experiment; must not be empty, nor hold a line feed.

    Raises:
        ValueError: for a salt that is not usable.
        TypeError: for an id that is no string.

    >>> uniform(["C-1001", "C-1002"], salt="spring").round(4).tolist()
    [0.4601, 0.4754]
    """
    if not salt or "\n" in salt:
        raise ValueError("salt must not be empty, nor hold a line feed")
    head = f"{salt}\n"
    ids = iter(units.tolist() if isinstance(units, np.ndarray) else units)
    parts: list[Floats] = [np.zeros(0)]
    while batch := list(islice(ids, BATCH)):
        digests = b"".join([sha256((head + unit).encode()).digest()[:8] for unit in batch])
        numbers = np.frombuffer(digests, dtype=">u8") >> np.uint64(12)
        parts.append(numbers.astype(np.float64) * UNIT_STEPS)
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Split:
    """How [0, 1) is divided among arms: piece i, from edges[i] to edges[i + 1], belongs to arm owners[i].

    It is stored with the experiment. An arm that grows takes from the control alone, so nobody who is
    treated changes treatment. With more than two treatments no rule that looks at the new shares alone can do
    that (two arms that may each take nearly everything would have to leave the same rest to a third): hence
    the pieces are kept.

    Attributes:
        arms: names; the first is the control.
        edges: rising, from 0 to 1.
        owners: for each piece the index of its arm.
    """

    arms: tuple[str, ...]
    edges: tuple[float, ...]
    owners: tuple[int, ...]

    @classmethod
    def of(cls, shares: Mapping[str, float]) -> Self:
        """From shares that add up to 1, the control first.

        Raises:
            ValueError: where they do not.

        >>> Split.of({"control": 0.5, "mail": 0.3, "call": 0.2}).edges
        (0.0, 0.5, 0.8, 1.0)
        """
        given = share_vector("shares", shares.values())
        edges = [0.0, *np.cumsum(given)[:-1].tolist(), 1.0]
        return cls(tuple(shares), tuple(edges), tuple(range(len(shares))))

    @property
    def shares(self) -> dict[str, float]:
        """The share of each arm."""
        lengths = np.bincount(self.owners, weights=np.diff(self.edges), minlength=len(self.arms))
        return dict(zip(self.arms, lengths.tolist(), strict=True))

    def grow(self, arm: str, share: float) -> Self:
        """The same with a greater `share` of `arm`, taken from the control; a new name adds an arm.

        Raises:
            ValueError: when the arm would shrink, is the control, or the control has not enough.

        >>> Split.of({"control": 0.8, "mail": 0.2}).grow("mail", 0.5).shares
        {'control': 0.5, 'mail': 0.5}
        """
        arms = self.arms if arm in self.arms else (*self.arms, arm)
        index = arms.index(arm)
        wanted = float(share) - self.shares.get(arm, 0.0)
        if index == 0:
            raise ValueError("the control cannot grow: those who were treated would be moved")
        if not wanted >= 0:
            raise ValueError(f"share of {arm} must not fall, it is {self.shares[arm]} and would be {share}")
        if wanted > self.shares[arms[0]] + 1e-12:
            raise ValueError(
                f"share of {arm} needs {wanted:g} of the control, which has {self.shares[arms[0]]:g}"
            )
        if wanted == 0:
            return self
        # the control is the first piece, always: what it gives is the end of it
        border = max(self.edges[1] - wanted, 0.0)
        border = 0.0 if border < 1e-12 else border
        edges, owners = (0.0, border, *self.edges[1:]), (0, index, *self.owners[1:])
        if self.owners[1:2] == (index,):
            edges, owners = (0.0, border, *self.edges[2:]), (0, *self.owners[1:])
        return replace(self, arms=arms, edges=edges, owners=owners)

    def arm_of(self, numbers: ArrayLike) -> NDArray[np.int64]:
        """(n,) index of the arm of each number in [0, 1)."""
        piece = np.searchsorted(np.asarray(self.edges[1:-1]), np.asarray(numbers), side="right")
        return np.asarray(np.asarray(self.owners, dtype=np.int64)[piece])

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return {"arms": list(self.arms), "edges": list(self.edges), "owners": list(self.owners)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The reverse of `to_dict`."""
        return cls(tuple(data["arms"]), tuple(data["edges"]), tuple(data["owners"]))


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Who came into which arm.

    Attributes:
        arm: (n,) int64, index into `Split.arms`; 0 is the control.
        probability: (n,) with which each unit came into the arm it is in; to be stored with it.
    """

    arm: NDArray[np.int64]
    probability: Floats


def assign(units: Iterable[str], split: Split, *, salt: str) -> Assignment:
    """The arm of each unit.

    Args:
        units: ids; the same id always comes into the same arm.
        split: the shares.
        salt: name of the experiment.

    Raises:
        ValueError: for a salt that is not usable.

    >>> found = assign(["C-1001", "C-1002"], Split.of({"control": 0.47, "mail": 0.53}), salt="spring")
    >>> found.arm.tolist(), found.probability.round(2).tolist()
    ([0, 1], [0.47, 0.53])
    """
    arm = split.arm_of(uniform(units, salt=salt))
    return Assignment(arm, np.array(list(split.shares.values()))[arm])


def assign_balanced(units: Iterable[str], strata: Iterable[str], split: Split, *, salt: str) -> Assignment:
    """The arm of each unit of a fixed list, so that arms have their shares within each stratum to one unit.

    For small shops, where chance alone may put all good customers into one arm. Within a stratum, units stand
    in the order of their numbers and are dealt out evenly from a start that depends on salt and stratum alone
    (systematic sampling), so each unit's probability is exactly its arm's share. Who else is in the list
    matters here: assign once and store. Intervals that know nothing of strata are then on the safe side.

    Args:
        units: ids, each once.
        strata: (n,) name of the stratum of each unit.
        split: the shares.
        salt: name of the experiment.

    Raises:
        ValueError: for ids that come twice, lengths that differ, or a salt that is not usable.

    >>> split = Split.of({"control": 0.5, "mail": 0.5})
    >>> int(assign_balanced([f"C-{i}" for i in range(10)], ["VIP"] * 10, split, salt="spring").arm.sum())
    5
    """
    ids, groups = list(units), list(strata)
    if len(ids) != len(groups):
        raise ValueError(f"strata has {len(groups)} elements, units has {len(ids)}")
    if len(set(ids)) != len(ids):
        raise ValueError("units must not come twice")
    if not ids:
        return assign([], split, salt=salt)
    names, of, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    order = np.lexsort((np.asarray(ids), uniform(ids, salt=salt), of))
    rank = np.empty(len(ids))
    rank[order] = np.arange(len(ids)) - np.repeat(np.cumsum(size) - size, size)
    start = uniform([f"stratum\n{name}" for name in names.tolist()], salt=salt)
    arm = split.arm_of((rank + start[of]) / size[of])
    return Assignment(arm, np.array(list(split.shares.values()))[arm])


def in_holdout(units: Iterable[str], share: float, *, salt: str = HOLDOUT_SALT) -> NDArray[np.bool_]:
    """(n,) whether each unit is in the holdout that no play, message or reward touches.

    It has a salt of its own, so it says nothing about the arms of experiments; a greater share only adds
    units.

    Raises:
        ValueError: for a share outside (0, 1).
    """
    between("share", share, 0, 1)
    return np.asarray(uniform(units, salt=salt) < share)
