"""Plans: for one customer, for a segment, paused and ended, and what reactions change in them."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach import core as outreach
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy import services as policy_services
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.services import tasks
from keepwell.plays.care import core, defaults
from keepwell.plays.care.contracts import (
    DAYS_OF_RESPECT,
    ActStatus,
    AssignPreview,
    CareError,
    LineSpec,
    NoPlanError,
    Occasion,
    PlanStatus,
    Reaction,
)
from keepwell.plays.care.models import Act, Decision, PassedOver, Plan, PlanLine
from keepwell.plays.care.queries import catalogue, plans
from keepwell.plays.care.services import checks

MEMBERS_MAX = 20_000
CHUNK = 500
FIRST_DAYS = 7
LOOK_AGAIN = timedelta(days=8)  # long enough ago to be looked up by the worker's next round
OWN_KINDS = ("anniversary", "wedding")
Days = Mapping[str, frozenset[tuple[str, date]]]


def assign(
    *,
    customer_id: str,
    template: str,
    actor: str,
    now: datetime,
    owner_id: int | None = None,
    lines: Sequence[LineSpec] | None = None,
) -> int:
    """Begin a plan for a customer from a ready-made one, or with `lines` of their own; its number.

    Raises CareError where there is a plan already, no such template or customer, or lines that will not do.
    """
    found = catalogue.template(template) if template else None
    if template and found is None:
        raise CareError(_("There is no such care plan."))
    specs = tuple(lines) if lines is not None else found.lines if found else ()
    checks.lines(specs)
    if not customers.existing([customer_id]):
        raise CareError(_("There is no customer with this number."))
    with transaction.atomic():
        if Plan.objects.filter(customer_id=customer_id, ended_at=None).exists():
            raise CareError(_("This customer has a care plan already."))
        owner = owner_id if owner_id is not None else customers.owner_of(customer_id)
        today = timezone.localdate(now)
        (row,) = _create(
            [customer_id], {customer_id: owner}, template, specs, today, actor, now, spread=False
        )
        audit.log(
            actor=actor,
            action="care.assign",
            object_type="care_plan",
            object_id=str(row.pk),
            details={"customer_id": customer_id, "template": template},
            at=now,
        )
    return int(row.pk)


def assign_many(
    *, segment_id: int, template: str, owner_ids: Collection[int] | None, actor: str, now: datetime
) -> AssignPreview:
    """Give a ready-made plan to the members of a segment; who has one keeps it, who is kept aside gets none.

    `owner_ids`: whose customers may be planned for (None: everybody's). First acts are spread over their
    rhythm, so that nobody has them all on one day. Each part of 500 is a transaction; again is harmless.

    Raises CareError for an unknown template, or more than 20,000 members.
    """
    found = catalogue.template(template)
    if found is None or not found.active:
        raise CareError(_("There is no such care plan."))
    if segments.size(segment_id) > MEMBERS_MAX:
        raise CareError(
            _("At most %(most)s customers can be given a plan at once. Narrow the segment down.")
            % {"most": f"{MEMBERS_MAX:,}"}
        )
    checks.lines(found.lines)
    policy_services.begin_holdout(actor=actor, now=now)
    today = timezone.localdate(now)
    said = plans.preview(segment_id=segment_id, template=template, owner_ids=owner_ids, most=MEMBERS_MAX)
    made = 0
    for part in _parts(segments.member_ids(segment_id, owner_ids=owner_ids)):
        made += _assign_part(part, template, found.lines, today, actor, now)
    audit.log(
        actor=actor,
        action="care.assign_many",
        object_type="segment",
        object_id=str(segment_id),
        details={"template": template, "plans": made},
        at=now,
    )
    return replace(said, fresh=made)


def _parts(numbers: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(numbers)
    while part := list(islice(rest, CHUNK)):
        yield part


def _assign_part(
    part: list[str], template: str, specs: Sequence[LineSpec], today: date, actor: str, now: datetime
) -> int:
    with transaction.atomic():
        has_plan = plans.with_plan(part)
        free = [one for one in part if one not in has_plan]
        aside = policy.held_out(free)
        PassedOver.objects.bulk_create(
            [PassedOver(customer_id=one, template=template, at=now) for one in sorted(aside)],
            ignore_conflicts=True,
        )
        fresh = [one for one in free if one not in aside]
        owners = customers.owners_of(fresh)
        return len(_create(fresh, owners, template, specs, today, actor, now, spread=True))


def _create(
    numbers: Sequence[str],
    owners: Mapping[str, int | None],
    template: str,
    specs: Sequence[LineSpec],
    today: date,
    actor: str,
    now: datetime,
    *,
    spread: bool,
) -> list[Plan]:
    rows = Plan.objects.bulk_create(
        [
            Plan(
                customer_id=one,
                template=template,
                owner_id=owners.get(one),
                started_on=today,
                made_at=now,
                made_by=actor,
                dealt=spread,
            )
            for one in numbers
        ]
    )
    days = own_days(numbers, {one.occasion for one in specs}, today)
    lines = [
        _line(row, spec, days, today, spread=spread, place=place)
        for row in rows
        for place, spec in enumerate(specs)
    ]
    PlanLine.objects.bulk_create(lines)
    return list(rows)


def own_days(numbers: Collection[str], occasions: Collection[str], today: date) -> Days:
    """Birthdays and anniversaries of the coming year, where an occasion asks for them."""
    if not set(DAYS_OF_RESPECT) & set(occasions):
        return {}
    last = today + timedelta(days=core.YEAR_DAYS)
    return customers.days_of(numbers, first_on=today, last_on=last, kinds=OWN_KINDS)


def _line(row: Plan, spec: LineSpec, days: Days, today: date, *, spread: bool, place: int = 0) -> PlanLine:
    looked_on = today
    next_on = first_day(spec, row.customer_id, days, today, spread=spread, place=place)
    if spec.occasion == Occasion.REPLENISHMENT:
        looked_on = today - LOOK_AGAIN  # the worker reads what was bought
    return PlanLine(
        plan=row,
        act=spec.act,
        occasion=spec.occasion,
        every_weeks=spec.every_weeks,
        channel=spec.channel,
        budget=spec.budget,
        lead_days=spec.lead_days,
        by=spec.by,
        text_code=spec.text_code,
        next_on=next_on,
        looked_on=looked_on,
    )


def first_day(
    spec: LineSpec, customer_id: str, days: Days, today: date, *, spread: bool, place: int = 0
) -> date | None:
    """When a line's first act comes; None where it is not known.

    Lines of one plan begin a week apart, within their rhythm; those of many are spread all over it.
    """
    if spec.occasion == Occasion.EVERY:
        span = max(1, spec.every_weeks * 7 - FIRST_DAYS)
        offset = min(place * 7, span - 1)
        if spread:
            offset = zlib.crc32(f"{customer_id}/{spec.act}".encode()) % span
        return outreach.working_day(today + timedelta(days=FIRST_DAYS + offset - 1), 1)
    return day_of(spec.occasion, days.get(customer_id, frozenset()))


def day_of(occasion: str, days: Iterable[tuple[str, date]]) -> date | None:
    """The next of somebody's days that an occasion means."""
    if occasion == Occasion.BIRTHDAY:
        return min((day for kind, day in days if kind == "birthday"), default=None)
    if occasion == Occasion.ANNIVERSARY:
        return min((day for kind, day in days if kind in OWN_KINDS), default=None)
    return None


def locked(plan_id: int) -> Plan:
    """The plan, this transaction's alone; raises NoPlanError."""
    row = Plan.objects.select_for_update(of=("self",)).filter(pk=plan_id, ended_at=None).first()
    if row is None:
        raise NoPlanError(plan_id)
    return row


def set_lines(*, plan_id: int, lines: Sequence[LineSpec], actor: str, now: datetime) -> None:
    """Give a plan these lines; acts that are planned and not begun are made anew. Raises CareError."""
    checks.lines(lines)
    with transaction.atomic():
        row = locked(plan_id)
        today = timezone.localdate(now)
        planned = Act.objects.filter(plan=row, line__isnull=False, status=ActStatus.PLANNED)
        first = dict(planned.order_by().values_list("line").annotate(on=Min("due_on")))
        planned.delete()
        old_lines = list(row.lines.all())
        before = {_key(one): one for one in old_lines}
        days = own_days([row.customer_id], {one.occasion for one in lines}, today)
        made: list[PlanLine] = []
        gone_on: list[PlanLine | None] = []
        for spec in lines:
            line = _line(row, spec, days, today, spread=False, place=len(made))
            old = before.pop(_key(line), None)
            if old is not None:
                _go_on(line, old, first.get(old.pk), today)
            made.append(line)
            gone_on.append(old)
        for line, old in zip(PlanLine.objects.bulk_create(made), gone_on, strict=True):
            if old is not None:
                Act.objects.filter(line=old).update(line=line)
        PlanLine.objects.filter(pk__in=[one.pk for one in old_lines]).delete()
        _log(row, "care.lines", actor, now, {"lines": len(made)})


def _go_on(line: PlanLine, old: PlanLine, planned_on: date | None, today: date) -> None:
    """Have a line take the place of an old one: what was planned of that is made anew, what has begun is not.

    `planned_on` is the first day of what was planned.
    """
    days = [one for one in (planned_on, old.next_on) if one is not None and one >= today]
    if days:
        line.next_on = min(days)
    elif old.next_on is None and Act.objects.filter(line=old, due_on__gte=today).exists():
        # Of this birthday there is an act already: the next one is looked up once it is over.
        line.next_on, line.looked_on = None, old.looked_on


def _key(line: PlanLine) -> tuple[str, str, int]:
    return (line.act, line.occasion, line.every_weeks)


def pause(*, plan_id: int, actor: str, now: datetime) -> None:
    """Let nothing new begin; what has begun goes on."""
    _set(plan_id, PlanStatus.PAUSED, "care.pause", actor, now)


def resume(*, plan_id: int, actor: str, now: datetime) -> None:
    """Let the plan go on; what fell into the pause is left out."""
    today = timezone.localdate(now)
    with transaction.atomic():
        _set(plan_id, PlanStatus.ACTIVE, "care.resume", actor, now)
        past = Act.objects.filter(plan=plan_id, status=ActStatus.PLANNED, due_on__lt=today)
        past.update(status=ActStatus.SKIPPED, outcome="paused", finished_at=now)


def end(*, plan_id: int, actor: str, now: datetime) -> None:
    """End the plan: what is planned is left out, and open tasks are not needed any more."""
    with transaction.atomic():
        row = locked(plan_id)
        wind_up(row, actor=actor, now=now)
        _log(row, "care.end", actor, now, {})


def wind_up(row: Plan, *, actor: str, now: datetime) -> list[int]:
    """End a plan with what it still had to do, in the caller's transaction; the planned acts left out."""
    running = Act.objects.filter(plan=row, status=ActStatus.RUNNING)
    open_tasks = list(running.filter(task__isnull=False).values_list("task_id", flat=True))
    planned = Act.objects.filter(plan=row, status=ActStatus.PLANNED)
    left_out = list(planned.order_by("pk").values_list("pk", flat=True))
    planned.update(status=ActStatus.SKIPPED, outcome="ended", finished_at=now)
    row.status, row.ended_at = PlanStatus.ENDED, now
    row.save(update_fields=["status", "ended_at"])
    queued = running.exclude(message_id="").values_list("message_id", flat=True)
    queueing.take_back(message_ids=queued, actor=actor, now=now)
    if open_tasks:
        tasks.cancel(task_ids=open_tasks, actor=actor, now=now)
    return left_out


def _set(plan_id: int, status: PlanStatus, action: str, actor: str, now: datetime) -> None:
    with transaction.atomic():
        row = locked(plan_id)
        row.status = status
        row.save(update_fields=["status"])
        _log(row, action, actor, now, {})


def _log(row: Plan, action: str, actor: str, now: datetime, details: Mapping[str, object]) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="care_plan",
        object_id=str(row.pk),
        details={"customer_id": row.customer_id, **details},
        at=now,
    )


def decide(*, plan_id: int, reaction: Reaction, accepted: bool, actor: str, now: datetime) -> None:
    """Accept or decline what reactions propose (EMO-12); it is not proposed again for a while."""
    with transaction.atomic():
        row = locked(plan_id)
        if accepted and reaction.kind == "pause":
            until = timezone.localdate(now) + timedelta(days=catalogue.rules().pause_days)
            row.greetings_paused_until = until
            row.save(update_fields=["greetings_paused_until"])
        elif accepted:
            _switch(row, reaction.channel, reaction.other)
        Decision.objects.create(
            plan=row,
            key=reaction.key,
            accepted=accepted,
            figures=dict(reaction.figures),
            at=now,
            actor=actor,
        )
        action = "care.accept" if accepted else "care.decline"
        _log(row, action, actor, now, {"proposal": reaction.key, **reaction.figures})


def _switch(row: Plan, channel: str, other: str) -> None:
    """Lines and planned acts by `channel` go by `other`, as the act that this channel allows."""
    rows: list[PlanLine | Act] = [*row.lines.filter(channel=channel)]
    rows += Act.objects.filter(plan=row, channel=channel, status=ActStatus.PLANNED)
    for one in rows:
        kind = defaults.ACTS[one.act]
        if other not in kind.channels:
            instead = "call" if other == "phone" else "greeting"
            if not kind.greets or other not in defaults.ACTS[instead].channels:
                continue
            one.act = instead
        one.channel, one.by, one.text_code = other, "task", ""
        one.save(update_fields=["act", "channel", "by", "text_code"])
