"""Risk alerts: episodes begin and end with the cycles, and become tasks within what people can do a day.

`run` may be called as often as one likes: an episode is opened once, its task is made once, and a run that
died is carried on by the next.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from keepwell.customers import queries as customers
from keepwell.foundation.audit import services as audit
from keepwell.insight import queries as insight
from keepwell.insight.contracts import CycleView, Reason, ScoreView
from keepwell.outreach import core, rulebook, users, versions
from keepwell.outreach.contracts import AlertRules, AlertRunView, Channel, Ending, Kind, Notice
from keepwell.outreach.models import Alert, AlertRuleVersion, AlertRun, Task
from keepwell.outreach.policy import queries as policy_queries
from keepwell.outreach.policy import services as policy
from keepwell.outreach.queries import alerts as queries
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.services import tasks
from keepwell.outreach.services.notices import tell

CHUNK = 1_000
LEASE = timedelta(minutes=15)
ACTOR = "keepwell"
TOP_REASONS = 3


def set_rules(*, values: Mapping[str, Any], actor: str, now: datetime) -> AlertRules:
    """Make a new version of the rules from the present one and `values`; audited.

    Nothing is written where nothing changes. Raises `rulebook.RulesError`, which names each field.
    """
    with transaction.atomic():
        before = queries.rules()
        return versions.keep(
            AlertRuleVersion,
            before=before,
            after=rulebook.merge(before, values),
            to_json=rulebook.to_json,
            action="outreach.rules.set",
            object_type="alert_rules",
            actor=actor,
            now=now,
        )


def run(*, now: datetime) -> AlertRunView | None:
    """End, open and hand out what the current cycle says, once a day and cycle.

    None where there is no cycle, where this one was done today, or where another process is at it.
    """
    cycle = insight.current_cycle()
    zone = ZoneInfo(settings.TIME_ZONE)
    row = _claim(cycle.cycle_id, now.astimezone(zone).date(), now) if cycle else None
    if cycle is None or row is None:
        return None
    rules = queries.rules()
    # On later days of the same cycle only tasks are handed out: nobody's score has changed.
    is_new = not _was_read(cycle.cycle_id)
    ended = _end(cycle, now) if is_new else Counter()
    opened = _open(cycle, rules, now) if is_new and rules.active else 0
    made = _hand_out(rules, now, zone) if rules.active else 0
    with transaction.atomic():
        row.opened, row.tasks, row.finished_at = row.opened + opened, row.tasks + made, now
        row.recovered += ended[Ending.RECOVERED]
        row.lost += ended[Ending.LOST]
        row.gone += ended[Ending.GONE]
        row.save()
        if opened or made or ended:
            audit.log(
                actor=ACTOR,
                action="outreach.alerts.run",
                object_type="cycle",
                object_id=cycle.cycle_id,
                details={"opened": opened, "tasks": made, **{str(key): n for key, n in ended.items()}},
                at=now,
            )
    return AlertRunView(row.cycle_id, row.opened, row.recovered, row.lost, row.gone, row.tasks)


def _was_read(cycle_id: str) -> bool:
    """Whether a finished run has looked at this cycle's scores under the present rules."""
    read_at = (
        AlertRun.objects.filter(cycle_id=cycle_id)
        .exclude(finished_at=None)
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)
        .first()
    )
    changed = AlertRuleVersion.objects.order_by("-version").values_list("created_at", flat=True).first()
    return read_at is not None and (changed is None or changed < read_at)


def _claim(cycle_id: str, day: date, now: datetime) -> AlertRun | None:
    """The run to do, leased to this process; None where it is done or another one has it."""
    row, is_new = AlertRun.objects.get_or_create(
        cycle_id=cycle_id, day=day, defaults={"lease_until": now + LEASE}
    )
    if is_new:
        return row
    free = AlertRun.objects.filter(pk=row.pk, finished_at=None, lease_until__lt=now)
    return AlertRun.objects.get(pk=row.pk) if free.update(lease_until=now + LEASE) else None


def _end(cycle: CycleView, now: datetime) -> Counter[Ending]:
    """End the episodes of customers whose risk fell, who left, or who are scored no more."""
    ended: Counter[Ending] = Counter()
    last = 0
    while rows := list(Alert.objects.filter(ended_at=None, pk__gt=last).order_by("pk")[:CHUNK]):
        last = rows[-1].pk
        present = insight.scores_of(row.customer_id for row in rows)
        over: dict[Ending, list[Alert]] = defaultdict(list)
        for row in rows:
            score = present.get(row.customer_id)
            over[core.ending(score.status if score else None)].append(row)
        for how in (Ending.RECOVERED, Ending.LOST, Ending.GONE):
            ended[how] += _end_as(how, over[how], cycle, now)
    return +ended


def _end_as(how: Ending, rows: list[Alert], cycle: CycleView, now: datetime) -> int:
    """End these episodes; who is no longer at risk needs no call that nobody has begun."""
    if not rows:
        return 0
    numbers = [row.pk for row in rows]
    with transaction.atomic():
        open_still = Alert.objects.filter(pk__in=numbers, ended_at=None)
        done = open_still.update(ending=how, ended_at=now, ended_cycle=cycle.cycle_id)
        if how is not Ending.LOST:
            idle = Task.objects.filter(alert__in=numbers, status__in=core.ACTIVE, planned_at=None)
            waiting = list(idle.values_list("pk", flat=True))
            for start in range(0, len(waiting), CHUNK // 2):
                tasks.cancel(task_ids=waiting[start : start + CHUNK // 2], actor=ACTOR, now=now)
    return done


def _open(cycle: CycleView, rules: AlertRules, now: datetime) -> int:
    """Open an episode for everybody whom the rules warn of and who has none open; told to the owners."""
    opened = 0
    found = insight.iter_scores(queries.score_filter(rules))
    for chunk in _chunks(found):
        numbers = [score.customer_id for score in chunk]
        known = set(
            Alert.objects.filter(customer_id__in=numbers, ended_at=None).values_list("customer_id", flat=True)
        )
        fresh = [score for score in chunk if score.customer_id not in known]
        if fresh:
            opened += _open_chunk(fresh, cycle, rules, now)
    _tell_owners(cycle, now)
    return opened


def _open_chunk(scores: list[ScoreView], cycle: CycleView, rules: AlertRules, now: datetime) -> int:
    owners = customers.owners_of(score.customer_id for score in scores)
    aside = _kept_aside(scores, now)
    people = {user.pk: user.team_id for user in users.active()}
    rows = [
        Alert(
            customer_id=score.customer_id,
            opened_at=now,
            opened_cycle=cycle.cycle_id,
            rules_version=rules.version,
            tier=score.tier,
            risk_level=score.risk_level,
            churn_risk=score.churn_risk,
            expected_loss=score.expected_loss,
            currency=score.currency,
            reason=score.reasons[0].code if score.reasons else "",
            reasons=[
                {"code": one.code, "figures": dict(one.figures), "weight": one.weight}
                for one in score.reasons[:TOP_REASONS]
            ],
            action=score.action or "",
            owner_id=owners.get(score.customer_id),
            team_id=people.get(owners.get(score.customer_id, 0)),
            held_out=score.customer_id in aside,
        )
        for score in scores
    ]
    with transaction.atomic():
        before = Alert.objects.filter(opened_cycle=cycle.cycle_id).count()
        Alert.objects.bulk_create(rows, ignore_conflicts=True)
        return Alert.objects.filter(opened_cycle=cycle.cycle_id).count() - before


def _kept_aside(scores: list[ScoreView], now: datetime) -> set[str]:
    """Those who get no task because marketing leaves them alone; a problem is put right for everybody."""
    policy.begin_holdout(actor=ACTOR, now=now)
    wanted = [
        score.customer_id
        for score in scores
        if core.purpose(core.responses([one.code for one in score.reasons])[0]) != "service"
    ]
    return policy_queries.held_out(wanted)


def _tell_owners(cycle: CycleView, now: datetime) -> None:
    """One notification per owner and cycle, with how many and how much."""
    mine = Alert.objects.filter(opened_cycle=cycle.cycle_id).exclude(owner=None).order_by()
    for row in mine.values("owner").annotate(customers=Count("id")):
        losses = mine.filter(owner=row["owner"]).values_list("expected_loss", flat=True)
        data = {
            "customers": row["customers"],
            "expected_loss": str(sum(losses, Decimal(0))),
            "currency": cycle.currency,
        }
        tell(user_id=row["owner"], kind=Notice.NEWLY_AT_RISK, key=cycle.cycle_id, data=data, now=now)


def _hand_out(rules: AlertRules, now: datetime, zone: ZoneInfo) -> int:
    """Make tasks of the waiting alerts, the largest loss first, as many as each can do today."""
    workers = users.workers()
    members = queries.members_of(rules) if rules.unowned == "share_out" else ()
    given = core.share_out(
        _waiting(set(workers)),
        made=_made_today(now, zone),
        load=task_queries.load(members),
        daily_cap=rules.daily_cap,
        queue_cap=rules.queue_cap,
        members=members,
    )
    for alert_id, assignee_id in given:
        where = users.zone_of(workers.get(assignee_id)) if assignee_id is not None else zone
        due_on = core.working_day(now.astimezone(where).date(), rules.due_days)
        _make_task(alert_id, assignee_id, rules, core.end_of(due_on, where), now)
    return len(given)


def _waiting(workers: set[int]) -> Iterator[core.Waiting]:
    """Open alerts without a task, the largest loss first, each with the present owner."""
    rows = Alert.objects.filter(ended_at=None, has_task=False, held_out=False).order_by(
        "-expected_loss", "id"
    )
    listed = list(rows.values_list("pk", "customer_id"))
    owners = customers.owners_of(customer_id for _pk, customer_id in listed)
    for pk, customer_id in listed:
        owner = owners.get(customer_id)
        yield core.Waiting(pk, owner if owner in workers else None)


def _made_today(now: datetime, zone: ZoneInfo) -> dict[int | None, int]:
    today = core.end_of(now.astimezone(zone).date() - timedelta(days=1), zone)
    rows = Task.objects.filter(idempotency_key__startswith="alert:", created_at__gt=today).order_by()
    return {row["assignee"]: row["tasks"] for row in rows.values("assignee").annotate(tasks=Count("id"))}


def _make_task(
    alert_id: int, assignee_id: int | None, rules: AlertRules, due_at: datetime, now: datetime
) -> None:
    with transaction.atomic():
        alert = Alert.objects.select_for_update().get(pk=alert_id)
        reasons = [Reason(one["code"], one["figures"], one["weight"]) for one in alert.reasons]
        known = customers.existing([alert.customer_id])
        if known and assignee_id is not None:
            tasks.look_after(customer_id=alert.customer_id, user_id=assignee_id, actor=ACTOR, now=now)
        if known:
            tasks.create(
                kind=Kind.CALL,
                customer_id=alert.customer_id,
                channel=Channel.PHONE,
                reasons=reasons,
                response=core.responses([one.code for one in reasons])[0],
                treatment=alert.action,
                at_stake=alert.expected_loss,
                currency=alert.currency,
                due_at=due_at,
                assignee_id=assignee_id,
                team_id=(alert.team_id or rules.team_id) if assignee_id is None else None,
                alert_id=alert.pk,
                actor=ACTOR,
                now=now,
                idempotency_key=f"alert:{alert.pk}",
            )
        Alert.objects.filter(pk=alert.pk).update(has_task=True)


def _chunks(found: Iterator[ScoreView]) -> Iterator[list[ScoreView]]:
    while chunk := list(islice(found, CHUNK)):
        yield chunk


__all__ = ["run", "set_rules"]
