"""What learning does: look on schedule, raise alarms, put what was measured in place of what was assumed."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.contracts import Notice
from keepwell.outreach.services import notices
from keepwell.plays import core as plays_core
from keepwell.plays import services as plays
from keepwell.plays.experiments import queries, results
from keepwell.plays.experiments.contracts import LIVE, OVER, ArmKind, PlayView, Units
from keepwell.plays.experiments.measured import Amount, PlayResults, Verdict
from keepwell.plays.experiments.outcomes import Metric, Outcomes, Sample
from keepwell.plays.learning import core, measuring, rows
from keepwell.plays.learning.contracts import Done, LearningError
from keepwell.plays.learning.models import Lesson, Look, Progress
from keepwell.plays.rulebook import current_assumptions

log = logging.getLogger("keepwell.learning")

WORKER = "worker"
# Why somebody who was dealt a treatment did not get it, that says nothing of the treatment.
NOT_GIVEN = ("stopped", "ended", "taken_back", "budget", "capacity")
NOT_GIVEN_MOST = 0.2
SCORES = ("churn_risk", "p_alive", "expected_purchases", "expected_loss")


def run(*, now: datetime) -> Done:
    """Look at every play of which the current cycle knows more than the last look; learn from those over.

    A play that cannot be read is logged and left for the next run; the others are read nevertheless.
    """
    at = results.known_at()
    before = Progress.objects.in_bulk()
    listed = queries.plays(statuses=(*LIVE, *OVER), limit=1_000)
    done = [_look_and_learn(play, before.get(play.play_id), at, now) for play in listed]
    return Done(*(sum(getattr(one, name) for one in done) for name in ("looks", "alarms", "lessons")))


def _look_and_learn(play: PlayView, done: Progress | None, at: datetime, now: datetime) -> Done:
    if done and (done.learned_at or (done.looked_as_of and done.looked_as_of >= at)):
        return Done(0, 0, 0)
    try:
        found = look(play_id=play.play_id, now=now, as_of=at)
        if found is None:
            return Done(0, 0, 0)
        learned = 0
        if play.status in OVER and found.members and not found.waiting:
            learned = learn(play_id=play.play_id, now=now, as_of=at, actor=WORKER)
    except Exception:
        log.exception("play %s cannot be read", play.code)
        return Done(0, 0, 0)
    return Done(1, found.mismatched + len(found.alarms()), learned)


def look(*, play_id: int, now: datetime, as_of: datetime | None = None) -> PlayResults | None:
    """Read a play and keep what was seen; alarms go to its owner, each once. None where nothing is there yet.

    The same `as_of` again keeps nothing twice.
    """
    play = queries.play(play_id)
    at = as_of or results.known_at()
    if play is None or play.started_at is None or play.started_at > at:
        return None
    found = results.results(play_id, at)
    if not found.members:
        return None
    with transaction.atomic():
        Look.objects.bulk_create(_looks(found, now), ignore_conflicts=True)
        Progress.objects.update_or_create(play_id=play_id, defaults={"looked_as_of": at})
        _tell(play, found, now)
    return found


def _looks(found: PlayResults, now: datetime) -> list[Look]:
    sizes = {one.metric: one.known for one in found.metrics}
    made = []
    for one in found.metrics:
        for arm, lift in one.lifts.items():
            worth = next((each for each in found.worth if each.arm == arm), None)
            made.append(
                _row(found, now, one.metric, arm, (lift.difference, lift.low, lift.high))
                | {
                    "treated": lift.treated.units,
                    "control": lift.control.units,
                    "verdict": found.verdict(arm, one.metric),
                    "cost": worth.cost if worth else 0.0,
                    **_total(worth.of(one.metric) if worth else None),
                }
            )
    total = found.total
    for metric in Metric:
        if total is None or (amount := total.of(metric)) is None:
            continue
        known = sizes[metric]
        made.append(
            _row(found, now, metric, "", None)
            | {
                "treated": sum(count for arm, count in known.items() if arm != found.baseline),
                "control": known.get(found.baseline, 0),
                "verdict": _sign(found, metric, amount),
                "cost": total.cost,
                **_total(amount),
            }
        )
    for rail in found.guards:
        made.append(
            _row(found, now, rail.guard, rail.arm, (rail.lift.difference, rail.lift.low, rail.lift.high))
            | {
                "treated": rail.lift.treated.units,
                "control": rail.lift.control.units,
                "verdict": "alarm" if rail.rail.alarm else rail.rail.state,
            }
        )
    return [Look(**values) for values in made]


def _row(
    found: PlayResults, now: datetime, metric: str, arm: str, lift: tuple[float, float, float] | None
) -> dict[str, Any]:
    estimate, low, high = lift or (math.nan, math.nan, math.nan)
    return {
        "play_id": found.play_id,
        "at": now,
        "as_of": found.as_of,
        "metric": str(metric),
        "arm": arm,
        "estimate": _finite(estimate),
        "low": _finite(low),
        "high": _finite(high),
        "final": found.final,
    }


def _total(amount: Amount | None) -> dict[str, float | None]:
    if amount is None:
        return {}
    return {
        "total": _finite(amount.value),
        "total_low": _finite(amount.low),
        "total_high": _finite(amount.high),
    }


def _sign(found: PlayResults, metric: Metric, amount: Amount | None) -> Verdict:
    """What all treated did together; an arm whose interval cannot be trusted makes the sum's no better."""
    if not found.comparable or amount is None:
        return Verdict.NOT_COMPARABLE
    lifts = [lift for one in found.metrics if one.metric is metric for lift in one.lifts.values()]
    if any(set(lift.doubts) - {"wide"} for lift in lifts):
        return Verdict.TOO_SMALL
    if amount.low > 0:
        return Verdict.BETTER
    return Verdict.WORSE if amount.high < 0 else Verdict.TOO_SMALL


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _tell(play: PlayView, found: PlayResults, now: datetime) -> None:
    """Tell the owner what has to be acted on, each thing once in the life of the play."""
    if play.owner_id is None:
        return
    what = ["mismatch"] if found.mismatched else []
    what += [f"{one.guard}:{one.arm}" for one in found.alarms()]
    for one in what:
        notices.tell(
            user_id=play.owner_id,
            kind=Notice.PLAY_ALARM,
            key=f"{play.play_id}:{one}",
            data={"play": play.play_id, "name": play.name, "what": one.split(":")[0]},
            now=now,
        )


def learn(*, play_id: int, now: datetime, actor: str, as_of: datetime | None = None) -> int:
    """Put what a play measured in place of what was assumed, line by line; returns how many lines changed.

    Only of a play that is over, all of whose members' days have passed, with a control and arms of the right
    sizes; a second time changes nothing. Raises LearningError.
    """
    play = queries.play(play_id)
    if play is None or play.status not in OVER:
        raise LearningError("not_over")
    one = results.read(play_id, as_of)
    if not one.all_over:
        raise LearningError("days_not_over")
    units, sample, found, seen = one.units, one.sample, one.found, results.summary(one)
    kept = rows.write(play.code, _training(play, units, sample, found)) if len(units) else 0
    with transaction.atomic():
        progress, _new = Progress.objects.select_for_update().get_or_create(play_id=play_id)
        if progress.learned_at:
            return 0
        changed, not_given = 0, _not_given(play)
        if seen.comparable and seen.has_control:
            wanted = {one.treatment_code for one in play.treated if one.treatment_code}
            for arm_code in sorted(wanted - not_given):
                changed += _learn_treatment(play, arm_code, units, sample, found, now=now, actor=actor)
        progress.learned_at, progress.rows = now, kept
        progress.save()
        audit.log(
            actor=actor,
            action="plays.learn",
            object_type="play",
            object_id=play.code,
            details={"lines": changed, "rows": kept, "not_given": sorted(not_given)},
            at=now,
        )
    return changed


def _not_given(play: PlayView) -> set[str]:
    """The treatments that more than `NOT_GIVEN_MOST` of those who were to get them did not get.

    That a play was stopped, or had no money left, says nothing of what the treatment does; whom the policy or
    a missing address kept from it belongs to what can be expected of it.
    """
    counts = queries.untried(play.play_id, NOT_GIVEN)
    members: dict[str, int] = {}
    missing: dict[str, int] = {}
    for arm in play.treated:
        if arm.kind is ArmKind.NOTHING:
            continue  # done outside of Keepwell
        without, every = counts.get(arm.key, (0, 0))
        members[arm.treatment_code] = members.get(arm.treatment_code, 0) + every
        missing[arm.treatment_code] = missing.get(arm.treatment_code, 0) + without
    return {code for code, every in members.items() if missing[code] > NOT_GIVEN_MOST * every}


def _learn_treatment(
    play: PlayView,
    treatment: str,
    units: Units,
    sample: Sample,
    found: Outcomes,
    *,
    now: datetime,
    actor: str,
) -> int:
    mine = np.array(
        [place for place, key in enumerate(units.arms) if play.arm(key).treatment_code == treatment]
    )
    concerned = np.isin(sample.arm, mine) | (sample.arm == 0)
    groups = np.array([plays_core.REASON_GROUPS[plays_core.group_index(one)] for one in units.reason], object)
    assumed = {
        (one.reason_group, one.tier): one.saved_share
        for one in current_assumptions()
        if one.treatment.code == treatment
    }
    changed = 0
    for group in plays_core.REASON_GROUPS:
        part = concerned & (groups == group)
        measured = measuring.saved_share(
            1 - found.ordered[part], sample.arm[part] > 0, sample.propensity[part]
        )
        if measured is None:
            continue
        tiers = {tier: int((units.tier[part] == tier).sum()) for tier in plays_core.TIERS}
        own = {tier: assumed[(group, tier)] for tier in plays_core.TIERS if (group, tier) in assumed}
        prior = core.mean_share(own, tiers)
        spread = _spread(treatment, group, prior)
        pooled = core.pool(prior, spread, measured.share, measured.error)
        for tier, after in core.lines(own, tiers, pooled.share, prior).items():
            made = plays.set_assumption(
                treatment=treatment, tier=tier, reason_group=group, saved_share=after, actor=actor
            )
            Lesson.objects.create(
                play_id=play.play_id,
                treatment=treatment,
                tier=tier,
                reason_group=group,
                measured=measured.share,
                low=measured.low,
                high=measured.high,
                treated=measured.treated,
                control=measured.control,
                weight=pooled.weight,
                pooled=pooled.share,
                spread=pooled.spread,
                before=own[tier],
                after=after,
                version=made.version,
                learned_at=now,
            )
            changed += 1
    return changed


def _spread(treatment: str, group: str, prior: float) -> float:
    """How sure the present share is: as the last play left it, where that still counts."""
    last = Lesson.objects.filter(treatment=treatment, reason_group=group, taken_back_at=None).first()
    now = {
        (one.tier, one.version)
        for one in current_assumptions()
        if one.treatment.code == treatment and one.reason_group == group
    }
    return last.spread if last and (last.tier, last.version) in now else core.prior_spread(prior)


def take_back(*, lesson_id: int, actor: str, now: datetime) -> None:
    """Put the earlier value of a line back; a second time changes nothing.

    Raises LearningError where there is no such lesson, or somebody changed the line since.
    """
    with transaction.atomic():
        row = Lesson.objects.select_for_update().filter(pk=lesson_id).first()
        if row is None:
            raise LearningError("unknown")
        if row.taken_back_at:
            return
        now_counts = {
            (one.treatment.code, one.tier, one.reason_group): one.version for one in current_assumptions()
        }
        if now_counts.get((row.treatment, row.tier, row.reason_group)) != row.version:
            raise LearningError("changed_since")
        plays.set_assumption(
            treatment=row.treatment,
            tier=row.tier,
            reason_group=row.reason_group,
            saved_share=row.before,
            actor=actor,
        )
        row.taken_back_at, row.taken_back_by = now, actor
        row.save(update_fields=["taken_back_at", "taken_back_by"])


def _training(play: PlayView, units: Units, sample: Sample, found: Outcomes) -> Mapping[str, Any]:
    scores = _scores(units, play.cycle_id)
    count = len(units)
    keys = [units.arms[place] for place in sample.arm]
    finite = np.isfinite(found.next_day)
    return {
        "person": [rows.person(one) for one in sample.customer_id],
        "play": [play.code] * count,
        "arm": keys,
        "treatment": [play.arm(key).treatment_code for key in keys],
        "treated": [not play.arm(key).is_control for key in keys],
        "propensity": sample.propensity,
        "assigned_at": pa.array(units.assigned_at, pa.timestamp("us")).cast(rows.MOMENT),
        "outcome_days": np.full(count, play.outcome_days, dtype=np.int32),
        "tier": units.tier.tolist(),
        "reason": units.reason.tolist(),
        "risk_level": units.risk_level.tolist(),
        "clv": units.clv,
        **scores,
        **{name: units.covariates[name] for name in units.covariates},
        "ordered": finite,
        "next_day": pa.array(found.next_day, mask=~finite),
        "revenue": found.revenue,
        "contribution": found.contribution,
        "cost": sample.cost,
        "satisfaction": pa.array(found.satisfaction, mask=~np.isfinite(found.satisfaction)),
        "complaints": found.complaints,
        "unsubscribed": found.unsubscribed,
    }


def _scores(units: Units, cycle_id: str) -> dict[str, Any]:
    """What the cycle before the lot said of each member; none where it said nothing."""
    place = {one: number for number, one in enumerate(units.customer_id)}
    found = {name: np.full(len(units), np.nan) for name in SCORES}
    if cycle_id:
        with engine() as running:
            scored = history.scan("scores", engine=running)
            chosen = scored.filter(scored.cycle_id == cycle_id)
            asked = ibis.memtable(pa.table({"customer_id": pa.array(list(place), pa.string())}))
            columns = {name: chosen[name].cast("float64") for name in SCORES}
            both = asked.join(chosen.select("customer_id", **columns), "customer_id")
            for row in running.execute(both).to_pylist():
                for name in SCORES:
                    found[name][place[row["customer_id"]]] = row[name]
    return {name: pa.array(values, mask=np.isnan(values)) for name, values in found.items()}
