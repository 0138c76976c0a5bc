"""Whom a play asks for, and who of them may be dealt out; what passes nobody depends on no lot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreView
from keepwell.insight.segments import queries as segments
from keepwell.outreach import core as outreach
from keepwell.outreach.content import queries as content
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Cause, Decision, Intent
from keepwell.outreach.sending import queries as sending
from keepwell.plays import queries as plays
from keepwell.plays.contracts import GradeLimitView
from keepwell.plays.experiments import core
from keepwell.plays.experiments.contracts import LIVE, ArmKind, Passed
from keepwell.plays.experiments.models import Arm, Candidate, Member, Play
from keepwell.plays.experiments.ways import ArmWay, dearest, ways_of
from keepwell.plays.models import PlanLine
from keepwell.plays.winback import core as winback
from keepwell.plays.winback.queries import rules as winback_rules

IDS_MAX = 1_000
ASKED_AT_ONCE = 500
AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class Person:
    """Somebody who may be dealt out, with the figures of today."""

    customer_id: str
    tier: str = ""
    risk_level: str = ""
    reason: str = ""
    grade: str = ""
    owner_id: int | None = None
    clv: Decimal = Decimal(0)


def size(row: Play) -> int:
    """How many are in the segment or plan now."""
    return _lines(row).count() if row.plan_id else segments.size(row.segment_id or 0)


def asked_for(row: Play, *, after: str = "") -> Iterator[str]:
    """Everybody in the segment or plan whose number comes after this one, in order."""
    if row.plan_id:
        found = _lines(row).filter(customer_id__gt=after).order_by("customer_id")
        yield from found.values_list("customer_id", flat=True).iterator(chunk_size=5_000)
        return
    between = (after, AFTER_ALL) if after else None
    for one in segments.member_ids(row.segment_id or 0, between=between):
        if one != after:
            yield one


def sift(row: Play, asked: Sequence[str], *, now: datetime) -> tuple[list[Person], dict[str, str]]:
    """Who of these may be dealt out, and who may not: customer to cause."""
    known, aside = customers.existing(asked), policy.held_out(asked)
    elsewhere = in_other_plays(row, asked)
    people = _people(row, [one for one in asked if one in known])
    limits = _grade_limits(row)
    kept, passed = [], {}
    for one in asked:
        if one not in known:
            passed[one] = Passed.UNKNOWN.value
        elif one in aside:
            passed[one] = Passed.HOLDOUT.value
        elif one in elsewhere:
            passed[one] = Passed.OTHER_PLAY.value
        elif not limits.allow(people[one][1]):
            passed[one] = Passed.GRADE_LIMIT.value
        else:
            kept.append(people[one][0])
    barred = unreachable(row, [one.customer_id for one in kept], now=now)
    return [one for one in kept if one.customer_id not in barred], passed | barred


def last_instant(row: Play) -> datetime:
    """Until when a contact of a play may take place."""
    return timezone.make_aware(datetime.combine(row.ends_on, time.max)).astimezone(UTC)


def unreachable(row: Play, asked: Sequence[str], *, now: datetime) -> dict[str, str]:
    """Who of these could not get what some arm brings as things are now, and why: the policy's cause.

    They are in no arm, not in the control either: withheld after the lot, they would make the difference
    smaller than the treatment makes it. What is only put off counts as coming.
    """
    found: dict[str, str] = {}
    for ways in _ways(row):
        barred = _barred(ways[0], [one for one in asked if one not in found], now, several=len(ways) > 1)
        for way in ways[1:]:
            # Whoever gets it by one of the channels gets what the arm brings.
            also = _barred(way, list(barred), now, several=True)
            barred = {one: cause for one, cause in barred.items() if one in also}
        found |= barred
    return found


def _barred(way: Intent, asked: Sequence[str], now: datetime, *, several: bool) -> dict[str, str]:
    """Who of these could not get it by this way, and why."""
    found: dict[str, str] = {}
    for begin in range(0, len(asked), ASKED_AT_ONCE):
        intents = [
            replace(way, intent_id=f"lot/{one}", customer_id=one)
            for one in asked[begin : begin + ASKED_AT_ONCE]
        ]
        said = policy.ask_many(intents, now=now)
        for intent in intents:
            verdict = said[intent.intent_id]
            if verdict.decision is Decision.REFUSED:
                found[intent.customer_id] = verdict.cause.value
    if way.content:
        addressed = sending.with_address(asked, way.channel)
        found |= {one: Passed.NO_ADDRESS.value for one in asked if one not in addressed and one not in found}
    if several:
        # Where there are others, a channel that opens only when customers write is none for who has not.
        open_to = sending.open_to(asked, way.channel, content=way.content, purpose=way.purpose, now=now)
        found |= {one: Cause.WINDOW_CLOSED.value for one in asked if one not in open_to and one not in found}
    return found


def _ways(row: Play) -> list[tuple[Intent, ...]]:
    """The contacts that arms make, each arm's once and of nobody yet; messages have content.

    One is enough of those that stand together: the channels of one arm.
    """
    arms = list(row.arms.order_by("position"))
    ways = {arm.pk: ways_of(arm) for arm in arms}
    caring = content.caring({way.text_code for each in ways.values() for way in each} - {""})
    usual = Intent("", "", "", outreach.purpose(""), not_after=last_instant(row))
    found: list[tuple[Intent, ...]] = []
    for arm in arms:
        if arm.kind == ArmKind.MESSAGE:
            found.append(tuple(_message(usual, way, caring) for way in ways[arm.pk]))
        elif arm.kind == ArmKind.TASK and arm.task_kind in outreach.REACHING:
            purpose = outreach.purpose("", arm.treatment_code)
            found.append((replace(usual, channel=arm.channel or "phone", purpose=purpose),))
    return list(dict.fromkeys(found))


def _message(usual: Intent, way: ArmWay, caring: Collection[str]) -> Intent:
    template = content.get(way.text_code)
    return replace(
        usual,
        channel=way.channel,
        purpose=template.purpose if template else usual.purpose,
        content=way.text_code,
        caring=way.text_code in caring,
    )


def in_other_plays(row: Play, asked: Sequence[str]) -> set[str]:
    """Who of these is in another play that runs for the same aim, or is about to be dealt out there."""
    found: set[str] = set()
    for begin in range(0, len(asked), IDS_MAX):
        some = asked[begin : begin + IDS_MAX]
        for model in (Member, Candidate):
            rows = model._default_manager.filter(
                customer_id__in=some, play__status__in=LIVE, play__primary=row.primary
            )
            found.update(rows.exclude(play=row).values_list("customer_id", flat=True))
    return found


def limits(row: Play, arms: Sequence[Arm]) -> core.Limits:
    """Money and places of a play as they are set now."""
    ways = {one.key: ways_of(one) for one in arms}
    wanted = {way.treatment_code for each in ways.values() for way in each} - {""}
    caps = {one.code: one.capacity for one in plays.treatments() if one.code in wanted}
    return core.Limits(
        unit_cost={one.key: dearest(one) for one in arms},
        treatment={one.key: one.treatment_code for one in arms},
        budget=row.budget,
        capacities={code: most for code, most in caps.items() if most is not None},
        others={key: frozenset(way.treatment_code for way in each[1:]) for key, each in ways.items()},
    )


@dataclass(frozen=True)
class _GradeLimits:
    """What the dearest arm may cost somebody of a tier."""

    dearest: Decimal
    low_cost: bool  # whether all that cost anything are low-cost measures
    by_tier: Mapping[str, GradeLimitView]

    def allow(self, score: ScoreView | None) -> bool:
        if not self.dearest:
            return True
        if score is None or score.tier not in self.by_tier:
            return False
        limit = self.by_tier[score.tier]
        most = winback.spending_limit(
            max_cost=limit.max_cost,
            max_value_share=limit.max_value_share,
            value_at_stake=score.value_at_stake,
        )
        return self.dearest <= most and (self.low_cost or not limit.low_cost_only)


def _grade_limits(row: Play) -> _GradeLimits:
    known = {one.code: one for one in plays.treatments()}
    dear = [way for one in row.arms.all() for way in ways_of(one) if way.unit_cost]
    low = all(way.treatment_code in known and known[way.treatment_code].low_cost for way in dear)
    most = max((way.unit_cost for way in dear), default=Decimal(0))
    return _GradeLimits(most, low, {one.tier: one for one in plays.grade_limits()})


def _people(row: Play, asked: Sequence[str]) -> dict[str, tuple[Person, ScoreView | None]]:
    scores, owners, rules = insight.scores_of(asked), customers.owners_of(asked), winback_rules.current()
    causes: dict[str, list[str]] = {}
    planned = _planned_reasons(row, asked)
    found: dict[str, tuple[Person, ScoreView | None]] = {}
    for one in asked:
        score, owner = scores.get(one), owners.get(one)
        if score is None:
            found[one] = Person(one, reason=planned.get(one, ""), owner_id=owner), None
            continue
        first = score.reasons[0].code if score.reasons else ""
        if first not in causes:
            causes[first] = winback_rules.suggested([first] if first else [])
        grade = winback.grade(rules, tier=score.tier, risk_level=score.risk_level, causes=causes[first])
        person = Person(one, score.tier, score.risk_level, planned.get(one) or first, grade, owner, score.clv)
        found[one] = person, score
    return found


def _lines(row: Play) -> QuerySet[PlanLine]:
    found = PlanLine.objects.filter(plan=row.plan_id)
    return found.filter(treatment=row.plan_treatment) if row.plan_treatment else found


def _planned_reasons(row: Play, asked: Sequence[str]) -> dict[str, str]:
    if not row.plan_id:
        return {}
    found: dict[str, str] = {}
    for begin in range(0, len(asked), IDS_MAX):
        rows = _lines(row).filter(customer_id__in=asked[begin : begin + IDS_MAX])
        found.update(rows.values_list("customer_id", "reason"))
    return found
