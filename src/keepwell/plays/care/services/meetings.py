"""Private meetings every quarter: proposed with guests and themes, approved by somebody (COM-21)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from keepwell.accounts import queries as people
from keepwell.foundation.audit import services as audit
from keepwell.outreach import core as outreach
from keepwell.outreach.contracts import Kind, TaskError
from keepwell.outreach.services import tasks
from keepwell.plays.care import core, defaults
from keepwell.plays.care.contracts import CareError, NoPlanError
from keepwell.plays.care.models import Activity, Guest, Series
from keepwell.plays.care.queries import meetings, money
from keepwell.plays.care.services import checks
from keepwell.plays.care.services.inviting import ACTOR

KIND = "private_meeting"
CHANNELS = ("email", "sms", "wecom", "whatsapp")
CAPACITY_MAX = 100
NAME_MAX = 120
PROPOSED_BEFORE = timedelta(days=42)  # before the quarter begins
FIRST_AFTER = timedelta(days=20)  # in the quarter, and from today: invitations need time
BEGINS_AT = time(10)
APPROVE_WITHIN = timedelta(days=14)


def save_series(*, values: Mapping[str, Any], actor: str, now: datetime) -> int:
    """Begin a series; its number.

    `values`: name, segment_id, place, capacity, channel, hosts, owner_id. Raises CareError for what will
    not do.
    """
    if not str(values["name"]).strip() or len(str(values["name"])) > NAME_MAX:
        raise CareError(_("Please give it a name."))
    if values["channel"] not in CHANNELS:
        raise CareError(_("Please choose kind and channel of the list."))
    if not 1 <= int(values["capacity"]) <= CAPACITY_MAX:
        raise CareError(_("Please say how many seats there are."))
    with transaction.atomic():
        row = Series.objects.create(**values, made_at=now, made_by=actor)
        _log(row, actor, now)
    return int(row.pk)


def switch(*, series_id: int, active: bool, actor: str, now: datetime) -> None:
    """Stop proposing meetings of a series, or go on; raises NoPlanError."""
    with transaction.atomic():
        row = Series.objects.select_for_update(of=("self",)).filter(pk=series_id).first()
        if row is None:
            raise NoPlanError(series_id)
        row.active = active
        row.save(update_fields=["active"])
        _log(row, actor, now)


def _log(row: Series, actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action="care.series.save",
        object_type="care_series",
        object_id=str(row.pk),
        details={"active": row.active, "capacity": row.capacity},
        at=now,
    )


def propose_due(*, now: datetime) -> int:
    """Propose the next meeting of every series that has none in the quarter that is coming; how many."""
    day = timezone.localdate(now)
    quarter = core.quarter_of(day + PROPOSED_BEFORE)
    done = Activity.objects.filter(quarter=quarter, series__isnull=False).values("series")
    made = 0
    for number in list(Series.objects.filter(active=True).exclude(pk__in=done).values_list("pk", flat=True)):
        with transaction.atomic():
            row = Series.objects.select_for_update(of=("self",)).filter(pk=number, active=True).first()
            if row is not None and not Activity.objects.filter(series=row, quarter=quarter).exists():
                _propose(row, quarter, day, now)
                made += 1
    return made


def _propose(row: Series, quarter: str, day: date, now: datetime) -> None:
    """A meeting with guests and what troubles them; nobody is invited before somebody approves."""
    found = meetings.strategic(row)
    themes = meetings.themes([number for number, _why in found], now=now)
    at = datetime.combine(_first_day(quarter, day), BEGINS_AT, tzinfo=timezone.get_default_timezone())
    activity = Activity.objects.create(
        name=f"{row.name} {quarter}"[:NAME_MAX],
        kind=KIND,
        at=at,
        place=row.place,
        capacity=row.capacity,
        status="proposed",
        owner_id=row.owner_id,
        currency=money.currency(),
        segment_id=row.segment_id,
        channel=row.channel,
        hosts=row.hosts,
        checklist=[[code, False] for code in defaults.CHECKLIST],
        remind_days=[7, 1],
        themes=[[one.code, one.customers, one.source] for one in themes],
        series=row,
        quarter=quarter,
        made_at=now,
        made_by=ACTOR,
    )
    Guest.objects.bulk_create(
        [Guest(activity=activity, customer_id=number, why=why) for number, why in found]
    )
    details = {"quarter": quarter, "guests": len(found), "themes": len(themes)}
    checks.note(activity, "care.meeting.propose", ACTOR, now, details)
    _ask(row, quarter, now)


def _first_day(quarter: str, today: date) -> date:
    """A working day in the quarter that leaves time for invitations."""
    year, _dash, part = quarter.partition("-Q")
    begins = date(int(year), 3 * int(part) - 2, 1)
    return outreach.working_day(max(begins, today) + FIRST_AFTER, 1)


def _ask(row: Series, quarter: str, now: datetime) -> None:
    """A task for whoever runs the series; for the queue where they can do none."""
    reader = people.user(row.owner_id) if row.owner_id is not None else None
    with translation.override((reader.language if reader else "") or settings.LANGUAGE_CODE):
        title = _("Approve the private meeting of %(quarter)s: guests and themes") % {"quarter": quarter}
    for assignee in dict.fromkeys((row.owner_id, None)):
        try:
            tasks.create(
                kind=Kind.OTHER,
                title=title,
                assignee_id=assignee,
                due_at=now + APPROVE_WITHIN,
                idempotency_key=f"care-meeting:{row.pk}:{quarter}",
                actor=ACTOR,
                now=now,
            )
        except TaskError:
            continue
        return


def decide(*, activity_id: int, approved: bool, actor: str, now: datetime) -> None:
    """Approve a proposed meeting, so that guests can be invited, or drop it for this quarter.

    Raises CareError where it is no proposal any more, or its day has passed.
    """
    with transaction.atomic():
        row = checks.locked(activity_id)
        if row.status != "proposed":
            raise CareError(_("This is no proposal any more."))
        if approved and row.at <= now:
            raise CareError(_("Please choose a day to come."))
        row.status = "planned" if approved else "cancelled"
        row.save(update_fields=["status"])
        checks.note(row, "care.meeting.decide", actor, now, {"approved": approved})
