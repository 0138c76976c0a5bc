"""Steps that rooms above add."""

from __future__ import annotations

from keepwell.insight.contracts import CycleStep

_registered: dict[str, CycleStep] = {}


def register_step(step: CycleStep) -> None:
    """Add `step` between reasons and publishing; a second step of the same name replaces the first."""
    _registered[step.name] = step


def registered() -> tuple[CycleStep, ...]:
    """The added steps in the order of their registration."""
    return tuple(_registered.values())
