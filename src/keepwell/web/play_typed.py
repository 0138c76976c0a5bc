"""The form of a play: from what was typed to values, and from a play to what stands in its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from keepwell.foundation import clock
from keepwell.plays.experiments.contracts import (
    ARMS_MAX,
    CONTROL_SHARE,
    OUTCOME_DAYS,
    ArmKind,
    ArmValues,
    ArmView,
    PlayError,
    PlayValues,
    PlayView,
    Primary,
    WayValues,
)

ARM_FIELDS = (
    "name", "kind", "weight", "treatment_code", "text_code", "task_kind", "script_code", "offer", "hour",
    "unit_cost", "from_manager", "other1", "other1_cost", "other1_treatment", "other2", "other2_cost",
    "other2_treatment",
)  # fmt: skip
OTHERS = ("other1", "other2")
BEST = "best"
FIELDS = (
    "name", "hypothesis", "whom", "starts_on", "ends_on", "budget", "outcome_days", "control_share",
    "no_control_reason", "primary", "smallest_effect",
)  # fmt: skip
SHARES = (Primary.RETENTION, Primary.SATISFACTION, Primary.CONVERSION)
RUNS_DAYS = 60
Typed = dict[str, Any]


def blank(asked: Mapping[str, str]) -> Typed:
    """What stands in the fields of a new play; whom and the treatment may be asked for by the address."""
    today = timezone.localdate(clock.now())
    whom = ""
    if asked.get("segment", "").isdecimal():
        whom = f"segment:{asked['segment']}"
    elif asked.get("plan", "").isdecimal():
        whom = f"plan:{asked['plan']}:{asked.get('treatment', '')}"
    return {
        "name": "",
        "hypothesis": "",
        "whom": whom,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=RUNS_DAYS)).isoformat(),
        "budget": "",
        "outcome_days": OUTCOME_DAYS,
        "control_share": f"{CONTROL_SHARE:.0%}".rstrip("%"),
        "no_control_reason": "",
        "primary": Primary.RETENTION.value,
        "smallest_effect": "",
        "arms": [{**blank_arm(), "treatment_code": asked.get("treatment", "")}],
    }


def blank_arm() -> Typed:
    """An arm that says nothing yet."""
    return {**dict.fromkeys(ARM_FIELDS, ""), "kind": ArmKind.MESSAGE.value, "weight": "1"}


def typed(given: QueryDict) -> Typed:
    """What was typed, as it was typed; with an arm more or less where a button asked for it."""
    columns = {name: given.getlist(f"arm_{name}") for name in ARM_FIELDS}
    count = min(max(map(len, columns.values()), default=0), ARMS_MAX)
    arms = [
        {name: values[place] if place < len(values) else "" for name, values in columns.items()}
        for place in range(count)
    ]
    do = given.get("do", "")
    if do == "add" and len(arms) < ARMS_MAX:
        arms.append(blank_arm())
    elif do.startswith("remove-") and len(arms) > 1:
        place = whole(do.removeprefix("remove-"))
        if place is not None and place < len(arms):
            del arms[place]
    return {**{name: given.get(name, "") for name in FIELDS}, "arms": arms}


def of(one: PlayView) -> Typed:
    """What stands in the fields of a play that there is."""
    whom = f"segment:{one.segment_id}"
    if one.plan_id is not None:
        whom = f"plan:{one.plan_id}:{one.plan_treatment}"
    effect = one.smallest_effect
    if effect is not None and one.primary in SHARES:
        effect *= 100
    arms = [
        {
            **{name: getattr(arm, name, "") for name in ARM_FIELDS},
            "kind": arm.kind.value,
            "weight": f"{arm.weight:g}",
            "hour": BEST if arm.best_hour else "" if arm.hour is None else str(arm.hour),
            "from_manager": "on" if arm.from_manager else "",
            **_others_of(arm),
            "unit_cost": _plain(arm.unit_cost),
        }
        for arm in one.treated
    ]
    return {
        "name": one.name,
        "hypothesis": one.hypothesis,
        "whom": whom,
        "starts_on": one.starts_on.isoformat(),
        "ends_on": one.ends_on.isoformat(),
        "budget": "" if one.budget is None else _plain(one.budget),
        "outcome_days": one.outcome_days,
        "control_share": f"{one.control_share * 100:g}",
        "no_control_reason": one.no_control_reason,
        "primary": one.primary.value,
        "smallest_effect": "" if effect is None else f"{effect:g}",
        "arms": arms,
    }


def values(said: Typed, *, owner_id: int | None) -> PlayValues:
    """What was typed as values; raises PlayError for what is no number or no day."""
    reader = _Reader(said)
    segment_id, plan_id, treatment = whom(said["whom"])
    primary = said["primary"]
    effect = reader.number("smallest_effect", "not_effect")
    if effect is not None and primary in SHARES:
        effect /= 100
    share = reader.number("control_share", "not_share")
    days = whole(str(said["outcome_days"]))
    starts_on, ends_on = reader.day("starts_on"), reader.day("ends_on")
    budget = reader.money("budget", "not_budget")
    arms = tuple(_arm(reader, place, one) for place, one in enumerate(said["arms"]))
    if share is None:
        reader.problems.setdefault("control_share", "not_share")
    if reader.problems:
        raise PlayError(reader.problems)
    return PlayValues(
        name=said["name"],
        segment_id=segment_id,
        plan_id=plan_id,
        plan_treatment=treatment,
        hypothesis=said["hypothesis"],
        owner_id=owner_id,
        outcome_days=days or 0,
        control_share=(share or 0.0) / 100,
        no_control_reason=said["no_control_reason"],
        primary=primary,
        smallest_effect=effect,
        starts_on=starts_on,
        ends_on=ends_on,
        budget=budget,
        arms=arms,
    )


def whom(text: str) -> tuple[int | None, int | None, str]:
    """Segment, plan and its treatment of a choice.

    >>> whom("plan:3:care_call"), whom("segment:7"), whom("x")
    ((None, 3, 'care_call'), (7, None, ''), (None, None, ''))
    """
    kind, _colon, rest = text.partition(":")
    number, _colon, treatment = rest.partition(":")
    if kind == "segment":
        return whole(number), None, ""
    if kind == "plan":
        return None, whole(number), treatment
    return None, None, ""


def whole(text: str) -> int | None:
    """A number of at most nine digits, or None."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _arm(reader: _Reader, place: int, one: Typed) -> ArmValues:
    at = f"arms.{place}."
    hour = str(one["hour"])
    if hour and hour != BEST and whole(hour) is None:
        reader.problems[at + "hour"] = "not_hour"
    weight = reader.number_of(at + "weight", one["weight"], "not_weight")
    return ArmValues(
        name=one["name"],
        kind=one["kind"],
        weight=weight or 0.0,
        treatment_code=one["treatment_code"],
        text_code=one["text_code"],
        task_kind=one["task_kind"],
        script_code=one["script_code"],
        offer=one["offer"][:200],
        hour=whole(hour) if hour else None,
        best_hour=hour == BEST,
        from_manager=bool(one["from_manager"]),
        others=tuple(_others(reader, at, one)),
        unit_cost=reader.money_of(at + "unit_cost", str(one["unit_cost"]), "not_cost"),
    )


def _others_of(arm: ArmView) -> Typed:
    """The further channels of an arm as they stand in its fields."""
    said = {}
    for name, way in zip(OTHERS, arm.others, strict=False):
        said[name] = f"{way.channel}:{way.text_code}"
        said[f"{name}_cost"] = _plain(way.unit_cost)
        said[f"{name}_treatment"] = "" if way.treatment_code == arm.treatment_code else way.treatment_code
    return said


def _others(reader: _Reader, at: str, one: Typed) -> Iterator[WayValues]:
    """The further channels that were chosen."""
    chosen = [name for name in OTHERS if one[name]]
    for place, name in enumerate(chosen):
        channel, _colon, code = str(one[name]).partition(":")
        cost = reader.money_of(f"{at}others.{place}", str(one[f"{name}_cost"]), "not_cost")
        yield WayValues(channel, code, cost, one[f"{name}_treatment"])


class _Reader:
    """Reads numbers and days; keeps what could not be read."""

    def __init__(self, said: Typed) -> None:
        self._said = said
        self.problems: dict[str, str] = {}

    def number(self, name: str, problem: str) -> float | None:
        return self.number_of(name, str(self._said[name]), problem)

    def number_of(self, name: str, text: str, problem: str) -> float | None:
        found = self.money_of(name, text, problem)
        return None if found is None else float(found)

    def money(self, name: str, problem: str) -> Decimal | None:
        return self.money_of(name, str(self._said[name]), problem)

    def money_of(self, name: str, text: str, problem: str) -> Decimal | None:
        plain = text.strip().replace(",", "").replace(" ", "").removesuffix("%")
        if not plain:
            return None
        try:
            found = Decimal(plain)
        except InvalidOperation:
            self.problems[name] = problem
            return None
        if not found.is_finite() or abs(found) >= Decimal(10) ** 14:
            self.problems[name] = problem
            return None
        return found.quantize(Decimal("0.0001"))

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(str(self._said[name]))
        except ValueError:
            self.problems[name] = "not_period"
            return date(2000, 1, 1)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
