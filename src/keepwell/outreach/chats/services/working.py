"""A worker's round: settle what is unknown, ask what became of it, hand over what is due.

One task for each owner and text holds all their groups. A delivery is claimed before WeCom is called and
keeps its claim, so that a death in between leaves it unknown: it is looked for, never simply made again.
A round ends well within the time after which another worker takes it for dead.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, Q, QuerySet

from keepwell.foundation.rows import among
from keepwell.history import services as history
from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Fate,
    Reply,
    Settings,
)
from keepwell.outreach.channels.lazily import later
from keepwell.outreach.chats.assessing import assess, intent
from keepwell.outreach.chats.contracts import CHANNEL, State, Worked
from keepwell.outreach.chats.models import ChatMember, GroupDelivery
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending.services import accounts

SOURCE = ACTOR = "keepwell"
LEASE = timedelta(minutes=5)
# So long each of the four parts of a round lasts: all of them and the last calls timing out are no lease.
PART_SECONDS = 40.0
SEARCHABLE = timedelta(minutes=10)  # a task takes a while to appear in WeCom's list
ASK_EVERY, CONFIRMED_WITHIN = timedelta(minutes=30), timedelta(days=30)
PAUSE = timedelta(minutes=5)
CLAIM_MAX, NOTED_AT_ONCE = 2_000, 1_000
OVER = (State.SENT, State.FAILED, State.WITHHELD)

_hand, _results, _find = (later("wecom.chats", name) for name in ("hand", "results", "find"))


def work(*, now: datetime) -> Worked:
    """Do what is due; nothing where there is no account that may send."""
    account = accounts.to_use(CHANNEL, now=now)
    if account is None or not _awaited(now).exists():
        return Worked()
    done: Counter[str] = Counter()
    try:
        done["settled"] += _find_out(account[1], now)
        done["settled"] += _ask(account[1], now)
        done.update(_hand_over(account[1], now))
    except AccountStoppedError as error:
        accounts.stop(account_id=account[0], reason="refused", error=str(error), now=now)
    except ChannelDownError as error:
        accounts.pause(account_id=account[0], error=str(error), now=now)
    return Worked(**done)


def _awaited(now: datetime) -> QuerySet[GroupDelivery]:
    due = Q(state=State.WAITING, due_at__lte=now)
    return GroupDelivery.objects.filter(due | Q(state__in=(State.HANDING, State.HANDED, State.UNKNOWN)))


def _hand_over(settings: Settings, now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    lease = uuid.uuid4().hex
    done.update(_claim(lease, now))
    until = monotonic() + PART_SECONDS
    mine = GroupDelivery.objects.filter(lease=lease, state=State.HANDING).select_related("group", "post")
    tasks: dict[tuple[int, str], list[GroupDelivery]] = defaultdict(list)
    for row in mine:
        tasks[row.post_id, row.group.owner].append(row)
    ordered = sorted(tasks.items(), key=lambda one: one[0])
    for place, ((_post, owner), rows) in enumerate(ordered):
        if place and monotonic() > until:
            _back(_pks(ordered[place:]), now)
            break
        try:
            reply, failed = _hand(settings, owner, [row.group.chat_id for row in rows], rows[0].post.text)
        except ChannelDownError:
            # WeCom took nothing of this one, and was not asked about those after it.
            _back(_pks(ordered[place:]), now + PAUSE)
            raise
        done.update(_said(rows, reply, failed, now))
    return done


def _pks(tasks: Sequence[tuple[tuple[int, str], Sequence[GroupDelivery]]]) -> list[int]:
    return [row.pk for _key, rows in tasks for row in rows]


def _claim(lease: str, now: datetime) -> Counter[str]:
    """Ask the policy of everything that is due; what may go is this round's alone from here on."""
    done: Counter[str] = Counter()
    until = monotonic() + PART_SECONDS
    due = GroupDelivery.objects.filter(state=State.WAITING, due_at__lte=now, post__stopped_at=None)
    for pk in list(due.order_by("pk").values_list("pk", flat=True)[:CLAIM_MAX]):
        if done and monotonic() > until:
            break
        with transaction.atomic():
            row = GroupDelivery.objects.select_for_update().select_related("group", "post").get(pk=pk)
            if row.state != State.WAITING:
                continue
            post = row.post
            found = assess(row.group, purpose=post.purpose, content=post.template_code, now=now)
            row.figures, row.reason = found.figures, found.cause
            if found.until is not None:
                row.due_at = found.until
                done["later"] += 1
            elif found.cause:
                row.state, row.finished_at = State.WITHHELD, now
                done["withheld"] += 1
            else:
                row.state, row.lease, row.begun_at, row.asked_at = State.HANDING, lease, now, None
                done["claimed"] += 1
            row.save()
    del done["claimed"]
    return done


def _said(rows: Sequence[GroupDelivery], reply: Reply, failed: frozenset[str], now: datetime) -> Counter[str]:
    """Keep the answer for every group of a task."""
    done: Counter[str] = Counter()
    with transaction.atomic():
        for row in rows:
            if reply.fate is Fate.HANDED and row.group.chat_id not in failed:
                _set(row, State.HANDED, "", reply.provider_ref)
                done["handed"] += 1
            elif reply.fate is Fate.UNKNOWN:
                _set(row, State.UNKNOWN, reply.code)
                done["unknown"] += 1
            elif reply.fate is Fate.LATER:
                _back([row.pk], now + timedelta(minutes=max(reply.wait_minutes, 5)))
                done["later"] += 1
            else:
                reason = "fail_list" if reply.fate is Fate.HANDED else reply.code
                _set(row, State.FAILED, reason, at=now)
                done["failed"] += 1
    return done


def _set(row: GroupDelivery, state: State, reason: str, ref: str = "", at: datetime | None = None) -> None:
    row.state, row.reason, row.finished_at = state, reason[:40], at
    row.provider_ref = ref or row.provider_ref
    row.save(update_fields=["state", "reason", "finished_at", "provider_ref"])


def _back(pks: Sequence[int], due_at: datetime) -> None:
    GroupDelivery.objects.filter(among("pk", pks)).update(
        state=State.WAITING, lease="", begun_at=None, due_at=due_at
    )


def _find_out(settings: Settings, now: datetime) -> int:
    """Look for tasks whose answer was lost, or whose worker died; one that is not there is due again.

    WeCom keeps its list for a month: of what is older nobody can tell, so it is not made again.
    """
    GroupDelivery.objects.filter(state=State.HANDING, begun_at__lt=now - LEASE).update(state=State.UNKNOWN)
    lost = GroupDelivery.objects.filter(state=State.UNKNOWN, begun_at__lt=now - SEARCHABLE)
    tasks: dict[tuple[str, str, int], list[GroupDelivery]] = defaultdict(list)
    for row in lost.select_related("group", "post"):
        tasks[row.lease, row.group.owner, row.post_id].append(row)
    settled, until = 0, monotonic() + PART_SECONDS
    for place, rows in enumerate(tasks.values()):
        if place and monotonic() > until:
            break
        begun_at = min(row.begun_at for row in rows if row.begun_at is not None)
        if begun_at < now - CONFIRMED_WITHIN:
            settled += sum(_settle(row.pk, False, "not_known", now) for row in rows)
            continue
        reply = _find(settings, [row.group.chat_id for row in rows], rows[0].post.text, begun_at)
        if reply is not None:
            _said(rows, reply, frozenset(), now)
            settled += len(rows)
    return settled


def _ask(settings: Settings, now: datetime) -> int:
    """Ask what became of tasks that owners have: whether they confirmed, what each group received."""
    old = Q(asked_at=None) | Q(asked_at__lt=now - ASK_EVERY)
    rows = GroupDelivery.objects.filter(old, state=State.HANDED).select_related("group", "post")
    tasks: dict[str, list[GroupDelivery]] = defaultdict(list)
    for row in rows.order_by(F("asked_at").asc(nulls_first=True), "pk")[:CLAIM_MAX]:
        tasks[row.provider_ref].append(row)
    settled, until = 0, monotonic() + PART_SECONDS
    for place, (ref, some) in enumerate(tasks.items()):
        if place and monotonic() > until:
            break
        told = _results(settings, ref)
        GroupDelivery.objects.filter(pk__in=[row.pk for row in some]).update(asked_at=now)
        for row in some:
            fate = told.get(row.group.chat_id)
            if fate is not None:
                settled += _settle(row.pk, fate.sent, fate.reason, fate.at or now)
            elif row.begun_at is not None and row.begun_at < now - CONFIRMED_WITHIN:
                settled += _settle(row.pk, False, "not_confirmed", now)
    return settled


def _settle(pk: int, sent: bool, reason: str, at: datetime) -> int:
    """Keep how it ended, once; of what was sent every known member has had a contact."""
    with transaction.atomic():
        row = GroupDelivery.objects.select_for_update().select_related("group", "post").get(pk=pk)
        if row.state in OVER:
            return 0
        _set(row, State.SENT if sent else State.FAILED, reason, at=at)
        if sent:
            _note(row, at)
    return 1


def _note(row: GroupDelivery, at: datetime) -> None:
    """The contact of each known member: it counts towards limits, and is a fact."""
    post = row.post
    members = list(ChatMember.objects.filter(group=row.group).values_list("customer_id", flat=True))
    intents = [intent(row.group, number, post.purpose, post.template_code, row.pk) for number in members]
    for start in range(0, len(intents), NOTED_AT_ONCE):
        some = intents[start : start + NOTED_AT_ONCE]
        policy.note_many(intents=some, actor=ACTOR, now=at)
        facts = [
            {
                "contact_id": one.intent_id,
                "customer_id": one.customer_id,
                "at": at,
                "channel": CHANNEL,
                "purpose": post.purpose,
                "content": post.template_code,
                "status": "sent",
            }
            for one in some
        ]
        history.record_many(facts=[("contacts", fact) for fact in facts], source=SOURCE)
