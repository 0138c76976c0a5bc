"""What falls due: lines make their next acts, acts become tasks or messages, messages come back.

`run` may be called as often as one likes, by several workers: an act of a line exists once a day, and each
act begins in a transaction of its own.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.outreach import core as outreach
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.coupons.services import with_text
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.contracts import Status as MessageStatus
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.recipes import words
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.services import tasks
from keepwell.plays.care import core, defaults, labels
from keepwell.plays.care.contracts import DAYS_OF_RESPECT, ActStatus, By, Occasion, PlanStatus
from keepwell.plays.care.models import Act, ActEvent, Plan, PlanLine
from keepwell.plays.care.queries import money
from keepwell.plays.care.services import inviting, meetings, seating
from keepwell.plays.care.services.acting import book
from keepwell.plays.care.services.planning import day_of, own_days
from keepwell.plays.care.services.stepping import ACTOR, log

logger = logging.getLogger("keepwell.care")
HORIZON = timedelta(days=60)  # acts are made so long before, so that plans can be looked at
LOOK_DAYS = 7
LINES_MAX = 2_000
LOOKED_MAX = 50  # what was bought is read customer by customer
ACTS_MAX = 500
ROUNDS_MAX = 4  # the next tick goes on
BEGIN_AT = time(10)
OVER = (MessageStatus.SENT, MessageStatus.WITHHELD, MessageStatus.FAILED, MessageStatus.TAKEN_BACK)


def run(*, now: datetime) -> dict[str, int]:
    """Everything that is due; how many of each."""
    today = timezone.localdate(now)
    found = {
        "looked_up": _look_up(today, now),
        "planned": _repeat(_plan_acts, today, now),
        "begun": _repeat(_begin, today, now),
        "messages": _messages(now),
        "places": seating.fill_all(now=now),
        "reminded": inviting.remind(now=now),
        "asked": inviting.ask(now=now),
        "meetings": meetings.propose_due(now=now),
    }
    return {name: count for name, count in found.items() if count}


def _repeat(work: Callable[[date, datetime], int], today: date, now: datetime) -> int:
    """Do a piece of work until nothing is left of it, so many times at most; how much it was."""
    total = 0
    for _round in range(ROUNDS_MAX):
        done = work(today, now)
        total += done
        if not done:
            break
    return total


def _look_up(today: date, now: datetime) -> int:
    """Days that were not known: a birthday that somebody wrote down since, a product bought since."""
    old = PlanLine.objects.filter(next_on=None, plan__ended_at=None)
    old = old.filter(looked_on__lte=today - timedelta(days=LOOK_DAYS)).select_related("plan")
    bought = list(old.filter(occasion=Occasion.REPLENISHMENT).order_by("looked_on", "pk")[:LOOKED_MAX])
    days = list(old.exclude(occasion=Occasion.REPLENISHMENT).order_by("looked_on", "pk")[:LINES_MAX])
    found = 0
    known = own_days({one.plan.customer_id for one in days}, {one.occasion for one in days}, today)
    for line in days:
        line.next_on = day_of(line.occasion, known.get(line.plan.customer_id, frozenset()))
        found += line.next_on is not None
    for line in bought:
        line.next_on = used_up_on(line.plan.customer_id, after=today, now=now)
        found += line.next_on is not None
    rows = [*days, *bought]
    for line in rows:
        line.looked_on = today
    PlanLine.objects.bulk_update(rows, ["next_on", "looked_on"], batch_size=500)
    return found


def used_up_on(customer_id: str, *, after: date, now: datetime) -> date | None:
    """When the next product of a customer is expected to be used up (PER-16); None: not known."""
    _use, owned = customers.purchases(customer_id, now=now)
    return min((one.due_on for one in owned if one.due_on is not None and one.due_on > after), default=None)


def _plan_acts(today: date, now: datetime) -> int:
    """The next act of every line whose day is near; the line then waits for the one after it."""
    due = PlanLine.objects.filter(
        next_on__lte=today + HORIZON, plan__ended_at=None, plan__status=PlanStatus.ACTIVE
    )
    numbers = list(due.order_by("next_on", "pk").values_list("pk", flat=True)[:LINES_MAX])
    made = 0
    for start in range(0, len(numbers), ACTS_MAX):
        with transaction.atomic():
            rows = PlanLine.objects.select_for_update(of=("self",)).filter(
                pk__in=numbers[start : start + ACTS_MAX], next_on__lte=today + HORIZON
            )
            made += _make(list(rows.select_related("plan").order_by("pk")), today, now)
    return made


def _make(lines: list[PlanLine], today: date, now: datetime) -> int:
    owners = customers.owners_of({one.plan.customer_id for one in lines if one.plan.owner_id is None})
    currency = money.currency()
    rooms = money.left_many({one.plan.customer_id for one in lines if one.budget}, today=today)
    fresh = []
    for line in lines:
        plan = line.plan
        owner = plan.owner_id if plan.owner_id is not None else owners.get(plan.customer_id)
        while (day := line.next_on) is not None and day <= today + HORIZON:
            if day >= today:
                budget, limited = _afforded(plan.customer_id, line.budget, rooms)
                fresh.append(_act(line, plan, owner, day, budget, limited, currency, now))
            _forward(line, day, today)
    Act.objects.bulk_create(fresh, ignore_conflicts=True)
    PlanLine.objects.bulk_update(lines, ["next_on", "looked_on"], batch_size=500)
    return len(fresh)


def _afforded(customer_id: str, budget: Decimal, rooms: dict[str, Decimal | None]) -> tuple[Decimal, bool]:
    """What an act may cost: its budget, or nothing where the year's limit is reached."""
    if not budget:
        return budget, False
    room = rooms[customer_id]
    if room is None:
        return budget, False
    if budget > room:
        return Decimal(0), True
    rooms[customer_id] = room - budget
    return budget, False


def _act(
    line: PlanLine,
    plan: Plan,
    owner: int | None,
    day: date,
    budget: Decimal,
    limited: bool,
    currency: str,
    now: datetime,
) -> Act:
    return Act(
        plan=plan,
        line=line,
        customer_id=plan.customer_id,
        act=line.act,
        occasion=line.occasion,
        due_on=day,
        start_on=day - timedelta(days=line.lead_days),
        owner_id=owner,
        channel=line.channel,
        by=line.by,
        text_code=line.text_code,
        budget=budget,
        limited=limited,
        currency=currency,
        made_at=now,
    )


def _forward(line: PlanLine, day: date, today: date) -> None:
    """Have a line wait for its next day; what is used up is looked up again from what was bought."""
    if line.occasion == Occasion.EVERY:
        coming = core.following(day, line.every_weeks, today)
        line.next_on = outreach.working_day(coming - timedelta(days=1), 1)
    else:
        # Looked up again once it has passed: a birthday may have been corrected meanwhile.
        line.next_on, line.looked_on = None, max(day, today) - timedelta(days=LOOK_DAYS - 1)


def _begin(today: date, now: datetime) -> int:
    """Acts whose time has come become tasks or messages."""
    due = Act.objects.filter(status=ActStatus.PLANNED, start_on__lte=today)
    due = due.exclude(plan__status=PlanStatus.PAUSED)
    numbers = list(due.order_by("due_on", "pk").values_list("pk", "customer_id")[:ACTS_MAX])
    aside = policy.held_out({customer_id for _number, customer_id in numbers})
    counted: dict[str, int] = defaultdict(int)
    for number, customer_id in numbers:
        try:
            with transaction.atomic():
                rows = Act.objects.filter(pk=number, status=ActStatus.PLANNED)
                if connection.features.has_select_for_update_skip_locked:
                    rows = rows.select_for_update(skip_locked=True, of=("self",))
                row = rows.select_related("plan", "owner").first()
                if row is not None:
                    counted["begun"] += _begin_one(row, customer_id in aside, now)
        except Exception:
            # One act that cannot begin does not hold up those of all others; it is tried again.
            logger.exception("act %s", number)
    return counted["begun"]


def _begin_one(row: Act, aside: bool, now: datetime) -> int:
    kind = defaults.ACTS[row.act]
    paused = row.plan.greetings_paused_until if row.plan else None
    if aside and kind.mark == defaults.CARE:
        return _leave_out(row, "held_out", now)
    if kind.greets and paused is not None and row.due_on <= paused:
        return _leave_out(row, "greetings_paused", now)
    if row.by == By.MESSAGE and _queue(row, now):
        return 1
    _make_task(row, now)
    return 1


def _leave_out(row: Act, why: str, now: datetime) -> int:
    row.status, row.outcome, row.finished_at = ActStatus.SKIPPED, why, now
    row.save(update_fields=["status", "outcome", "finished_at"])
    log(row, "skip", actor=ACTOR, now=now)
    return 0


def title_of(row: Act) -> str:
    """What the task of an act is called, in the language of whoever does it."""
    with translation.override((row.owner.language if row.owner else "") or settings.LANGUAGE_CODE):
        return _name(row)


def _name(row: Act) -> str:
    name = str(labels.ACT[row.act])
    if row.occasion in DAYS_OF_RESPECT:
        said = {"act": name, "occasion": labels.OCCASION[row.occasion]}
        return _("%(act)s (%(occasion)s)") % said
    return name


def _make_task(row: Act, now: datetime) -> None:
    kind = defaults.ACTS[row.act]
    allowed = outreach.channels(kind.kind)
    channel = row.channel if row.channel in allowed else ""
    zone = users.zone_of(row.owner)
    on_the_day = row.occasion in DAYS_OF_RESPECT and kind.kind in outreach.REACHING
    at = datetime.combine(row.due_on, BEGIN_AT, tzinfo=zone)
    for assignee in dict.fromkeys((row.owner_id, None)):
        try:
            made = tasks.create(
                kind=kind.kind,
                actor=ACTOR,
                now=now,
                customer_id=row.customer_id,
                channel=channel,
                title=title_of(row),
                # An offer is no act of care: on a day of respect it waits like all that sells.
                treatment="" if row.act in defaults.SELLING else kind.mark,
                due_at=outreach.end_of(row.due_on, zone),
                planned_at=at if on_the_day and at > now else None,
                assignee_id=assignee,
                idempotency_key=f"care:{row.pk}",
            )
        except TaskError as error:
            # Who looked after the customer can no longer do tasks: it waits for a manager.
            logger.info("act %s: %s", row.pk, error)
            continue
        row.task_id, row.status = made.task_id, ActStatus.RUNNING
        row.save(update_fields=["task", "status"])
        log(row, "begin", actor=ACTOR, now=now)
        return
    row.status, row.outcome, row.finished_at = ActStatus.DROPPED, "no_customer", now
    row.save(update_fields=["status", "outcome", "finished_at"])


def _queue(row: Act, now: datetime) -> bool:
    """Queue an act's message; False where it has no words, or words that sell where they must not."""
    kind = defaults.ACTS[row.act]
    if (row.occasion in DAYS_OF_RESPECT or kind.greets) and content.sales_talk(row.text_code):
        return False
    # What was put off was taken out of the queue: it goes under another name.
    again = ActEvent.objects.filter(act=row, action="reschedule").count()
    key = f"care:{row.pk}/{again}" if again else f"care:{row.pk}"
    giver = with_text(
        row.text_code, keys={row.customer_id: key}, origin=f"care:{row.pk}", actor=ACTOR, now=now
    )
    said = words(row.text_code, [row.customer_id], now=now, giver=giver).get(row.customer_id)
    if said is None:
        return False
    zone = users.zone_of(row.owner)
    draft = Draft(
        key=key,
        customer_id=row.customer_id,
        channel=row.channel,
        purpose=kind.purpose,
        recipe=said.recipe,
        language=said.language,
        content=row.text_code,
        due_at=max(now, datetime.combine(row.due_on, BEGIN_AT, tzinfo=zone)),
        not_after=outreach.end_of(row.due_on + timedelta(days=1), zone),
        origin=f"care:{row.pk}",
    )
    try:
        queueing.queue(drafts=[draft], actor=ACTOR, now=now)
    except NotReadyError:
        return False  # what nobody could end or answer for must not go; somebody writes instead
    row.message_id, row.status = queueing.message_id(key), ActStatus.RUNNING
    row.save(update_fields=["message_id", "status"])
    log(row, "begin", actor=ACTOR, now=now)
    return True


def _messages(now: datetime) -> int:
    """What became of messages: sent, or withheld and why."""
    waiting = Act.objects.filter(status=ActStatus.RUNNING).exclude(message_id="").order_by("pk")
    ended = last = 0
    while part := list(waiting.filter(pk__gt=last).values_list("pk", "message_id")[:ACTS_MAX]):
        last = part[-1][0]
        known = messages.standings([message_id for _number, message_id in part])
        for number, message_id in part:
            status, reason, _standing = known.get(message_id, (None, "gone", ""))
            if status is None or status in OVER:
                ended += _end_message(number, message_id, status is MessageStatus.SENT, reason, now)
    return ended


@transaction.atomic
def _end_message(number: int, message_id: str, sent: bool, reason: str, now: datetime) -> int:
    rows = Act.objects.select_for_update(of=("self",)).filter(pk=number, message_id=message_id)
    row = rows.filter(status=ActStatus.RUNNING).first()
    if row is None:
        return 0
    row.status = ActStatus.DONE if sent else ActStatus.DROPPED
    row.outcome = "sent" if sent else reason[:20]
    row.finished_at = now
    row.cost = row.budget if sent else None
    row.save(update_fields=["status", "outcome", "finished_at", "cost"])
    if sent:
        book(row, now)
    return 1
