"""Who is control: a pure rule of customer number, lot and share."""

from __future__ import annotations

from collections.abc import Sequence

from keepwell.science.experiment import Split, assign

CONTROL, TREATED = "control", "treated"


def salt(origin: str, number: int) -> str:
    """The name of a lot: the same customer always draws the same in it.

    >>> salt("journey:7", 1)
    'control/journey:7/1'
    """
    return f"control/{origin}/{number}"


def draw(customer_ids: Sequence[str], share: float, *, salt: str) -> dict[str, tuple[bool, float]]:
    """For each whether they are control, and the probability with which they came to their side.

    A greater share adds to the control and lets nobody go. Raises ValueError for a share outside (0, 1).

    >>> draw(["C-1001"], 0.5, salt=salt("mailing:1", 1))["C-1001"][1]
    0.5
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1: {share}")
    ids = list(dict.fromkeys(customer_ids))
    found = assign(ids, Split.of({CONTROL: share, TREATED: 1 - share}), salt=salt)
    pairs = zip(found.arm.tolist(), found.probability.tolist(), strict=True)
    return {one: (arm == 0, probability) for one, (arm, probability) in zip(ids, pairs, strict=True)}
