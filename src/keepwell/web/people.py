"""Rows of people: scores with names, reasons in words and treatments, asked for once per page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keepwell.customers import queries as customers
from keepwell.insight import reasons
from keepwell.insight.contracts import ScoreView
from keepwell.plays import queries as plays
from keepwell.plays.contracts import TreatmentView


@dataclass(frozen=True)
class PersonRow:
    """One line of a list. `name` is the customer number where no name is known."""

    score: ScoreView
    name: str
    has_name: bool
    reasons: tuple[str, ...]
    treatment: TreatmentView | None
    owner: str = ""
    tags: tuple[str, ...] = ()


def treatments() -> dict[str, TreatmentView]:
    """Every treatment by its code."""
    return {treatment.code: treatment for treatment in plays.treatments()}


def rows(
    scores: Iterable[ScoreView], known: Mapping[str, TreatmentView] | None = None
) -> tuple[PersonRow, ...]:
    """The lines for `scores`, in their order; one query for the names, one for the treatments."""
    listed = tuple(scores)
    names = customers.names([score.customer_id for score in listed])
    known = treatments() if known is None else known
    return tuple(
        PersonRow(
            score=score,
            name=names.get(score.customer_id) or score.customer_id,
            has_name=bool(names.get(score.customer_id)),
            reasons=tuple(reasons.text(reason) for reason in score.reasons),
            treatment=known.get(score.action) if score.action else None,
        )
        for score in listed
    )
