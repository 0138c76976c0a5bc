"""Find the members of a play and deal them out, in parts; whoever dies is taken over where they were.

Everybody of the segment or plan is looked at in the order of customer numbers, part by part, each in one
transaction with the place it came to. When all are known, the lot (`core.deal`) follows from their numbers,
strata and the salt alone, so that whoever computes it again writes the same members. They are written in
parts too, and the play runs when the last one is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
from django.db import transaction

from keepwell.history import services as history
from keepwell.insight import queries as insight
from keepwell.outreach.content import queries as content
from keepwell.outreach.sending.services import queueing
from keepwell.plays.experiments import core, past, sieve
from keepwell.plays.experiments.contracts import PlayError, PlayView, State, Status
from keepwell.plays.experiments.models import Arm, Candidate, Member, PassedOver, Play
from keepwell.plays.experiments.services.drafting import locked, log, viewed

PART = 5_000
AT_ONCE = 50_000  # so many are dealt out while somebody waits; the worker does the rest
SOURCE = "keepwell"
FIGURES = ("customer_id", "tier", "risk_level", "reason", "grade", "owner_id", "clv")


def start(*, play_id: int, actor: str, now: datetime, typed: int | None = None) -> PlayView:
    """Deal members out and let the play run; outcomes count from `now` on.

    `typed` is how many are in the segment or plan, as somebody has read it; None asks nobody. Where there
    are more than `AT_ONCE` the worker carries on. Raises PlayError for what is missing or empty.
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
    while parts < AT_ONCE // PART and proceed(play_id=play_id, now=now):
        parts += 1
    return viewed(play_id)


def obstacles(row: Play, *, now: datetime) -> dict[str, str]:
    """Why a play cannot start as things are; empty where it can."""
    if row.ends_on < now.date():
        return {"ends_on": "past"}
    for one in row.arms.all():
        if one.text_code and content.published(one.text_code) is None:
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
        return _deal_out(row)


def work_waits() -> bool:
    """Whether a play waits for being dealt out."""
    return Play.objects.filter(status=Status.STARTING).exists()


def work(*, now: datetime) -> int:
    """Carry on with the plays that are starting; how many run now."""
    done = 0
    for play_id in Play.objects.filter(status=Status.STARTING).order_by("pk").values_list("pk", flat=True):
        while proceed(play_id=play_id, now=now):
            pass
        done += 1
    return done


def _fix_texts(row: Play) -> None:
    brand = content.brand().version
    for arm in row.arms.exclude(text_code=""):
        version = content.published(arm.text_code)
        arm.text_version, arm.brand_version = version.number if version else None, brand
        arm.save(update_fields=["text_version", "brand_version"])


def _gather(row: Play) -> None:
    asked = list(islice(sieve.asked_for(row, after=row.cursor), PART))
    kept, passed = sieve.sift(row, asked)
    Candidate.objects.bulk_create(
        [Candidate(play=row, **vars(one)) for one in kept], batch_size=500, ignore_conflicts=True
    )
    PassedOver.objects.bulk_create(
        [PassedOver(play=row, customer_id=one, cause=cause) for one, cause in passed.items()],
        batch_size=500,
        ignore_conflicts=True,
    )
    row.gathered = len(asked) < PART
    row.cursor = "" if row.gathered else asked[-1]
    row.save(update_fields=["gathered", "cursor"])


def _deal_out(row: Play) -> bool:
    """Write the next part of the members; the last one lets the play run."""
    found = list(Candidate.objects.filter(play=row).order_by("customer_id").values_list(*FIGURES, named=True))
    arms = list(row.arms.order_by("position"))
    view_shares = core.shares(row.control_share, {one.key: one.weight for one in arms if not one.is_control})
    strata = [f"{one.tier}/{one.risk_level}" for one in found]
    dealt = core.deal(
        [one.customer_id for one in found], strata, view_shares, sieve.limits(row, arms), salt=row.salt
    )
    places = dealt.chosen
    begin = sum(found[place].customer_id <= row.cursor for place in places) if row.cursor else 0
    part = slice(begin, begin + PART)
    _write(row, arms, [found[p] for p in places[part]], dealt.arm[part], dealt.propensity[part])
    if begin + PART < len(places):
        row.cursor = found[places[begin + PART - 1]].customer_id
        row.save(update_fields=["cursor"])
        return True
    _finish(row, {one.customer_id for one in found} - {found[p].customer_id for p in places}, len(places))
    return False


def _write(
    row: Play, arms: Sequence[Arm], people: Sequence[Any], arm: np.ndarray, propensity: np.ndarray
) -> None:
    assert row.started_at is not None
    before = past.before([one.customer_id for one in people], at=row.started_at, days=row.past_days)
    members = []
    for place, one in enumerate(people):
        mine = arms[int(arm[place])]
        known = {
            name: None if np.isnan(values[place]) else float(values[place]) for name, values in before.items()
        }
        members.append(
            Member(
                play=row,
                arm=mine,
                propensity=float(propensity[place]),
                assigned_at=row.started_at,
                state=State.WITHHELD if mine.is_control else State.PLANNED,
                cause="control" if mine.is_control else "",
                **one._asdict(),
                **known,
            )
        )
    Member.objects.bulk_create(members, batch_size=500)
    kept_out = [one for one in members if one.arm.is_control]
    channel = next((one.channel for one in arms if one.channel), "") or "phone"
    history.record_many(
        facts=[("contacts", _control_fact(row, one, channel)) for one in kept_out], source=SOURCE
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


def _finish(row: Play, without_room: set[str], members: int) -> None:
    PassedOver.objects.bulk_create(
        [PassedOver(play=row, customer_id=one, cause="no_room") for one in sorted(without_room)],
        batch_size=500,
        ignore_conflicts=True,
    )
    Candidate.objects.filter(play=row).delete()
    row.status, row.cursor, row.planned_units = Status.RUNNING, "", row.planned_units or members
    row.save(update_fields=["status", "cursor", "planned_units"])
    log("play.dealt_out", row, {"members": members}, row.started_by, row.started_at)  # type: ignore[arg-type]
