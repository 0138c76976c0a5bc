"""Remedies: switched on by a person, started by themselves for whoever meets the friction."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import Kind as TextKind
from keepwell.outreach.contracts import Kind, Response, TaskError
from keepwell.outreach.coupons.services import with_text
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys import services as journey_services
from keepwell.outreach.journeys.contracts import Entrant, JourneyError
from keepwell.outreach.journeys.contracts import Status as JourneyStatus
from keepwell.outreach.sending import recipes
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import legal
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.services import tasks
from keepwell.outreach.touchpoints import core, measuring, queries, rows
from keepwell.outreach.touchpoints.contracts import ACTOR, FrictionView, Looked, MapError, Outcome, Remedy
from keepwell.outreach.touchpoints.core import Meeting
from keepwell.outreach.touchpoints.models import Friction, Sighting
from keepwell.outreach.touchpoints.services.editing import wrong_remedy

logger = logging.getLogger("keepwell.touchpoints")
# What was met longer ago starts nothing: a remedy comes at once or not at all. What is told late may still be
# in time; it also bounds what is read at each look.
FRESH = timedelta(hours=48)
USEFUL = timedelta(hours=72)
CHANNEL_OF = {TextKind.EMAIL: "email", TextKind.SMS: "sms"}
BY_CHANNEL = {"phone": Kind.CALL, "visit": Kind.VISIT}


def switch_on(*, friction_id: int, actor: str, now: datetime) -> FrictionView:
    """Let the remedy start by itself, from now on: what was met before starts nothing. Audited.

    Raises MapError where there is no remedy, or it could not start: a journey that is not on, a text that is
    not published.
    """
    with transaction.atomic():
        row = _locked(friction_id)
        if not row.remedy or not row.fact:
            raise MapError(
                {"remedy": _("Please say first what is kept ready, and how the friction is seen.")}
            )
        wrong = wrong_remedy(row) or _not_ready(row)
        if wrong:
            raise MapError(wrong)
        if not row.is_on:
            row.is_on, row.on_at, row.on_by, row.error = True, now, actor, ""
            row.save()
            _record(row, "on", actor, now)
    return rows.friction_view(row)


def switch_off(*, friction_id: int, actor: str, now: datetime) -> FrictionView:
    """Start nothing any more; what was started goes on. Audited. Raises MapError."""
    with transaction.atomic():
        row = _locked(friction_id)
        if row.is_on:
            row.is_on, row.error = False, ""
            row.save()
            _record(row, "off", actor, now)
    return rows.friction_view(row)


def _locked(friction_id: int) -> Friction:
    row = Friction.objects.select_for_update().filter(pk=friction_id, removed_at=None).first()
    if row is None:
        raise MapError({"name": _("This is no longer on the map.")})
    return row


def _record(row: Friction, what: str, actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"journey_map.remedy.{what}",
        object_type="journey_map",
        object_id=f"friction:{row.pk}",
        details={"remedy": row.remedy, "code": row.remedy_code},
        at=now,
    )


def _not_ready(row: Friction) -> dict[str, str]:
    if row.remedy == Remedy.JOURNEY:
        found = journeys.by_code(row.remedy_code)
        if found is None or found.status != JourneyStatus.ON:
            return {"remedy_code": _("Switch the journey on first.")}
    if row.remedy == Remedy.MESSAGE and content.published(row.remedy_code) is None:
        return {"remedy_code": _("Publish the text first.")}
    return {}


def work(now: datetime) -> Looked:
    """Look for people who met a friction whose remedy is on; idempotent, whoever else does it at once."""
    done: Counter[str] = Counter()
    for friction_id in Friction.objects.filter(is_on=True, removed_at=None).values_list("pk", flat=True):
        try:
            said = look(friction_id=friction_id, now=now)
        except Exception:
            # One that cannot be looked for does not hold up the others; it says so on the map.
            logger.exception("friction %s", friction_id)
            Friction.objects.filter(pk=friction_id).update(error="not_looked")
            continue
        Friction.objects.filter(pk=friction_id, error="not_looked").update(error="")
        done += Counter({"started": said.started, "passed": said.passed, "failed": said.failed})
    return Looked(done["started"], done["passed"], done["failed"])


def look(*, friction_id: int, now: datetime) -> Looked:
    """Start the remedy of one friction for those who met it since it was switched on and of late.

    Each meeting is dealt with once, whoever looks. The facts are read before anything is locked.
    """
    row = Friction.objects.filter(pk=friction_id, is_on=True, removed_at=None).first()
    fact = measuring.read(row.fact) if row else None
    if row is None or fact is None or row.on_at is None:
        return Looked()
    within = timedelta(hours=row.within_hours)
    since = max(row.on_at, now - FRESH)
    met = measuring.meetings(fact, measuring.read(row.unless), within, since=since, until=now)
    known = set(
        Sighting.objects.filter(friction=row, met_at__gte=since - within).values_list("customer_id", "met_at")
    )
    fresh = [one for one in met if one not in known]
    if not fresh:
        return Looked()
    people = {one for one, _at in fresh}
    first = min(at for _one, at in fresh)
    complaints = measuring.times(measuring.COMPLAINT, people, since=first, until=now)
    meant = queries.whom(row.segment, people) & customers.existing(people)
    with transaction.atomic():
        return _deal(friction_id, fresh, complaints, meant, now)


def _deal(
    friction_id: int,
    fresh: Sequence[Meeting],
    complaints: Mapping[str, Sequence[datetime]],
    meant: set[str],
    now: datetime,
) -> Looked:
    # Whoever else looks at the same time waits here and then finds the meetings dealt with.
    row = Friction.objects.select_for_update().filter(pk=friction_id, is_on=True).first()
    if row is None:
        return Looked()
    people = {one for one, _at in fresh}
    mine = Sighting.objects.filter(friction=row, customer_id__in=people)
    known = set(mine.values_list("customer_id", "met_at"))
    helped: dict[str, list[datetime]] = defaultdict(list)
    for customer_id, at in mine.filter(outcome=Outcome.STARTED).values_list("customer_id", "at"):
        helped[customer_id].append(at)
    chosen: list[Meeting] = []
    outcomes: dict[Meeting, Outcome] = {}
    for meeting in fresh:
        if meeting in known:
            continue
        said = core.decide(
            meeting,
            now=now,
            complaints=complaints.get(meeting[0], ()),
            helped=helped[meeting[0]],
            again=timedelta(days=row.again_days),
            is_one_of=meeting[0] in meant,
        )
        outcomes[meeting] = said
        if said is Outcome.STARTED:
            helped[meeting[0]].append(now)
            chosen.append(meeting)
    failed, error = _start(row, chosen, now)
    outcomes |= dict.fromkeys(failed, Outcome.FAILED)
    Sighting.objects.bulk_create(
        Sighting(friction=row, customer_id=customer_id, met_at=at, at=now, outcome=said)
        for (customer_id, at), said in outcomes.items()
    )
    row.looked_at, row.error = now, error
    row.save(update_fields=["looked_at", "error"])
    return Looked(len(chosen) - len(failed), len(outcomes) - len(chosen), len(failed))


def _start(row: Friction, chosen: Sequence[Meeting], now: datetime) -> tuple[set[Meeting], str]:
    """Start the remedy for each; those for whom it could not start, and why."""
    if not chosen:
        return set(), ""
    starters = {Remedy.JOURNEY: _journey, Remedy.MESSAGE: _message, Remedy.TASK: _task}
    return starters[Remedy(row.remedy)](row, chosen, now)


def _journey(row: Friction, chosen: Sequence[Meeting], now: datetime) -> tuple[set[Meeting], str]:
    found = journeys.by_code(row.remedy_code)
    if found is None:
        return set(chosen), "no_such_journey"
    # It begins now: the friction may be older than the journey takes causes to be fresh.
    entrants = [Entrant(one, _key(row, (one, at)), now) for one, at in chosen]
    try:
        journey_services.enter(journey_id=found.journey_id, entrants=entrants, now=now)
    except JourneyError as error:
        return set(chosen), error.code
    return set(), ""


def _message(row: Friction, chosen: Sequence[Meeting], now: datetime) -> tuple[set[Meeting], str]:
    template = content.get(row.remedy_code)
    if template is None or template.kind not in CHANNEL_OF:
        return set(chosen), "no_such_template"
    giver = with_text(
        row.remedy_code,
        keys={one: _key(row, (one, at)) for one, at in chosen},
        origin=f"friction:{row.pk}",
        actor=ACTOR,
        now=now,
    )
    said = recipes.words(row.remedy_code, [one for one, _at in chosen], now=now, giver=giver)
    drafts = [
        Draft(
            key=_key(row, (one, at)),
            customer_id=one,
            channel=CHANNEL_OF[template.kind],
            purpose=row.remedy_purpose,
            recipe=said[one].recipe,
            language=said[one].language,
            content=row.remedy_code,
            due_at=now,
            not_after=now + USEFUL,
            origin=f"friction:{row.pk}",
        )
        for one, at in chosen
        if one in said
    ]
    try:
        with transaction.atomic():
            queueing.queue(drafts=drafts, actor=ACTOR, now=now)
    except legal.NotReadyError:
        return set(chosen), "not_ready"
    return {meeting for meeting in chosen if meeting[0] not in said}, ""


def _task(row: Friction, chosen: Sequence[Meeting], now: datetime) -> tuple[set[Meeting], str]:
    """For whoever looks after the customer, else for the friction's owner, else into the queue."""
    workers = users.workers()
    owners = customers.owners_of({one for one, _at in chosen})
    failed: set[Meeting] = set()
    for meeting in chosen:
        owner = owners.get(meeting[0], 0)
        able = [one for one in (owner, row.owner_id) if one in workers]
        # Whoever does tasks may still not see this customer: then somebody else does it.
        for assignee in dict.fromkeys((*able, None)):
            language = str(getattr(workers.get(assignee or 0), "language", ""))
            with translation.override(language or translation.get_language()):
                title = rows.task_words(row)
            with suppress(TaskError):
                tasks.create(
                    kind=BY_CHANNEL.get(row.task_channel, Kind.MESSAGE),
                    actor=ACTOR,
                    now=now,
                    customer_id=meeting[0],
                    channel=row.task_channel,
                    title=title,
                    response=Response.SOLVE_PROBLEM,
                    due_at=now + timedelta(hours=row.due_hours),
                    assignee_id=assignee,
                    idempotency_key=_key(row, meeting),
                )
                break
        else:
            failed.add(meeting)
    return failed, ""


def _key(row: Friction, meeting: Meeting) -> str:
    """What is done about a meeting: the same however often it is tried."""
    return f"friction/{row.pk}/{meeting[0][:64]}/{int(meeting[1].timestamp() * 1_000_000)}"
