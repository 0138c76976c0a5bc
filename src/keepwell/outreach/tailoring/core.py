"""Decisions as functions of values: how far somebody is in buying, and which text of a plan they get.

No Django, no clock, no store. docs/algorithms/buying-stage.md says why each rule is as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keepwell.outreach.tailoring.contracts import (
    ANY,
    CATEGORY,
    PRODUCT,
    STAGES,
    Choice,
    Evidence,
    Found,
    Rule,
    Stage,
    Standing,
    Why,
)

Group = int | None  # the number of a segment; None: everybody else
Plan = Mapping[Group, Mapping[str, str]]  # group -> stage or ANY -> template


def rank(stage: Stage) -> int:
    """The place of a stage on the way.

    >>> rank(Stage.DECISION) > rank(Stage.AWARENESS)
    True
    """
    return STAGES.index(stage)


def least(sign: str, rule: Rule) -> int:
    """How often a sign must have been seen to count."""
    return {PRODUCT: rule.product_times, CATEGORY: rule.category_times}.get(sign, 1)


def standing(found: Mapping[str, Found], rule: Rule) -> Standing:
    """The furthest stage that any sign stands for, with every sign that counts.

    >>> from datetime import UTC, datetime
    >>> seen = Found(1, datetime(2026, 11, 1, tzinfo=UTC))
    >>> standing({"visit": seen, "cart": seen}, Rule()).stage
    <Stage.DECISION: 'decision'>
    """
    counting = [
        Evidence(sign, stage, one.times, one.last_at, one.what)
        for sign, one in found.items()
        if (stage := rule.stages.get(sign, Stage.NONE)) is not Stage.NONE and one.times >= least(sign, rule)
    ]
    if not counting:
        return Standing()
    ordered = sorted(counting, key=lambda one: (-rank(one.stage), -one.last_at.timestamp(), one.sign))
    return Standing(ordered[0].stage, tuple(ordered))


def choose(
    plan: Plan,
    *,
    touchpoint: str,
    group: Group,
    stage: Stage,
    general: str,
    usable: Callable[[str], str],
) -> Choice:
    """The text for somebody of a group at a stage; `usable` says why a text cannot be taken, "" if it can.

    First the cell itself, then the group's text whatever the stage, then everybody else's of that stage,
    then everybody else's, then the general one.
    """
    ways: list[tuple[Why, Group, str]] = [(Why.CELL, group, str(stage)), (Why.GROUP, group, ANY)]
    if group is not None:
        ways += [(Why.STAGE, None, str(stage)), (Why.REST, None, ANY)]
    passed: list[tuple[str, str]] = []
    for why, whose, column in ways:
        code = plan.get(whose, {}).get(column, "")
        if not code:
            continue
        problem = usable(code)
        if not problem:
            return Choice(code, touchpoint, stage, group, why, tuple(passed))
        passed.append((code, problem))
    return Choice(general, touchpoint, stage, group, Why.GENERAL, tuple(passed))


def group_of(mine: set[int], order: tuple[int, ...]) -> Group:
    """The first of a plan's groups that somebody is in; None: everybody else.

    >>> group_of({3, 7}, (7, 3)), group_of(set(), (7, 3))
    (7, None)
    """
    return next((one for one in order if one in mine), None)
