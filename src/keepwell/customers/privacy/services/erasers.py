"""The rooms' own ways to forget a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from keepwell.customers.privacy.contracts import Subject

Forget = Callable[[Subject], Mapping[str, int]]


@dataclass(frozen=True)
class Eraser:
    """How one room forgets; `models` are the labels (`app.Model`) that it takes care of."""

    name: str
    forget: Forget
    models: frozenset[str]


_erasers: dict[str, Eraser] = {}


def register_eraser(name: str, fn: Forget, *, models: Collection[str] = ()) -> None:
    """Have `fn` called for everybody who is erased or anonymised; register it in AppConfig.ready.

    `fn(subject)` removes what the room keeps of the person, or puts it under `subject.pseudonym`, in
    transactions of its own, and says how many things of which kind it was. It runs before the person's record
    goes, may run again after a crash, and must then change nothing more. Rows that point to the customer by a
    foreign key, or by a column `customer_id` in a model that nobody named in `models`, go without an eraser.
    """
    _erasers[name] = Eraser(name, fn, frozenset(label.lower() for label in models))


def erasers() -> tuple[Eraser, ...]:
    """All of them, in the order of their registration."""
    return tuple(_erasers.values())


def claimed() -> frozenset[str]:
    """The labels of all models that an eraser takes care of."""
    return frozenset(label for eraser in _erasers.values() for label in eraser.models)
