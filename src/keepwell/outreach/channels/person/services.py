"""Make tasks of messages, as many as colleagues can do, and keep what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.customers.privacy import services as privacy
from keepwell.foundation.audit import services as audit
from keepwell.outreach import core, users
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode, ReceiptKind, Settings
from keepwell.outreach.channels.person.account import due_days, per_day
from keepwell.outreach.channels.person.contract import SHIPPED, TASKS
from keepwell.outreach.channels.person.contracts import SHIPPING, ErrandView
from keepwell.outreach.channels.person.models import Errand
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.contracts import Outcome, Response, TaskError, TaskView
from keepwell.outreach.contracts import Status as TaskStatus
from keepwell.outreach.policy import queries as policy_queries
from keepwell.outreach.policy import services as policy
from keepwell.outreach.policy.contracts import Decision, Verdict
from keepwell.outreach.sending import acts, intents
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.marks import legal
from keepwell.outreach.sending.models import ChannelAccount, Message, ReceiptRow
from keepwell.outreach.sending.opening import opened
from keepwell.outreach.services import tasks

ACTOR = "keepwell"
AT_ONCE = 200
# Outcome of the task -> the message's status, how far it came, and why not further.
CAME_OF: dict[str, tuple[Status, str, str]] = {
    Outcome.STAYING: (Status.SENT, "answered", ""),
    Outcome.UNDECIDED: (Status.SENT, "answered", ""),
    Outcome.LEAVING: (Status.SENT, "answered", ""),
    Outcome.SENT: (Status.SENT, "sent", ""),
    Outcome.DONE: (Status.SENT, "sent", ""),
    Outcome.NOT_REACHED: (Status.FAILED, "", "not_reached"),
    Outcome.WRONG_CONTACT: (Status.FAILED, "", "wrong_contact"),
    Outcome.NO_CONTACT: (Status.SENT, "unsubscribed", ""),
    Outcome.NOT_NEEDED: (Status.TAKEN_BACK, "", "not_needed"),
}
RECEIPTS = {"answered": ReceiptKind.REPLIED, "unsubscribed": ReceiptKind.UNSUBSCRIBED}


def hand_out(*, now: datetime) -> dict[str, int]:
    """Make tasks of the messages that are due on channels where people act; how many, and what became else.

    A message that consent or a hold forbids for good is withheld at once; quiet hours and caps are asked
    when somebody begins. What is more than colleagues can do waits for the next day.
    """
    done: Counter[str] = Counter(tasks=0, withheld=0, later=0, failed=0)
    for account in ChannelAccount.objects.filter(active=True, stopped_at=None, channel__in=TASKS):
        provider = registry.providers().get(account.provider)
        if provider is None or provider.contract.mode is not Mode.TASK:
            continue
        due = Message.objects.filter(channel=account.channel, status=Status.WAITING, due_at__lte=now)
        rows = list(due.order_by("-priority", "due_at", "id")[:AT_ONCE])
        done.update(_hand_out(rows, account, opened(account), now))
    return dict(done)


def _hand_out(
    rows: Sequence[Message], account: ChannelAccount, settings: Settings, now: datetime
) -> Counter[str]:
    done: Counter[str] = Counter()
    owners = customers.owners_of({row.customer_id for row in rows})
    able = users.workers()
    most, given = per_day(settings), _given_today(account.channel, now)
    make = Maker()
    for row in rows:
        owner = owners.get(row.customer_id)
        owner = owner if owner in able else None
        if given[owner] >= most:
            Message.objects.filter(pk=row.pk, status=Status.WAITING).update(due_at=_tomorrow(now))
            done["later"] += 1
            continue
        with transaction.atomic():
            locked = Message.objects.select_for_update().filter(pk=row.pk, status=Status.WAITING).first()
            if locked is None:
                continue
            became = _one(locked, account, owner, make, due_days(settings), now)
        done[became] += 1
        given[owner] += became == "tasks"
    return done


def _one(
    row: Message, account: ChannelAccount, owner: int | None, make: Maker, days: int, now: datetime
) -> str:
    (intent,) = intents.of_messages([row]).values()
    verdict = policy_queries.ask(intent, now=now)
    if verdict.decision is Decision.REFUSED:
        _end(row, Status.WITHHELD, policy.claim(intent=intent, actor=ACTOR, now=now), now)
        return "withheld"
    try:
        make(row)
        task = tasks.create(
            kind=TASKS[row.channel],
            actor=ACTOR,
            now=now,
            customer_id=row.customer_id,
            channel=row.channel,
            title=_title(row),
            response=Response.SOLVE_PROBLEM if row.purpose == "service" else "",
            treatment=core.CARE if intent.caring else "",
            play=row.play,
            arm=row.arm,
            propensity=row.propensity,
            due_at=now + timedelta(days=days),
            assignee_id=owner,
            idempotency_key=f"message/{row.message_id}",
        )
    except (ContentError, legal.NotReadyError, TaskError):
        row.status, row.reason, row.finished_at = Status.FAILED, "no_words", now
        row.save(update_fields=["status", "reason", "finished_at"])
        return "failed"
    row.status, row.reason, row.account, row.begun_at = Status.HANDED, "", account, now
    row.save(update_fields=["status", "reason", "account", "begun_at"])
    Errand.objects.get_or_create(
        message_id=row.message_id,
        defaults={
            "task_id": task.task_id,
            "customer_id": row.customer_id,
            "channel": row.channel,
            "assignee_id": owner,
            "made_at": now,
        },
    )
    return "tasks"


def follow(task: TaskView, *, action: str, follow_up_id: int | None, actor: str, now: datetime) -> None:
    """What a step of the task means for its message; the outcome form is the receipt.

    The task tells the history itself, so the message does not tell it a second time.
    """
    errand = Errand.objects.filter(Q(task_id=task.task_id) | Q(tried_id=task.task_id)).first()
    if errand is None:
        return
    if errand.task_id != task.task_id:
        if task.status in core.OVER:
            return
        # The try before is open again: the other one was taken back with it.
        Errand.objects.filter(pk=errand.pk).update(task_id=task.task_id, tried_id=None)
    row = Message.objects.select_for_update().filter(message_id=errand.message_id).first()
    if row is None:
        return
    if follow_up_id and task.outcome == Outcome.NOT_REACHED:
        Errand.objects.filter(pk=errand.pk).update(task_id=follow_up_id, tried_id=task.task_id)
        return
    if task.status is TaskStatus.DONE:
        status, standing, reason = CAME_OF[str(task.outcome)]
    elif task.status is TaskStatus.CANCELLED:
        status, standing, reason = Status.TAKEN_BACK, "", "not_needed"
    else:
        status, standing, reason = Status.HANDED, "", ""
    row.status, row.standing, row.reason = status, standing, reason
    row.finished_at = None if status is Status.HANDED else now
    row.save(update_fields=["status", "standing", "reason", "finished_at"])
    ReceiptRow.objects.filter(message=row, key="task").delete()
    if standing:
        ReceiptRow.objects.create(
            message=row,
            kind=RECEIPTS.get(standing, ReceiptKind.ACCEPTED),
            key="task",
            at=now,
            received_at=now,
        )
    acts.refresh(row)


def ship(*, task_id: int, state: str, tracking: str, actor: str, now: datetime) -> None:
    """Keep where a letter or parcel is; what arrived or came back is told of its message too; audited.

    Raises ValueError for an unknown state, TaskError where the task ships nothing.
    """
    if state not in SHIPPING:
        raise ValueError(f"state: {state!r}")
    with transaction.atomic():
        errand = Errand.objects.select_for_update().filter(task_id=task_id, channel__in=SHIPPED).first()
        if errand is None:
            raise TaskError(_("Nothing is sent by post for this task."))
        errand.shipping, errand.tracking = state, tracking.strip()[:80]
        if state == "shipped":
            errand.shipped_at = now
        errand.save(update_fields=["shipping", "tracking", "shipped_at"])
        row = Message.objects.select_for_update().filter(message_id=errand.message_id).first()
        if row is not None and row.status == Status.SENT and row.standing in ("sent", "delivered", "bounced"):
            row.standing = {"arrived": "delivered", "returned": "bounced"}.get(state, "sent")
            row.save(update_fields=["standing"])
        audit.log(
            actor=actor,
            action="errand.ship",
            object_type="task",
            object_id=str(task_id),
            details={"state": state},
            at=now,
        )


def addresses(*, errands: Sequence[ErrandView], actor: str, now: datetime) -> dict[str, str]:
    """Postal addresses by customer, in plain, for the sheet that is printed; on record for each of them."""
    numbers = {one.customer_id for one in errands}
    return privacy.addresses_for(customer_ids=numbers, kind="address", actor=actor, now=now)


def _given_today(channel: str, now: datetime) -> Counter[int | None]:
    begin = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Errand.objects.filter(channel=channel, made_at__gte=begin)
    return Counter(mine.values_list("assignee_id", flat=True))


def _tomorrow(now: datetime) -> datetime:
    begin = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin + timedelta(days=1)


def _title(row: Message) -> str:
    template = content.get(row.content) if row.content else None
    return template.name[:200] if template else ""


def _end(row: Message, status: Status, verdict: Verdict, now: datetime) -> None:
    row.status, row.reason, row.finished_at = status, str(verdict.cause), now
    row.save(update_fields=["status", "reason", "finished_at"])
