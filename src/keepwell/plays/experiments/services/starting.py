"""Find the members of a play and deal them out, in parts; whoever dies is taken over where they were.

Everybody of the segment or plan is looked at in the order of customer numbers, part by part, each in one
transaction with the place it came to. When all are known, the lot (`core.deal`) follows from their numbers,
strata and the salt alone, and is kept in one transaction. Members are made of it in parts, and the play runs
when the last one is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

import numpy as np
from django.db import transaction
from django.utils import timezone

from keepwell.foundation import clock
from keepwell.foundation.rows import write_many
from keepwell.history import services as history
from keepwell.insight import queries as insight
from keepwell.outreach.content import queries as content
from keepwell.outreach.sending.services import queueing
from keepwell.plays.experiments import core, past, sieve
from keepwell.plays.experiments.contracts import Passed, PlayError, PlayView, State, Status
from keepwell.plays.experiments.models import Candidate, Member, PassedOver, Play
from keepwell.plays.experiments.services.drafting import locked, log, viewed
from keepwell.plays.experiments.ways import others_of, ways_of

PART = 5_000
PARTS_AT_ONCE = 8  # while somebody waits: about 15,000 customers; the worker does the rest
SOURCE = "keepwell"
DEALT = ("pk", "customer_id", "tier", "risk_level")
FIGURES = ("customer_id", "tier", "risk_level", "reason", "grade", "owner_id", "clv")


def start(*, play_id: int, actor: str, now: datetime, typed: int | None = None) -> PlayView:
    """Deal members out and let the play run; outcomes count from `now` on.

    `typed` is how many are in the segment or plan, as somebody has read it; None asks nobody. Where there
    are many, the worker carries on. Raises PlayError for what is missing or empty.
    """
    with transaction.atomic():
        row = locked(play_id, "start")
        if found := obstacles(row, now=now):
            raise PlayError(found)
        size = sieve.size(row)
        if not size:
            raise PlayError({"": "empty"})
        if typed is not None and typed != size:
            raise PlayError({"typed": "wrong_count"})
        cycle = insight.current_cycle()
        row.started_at, row.started_by, row.cycle_id = now, actor, cycle.cycle_id if cycle else ""
        row.cursor, row.gathered = "", False
        row.save()
        _fix_texts(row)
        log("play.start", row, {"asked": size}, actor, now)
    parts = 0
    while parts < PARTS_AT_ONCE and proceed(play_id=play_id, now=now):
        parts += 1
    return viewed(play_id)


def obstacles(row: Play, *, now: datetime) -> dict[str, str]:
    """Why a play cannot start as things are; empty where it can."""
    today = timezone.localdate(now)
    if row.ends_on < today:
        return {"ends_on": "past"}
    if row.starts_on > today:
        # What members do counts from the lot on, and nobody is contacted before the first day.
        return {"starts_on": "too_early"}
    for one in row.arms.all():
        for way in ways_of(one):
            if way.text_code and content.published(way.text_code) is None:
                return {"arms": "not_published"}
    return {}


def proceed(*, play_id: int, now: datetime) -> bool:
    """One part of finding and dealing out; whether there is more. Several may do it at once."""
    with transaction.atomic():
        # All that are starting, in one order: two that want the same customer take turns.
        waiting = Play.objects.select_for_update(of=("self",)).filter(status=Status.STARTING).order_by("pk")
        row = next((one for one in waiting if one.pk == play_id), None)
        if row is None:
            return False
        if not row.gathered:
            _gather(row)
            return True
        if Candidate.objects.filter(play=row, arm=None).exists():
            _deal(row)
            return True
        return _become_members(row)


def work_waits() -> bool:
    """Whether a play waits for being dealt out."""
    return Play.objects.filter(status=Status.STARTING).exists()


def work(*, now: datetime) -> int:
    """Carry on with the plays that are starting; how many run now.

    One that cannot be dealt out holds up no other: its error is raised when all the others are done.
    """
    done, errors = 0, []
    for play_id in Play.objects.filter(status=Status.STARTING).order_by("pk").values_list("pk", flat=True):
        try:
            while proceed(play_id=play_id, now=now):
                pass
        except Exception as error:
            errors.append(error)
        else:
            done += 1
    if errors:
        raise errors[0]
    return done


def _fix_texts(row: Play) -> None:
    brand = content.brand().version
    for arm in row.arms.exclude(text_code=""):
        arm.text_version, arm.brand_version = _published(arm.text_code), brand
        arm.others = [replace(one, text_version=_published(one.text_code)).kept() for one in others_of(arm)]
        arm.save(update_fields=["text_version", "brand_version", "others"])


def _published(text_code: str) -> int | None:
    version = content.published(text_code)
    return version.number if version else None


def _gather(row: Play) -> None:
    asked = list(islice(sieve.asked_for(row, after=row.cursor), PART))
    kept, passed = sieve.sift(row, asked, now=row.started_at or clock.now())
    Candidate.objects.bulk_create(
        [Candidate(play=row, **vars(one)) for one in kept], batch_size=500, ignore_conflicts=True
    )
    _pass_over(row, passed)
    row.gathered = len(asked) < PART
    row.cursor = "" if row.gathered else asked[-1]
    row.save(update_fields=["gathered", "cursor"])


def _deal(row: Play) -> None:
    """Give every candidate an arm, all at once; those for whom there is no room are passed over."""
    found = list(Candidate.objects.filter(play=row).order_by("customer_id").values_list(*DEALT, named=True))
    arms = list(row.arms.order_by("position"))
    shares = core.shares(row.control_share, {one.key: one.weight for one in arms if not one.is_control})
    dealt = core.deal(
        [one.customer_id for one in found],
        [f"{one.tier}/{one.risk_level}" for one in found],
        shares,
        sieve.limits(row, arms),
        salt=row.salt,
    )
    chosen = zip(dealt.chosen.tolist(), dealt.arm.tolist(), dealt.propensity.tolist(), strict=True)
    write_many(Candidate, ["arm", "propensity"], ((found[p].pk, arms[a].pk, share) for p, a, share in chosen))
    without = Candidate.objects.filter(play=row, arm=None)
    _pass_over(row, dict.fromkeys(without.values_list("customer_id", flat=True), Passed.NO_ROOM.value))
    without.delete()


def _become_members(row: Play) -> bool:
    """Make members of the next candidates; the last ones let the play run. Whether there are more."""
    found = list(Candidate.objects.filter(play=row).order_by("customer_id")[:PART])
    if found:
        _write(row, found)
        Candidate.objects.filter(pk__in=[one.pk for one in found]).delete()
    if len(found) == PART:
        return True
    members = Member.objects.filter(play=row).count()
    row.status, row.planned_units = Status.RUNNING, row.planned_units or members
    row.save(update_fields=["status", "planned_units"])
    log("play.dealt_out", row, {"members": members}, row.started_by, row.started_at or clock.now())
    return False


def _write(row: Play, people: Sequence[Candidate]) -> None:
    assert row.started_at is not None, "it has been started"
    arms = {one.pk: one for one in row.arms.all()}
    before = past.before([one.customer_id for one in people], at=row.started_at, days=row.past_days)
    dealt = [(one, arms[one.arm_id]) for one in people if one.arm_id is not None]
    members = [
        Member(
            play=row,
            arm=arm,
            propensity=one.propensity or 0.0,
            assigned_at=row.started_at,
            state=State.WITHHELD if arm.is_control else State.PLANNED,
            cause="control" if arm.is_control else "",
            **{name: getattr(one, name) for name in FIGURES},
            **{name: _known(values[place]) for name, values in before.items()},
        )
        for place, (one, arm) in enumerate(dealt)
    ]
    Member.objects.bulk_create(members, batch_size=500)
    channel = next((one.channel for one in arms.values() if one.channel), "") or "phone"
    kept_out = [_control_fact(row, one, channel) for one in members if one.arm.is_control]
    history.record_many(facts=[("contacts", fact) for fact in kept_out], source=SOURCE)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _pass_over(row: Play, causes: Mapping[str, str]) -> None:
    PassedOver.objects.bulk_create(
        [PassedOver(play=row, customer_id=one, cause=cause) for one, cause in causes.items()],
        batch_size=500,
        ignore_conflicts=True,
    )


def _control_fact(row: Play, member: Member, channel: str) -> dict[str, object]:
    return {
        "contact_id": queueing.message_id(key(row.pk, member.customer_id)),
        "customer_id": member.customer_id,
        "at": member.assigned_at,
        "channel": channel,
        "play": row.code,
        "arm": member.arm.key,
        "propensity": member.propensity,
        "purpose": "marketing",
        "status": "withheld",
        "reason": "control",
    }


def key(play_id: int, customer_id: str) -> str:
    """By which the contact of a member is the same, however often it is asked for."""
    return f"play/{play_id}/{customer_id}"
