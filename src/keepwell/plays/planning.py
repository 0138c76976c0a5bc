"""A plan under a budget, computed from the inputs that a cycle left; reads only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import overload

import numpy as np
import pyarrow as pa

from keepwell.plays import core, inputs
from keepwell.plays.contracts import ActionTotal, PlanLine, PlanResult
from keepwell.science.allocate import gain_curve, plan_budget

CURVE_POINTS = 41
QUANTUM = Decimal("0.0001")


def money(value: float, rounding: str | None = None) -> Decimal:
    """A float as money."""
    return Decimal(repr(float(value))).quantize(QUANTUM, rounding=rounding)


@dataclass(frozen=True)
class Field:
    """The customers of a cycle for whom something is worthwhile, and what."""

    considered: int
    customer_id: pa.Array
    reason: pa.Array
    is_core: core.Bools
    tier: core.Ints
    expected_loss: core.Floats
    gain: core.Floats  # (n, k)
    cost: core.Floats  # (n, k)


def load(cycle_id: str, book: core.Rulebook) -> Field:
    """The worthwhile part of a cycle's candidates; raises FileNotFoundError without the cycle's inputs."""
    considered = 0
    parts: list[Field] = []
    for block in inputs.blocks(inputs.path_of(cycle_id)):
        considered += len(block.customers)
        gain, cost = core.worthwhile(block.customers, book)
        gain = core.leave_alone(gain, block.draw, book)
        rows = np.flatnonzero(np.isfinite(gain).any(axis=1))
        taken = pa.array(rows)
        parts.append(
            Field(
                considered=0,
                customer_id=block.customer_id.take(taken),
                reason=block.reason.take(taken),
                is_core=block.is_core[rows],
                tier=block.customers.tier[rows],
                expected_loss=block.customers.expected_loss[rows],
                gain=gain[rows],
                cost=cost[rows],
            )
        )
    k = len(book.treatments)
    strings = pa.array([], pa.string())
    return Field(
        considered=considered,
        customer_id=pa.concat_arrays([part.customer_id for part in parts] or [strings]),
        reason=pa.concat_arrays([part.reason for part in parts] or [strings]),
        is_core=np.concatenate([part.is_core for part in parts] or [np.zeros(0, bool)]),
        tier=np.concatenate([part.tier for part in parts] or [np.zeros(0, np.int64)]),
        expected_loss=np.concatenate([part.expected_loss for part in parts] or [np.zeros(0)]),
        gain=np.concatenate([part.gain for part in parts] or [np.zeros((0, k))]),
        cost=np.concatenate([part.cost for part in parts] or [np.zeros((0, k))]),
    )


class Lines(Sequence[PlanLine]):
    """The lines of a plan in the order of service; each is made when it is asked for."""

    def __init__(self, field: Field, choice: core.Ints, codes: Sequence[str]) -> None:
        rows = np.flatnonzero(choice != core.NOTHING)
        priority = core.priorities(field.tier[rows], field.is_core[rows])
        picked = choice[rows]
        # By priority, then by gain; customers of one gain stay in the order of their numbers.
        order = np.lexsort((rows, -field.gain[rows, picked], priority))
        self._field, self._codes = field, codes
        self._rows, self._picked, self._priority = rows[order], picked[order], priority[order]

    def __len__(self) -> int:
        return int(self._rows.size)

    @overload
    def __getitem__(self, index: int) -> PlanLine: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[PlanLine]: ...

    def __getitem__(self, index: int | slice) -> PlanLine | Sequence[PlanLine]:
        if isinstance(index, slice):
            return [self._line(place) for place in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._line(index)

    def _line(self, place: int) -> PlanLine:
        row, column = int(self._rows[place]), int(self._picked[place])
        return PlanLine(
            customer_id=self._field.customer_id[row].as_py(),
            treatment=self._codes[column],
            cost=money(self._field.cost[row, column]),
            gain=money(self._field.gain[row, column]),
            expected_loss=money(self._field.expected_loss[row]),
            tier=core.TIERS[int(self._field.tier[row])],
            reason=self._field.reason[row].as_py(),
            priority=int(self._priority[place]),
        )


def compute(
    *, cycle_id: str, currency: str, budget: Decimal, capacities: Mapping[str, int], book: core.Rulebook
) -> PlanResult:
    """The plan with the greatest expected gain within the limits; the same for the same input.

    Raises FileNotFoundError where the cycle left no plan inputs.
    """
    field = load(cycle_id, book)
    limits = [capacities.get(rule.code) for rule in book.treatments]
    plan = plan_budget(field.gain, field.cost, float(budget), limits)
    rows = np.flatnonzero(plan.choice != core.NOTHING)
    picked = plan.choice[rows]
    totals = _totals(book, picked, field.gain[rows, picked], field.cost[rows, picked])
    spent = sum((total["cost"] for total in totals.values()), Decimal(0))
    gained = sum((total["gain"] for total in totals.values()), Decimal(0))
    bound = max(money(plan.upper_bound, ROUND_UP), gained)
    return PlanResult(
        plan_id=None,
        cycle_id=cycle_id,
        budget=budget,
        spent=spent,
        expected_gain=gained,
        upper_bound=bound,
        gap=float((bound - gained) / bound) if bound else 0.0,
        currency=currency,
        actions=totals,
        lines=Lines(field, plan.choice, [rule.code for rule in book.treatments]),
        curve=curve(field, limits, plan.choice, (budget, gained)),
        capacities=dict(capacities),
        playbook_version=book.version,
        considered=field.considered,
        worthwhile=len(field.gain),
        aside_share=book.aside_share,
    )


def _totals(
    book: core.Rulebook, picked: core.Ints, gain: core.Floats, cost: core.Floats
) -> dict[str, ActionTotal]:
    """What each treatment of the plan costs and gains, by benefit and speed of return."""
    k = len(book.treatments)
    customers = np.bincount(picked, minlength=k)
    # Whole steps of money add without rounding error.
    gains = np.bincount(picked, np.rint(gain * core.MONEY_STEPS), minlength=k)
    costs = np.bincount(picked, np.rint(cost * core.MONEY_STEPS), minlength=k)
    totals = {
        rule.code: ActionTotal(
            customers=int(customers[column]),
            cost=Decimal(int(costs[column])) * QUANTUM,
            gain=Decimal(int(gains[column])) * QUANTUM,
            return_days=rule.return_days,
        )
        for column, rule in enumerate(book.treatments)
        if customers[column]
    }
    order = core.ranking(
        {code: (float(t["gain"]), float(t["cost"]), t["return_days"]) for code, t in totals.items()}
    )
    return {code: totals[code] for code in order}


def curve(
    field: Field, limits: Sequence[int | None], chosen: core.Ints, here: tuple[Decimal, Decimal]
) -> tuple[tuple[Decimal, Decimal], ...]:
    """What plans within the same capacities gain for each budget, ascending, through the plan's own point.

    Where capacities bind, the scarce places stay with those who have them in the plan at hand, or in the
    plan without a budget, whichever gains more: every point is a plan that can be carried out.
    """
    if _binds(field, limits):
        rich = plan_budget(field.gain, field.cost, np.inf, limits)
        fields = [_reserved(field, limits, choice) for choice in (chosen, rich.choice)]
        most = rich.cost
    else:
        fields = [field.gain]
        most = float(gain_curve(field.gain, field.cost, points=2).budget[-1])
    # Closer together where the curve is steep.
    budgets = most * np.linspace(0.0, 1.0, CURVE_POINTS) ** 2
    reached = np.max([gain_curve(gain, field.cost, budgets).gain for gain in fields], axis=0)
    points = [
        (money(budget, ROUND_UP), money(gain, ROUND_DOWN))
        for budget, gain in zip(budgets, reached, strict=True)
    ]
    return _through(points, here)


def _binds(field: Field, limits: Sequence[int | None]) -> bool:
    """Whether some treatment has more customers to gain from than its capacity."""
    wanted = np.isfinite(field.gain).sum(axis=0)
    return any(limit is not None and wanted[column] > limit for column, limit in enumerate(limits))


def _reserved(field: Field, limits: Sequence[int | None], choice: core.Ints) -> core.Floats:
    """The gains where scarce treatments are only for those who have them in `choice`."""
    gain = field.gain.copy()
    for column, limit in enumerate(limits):
        if limit is not None:
            gain[choice != column, column] = -np.inf
    return gain


def _through(
    points: Sequence[tuple[Decimal, Decimal]], here: tuple[Decimal, Decimal]
) -> tuple[tuple[Decimal, Decimal], ...]:
    """The points and `here`, ascending by budget, never falling: more money never gains less."""
    best: dict[Decimal, Decimal] = {Decimal(0).quantize(QUANTUM): Decimal(0).quantize(QUANTUM)}
    for budget, gain in (*points, here):
        best[budget] = max(gain, best.get(budget, gain))
    reached = Decimal(0)
    out = []
    for budget in sorted(best):
        reached = max(reached, best[budget])
        out.append((budget, reached))
    return tuple(out)


def fingerprint(
    *,
    cycle_id: str,
    budget: Decimal,
    capacities: Mapping[str, int],
    playbook_version: int,
    aside_share: float = 0.0,
) -> str:
    """Names what decides a plan: equal fingerprints mean equal plans."""
    body: list[object] = [
        cycle_id,
        str(budget.quantize(QUANTUM)),
        sorted(capacities.items()),
        playbook_version,
    ]
    # Plans of the time before there was a holdout keep their names.
    body += [aside_share] if aside_share else []
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def saved(result: PlanResult, plan_id: int, **extra: object) -> PlanResult:
    """The same plan once it is saved."""
    return replace(result, plan_id=plan_id, **extra)  # type: ignore[arg-type]
