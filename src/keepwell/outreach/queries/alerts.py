"""The rules of alerts, what they would do, and the alerts there are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.outreach import rulebook, users
from keepwell.outreach.contracts import AlertRules, AlertRunView, RulesPreview
from keepwell.outreach.models import AlertRuleVersion, AlertRun


def rules() -> AlertRules:
    """The rules that count now; those that Keepwell brings (version 0) before any change."""
    newest = AlertRuleVersion.objects.order_by("-version").first()
    return replace(rulebook.parse(newest.values), version=newest.version) if newest else AlertRules()


def rule_versions(limit: int = 10) -> list[AlertRuleVersion]:
    """The newest versions of the rules."""
    return list(AlertRuleVersion.objects.order_by("-version")[:limit])


def score_filter(wanted: AlertRules) -> ScoreFilter:
    """The customers whom these rules warn of."""
    levels = ("high",) if wanted.level == "high" else ()
    return ScoreFilter(statuses=("at_risk",), tiers=wanted.tiers, risk_levels=levels)


def preview(values: Mapping[str, Any]) -> RulesPreview:
    """What the rules with `values` (some or all fields) would do today; raises `rulebook.RulesError`.

    Computed from the present scores and owners as if no task had been made yet.
    """
    wanted = rulebook.merge(rules(), values)
    cycle = insight.current_cycle()
    asked = score_filter(wanted)
    counted = insight.totals(asked)
    workers = users.workers()
    by_owner: Counter[int] = Counter()
    unowned = 0
    if wanted.active:
        numbers = [score.customer_id for score in insight.iter_scores(asked)] if counted.customers else []
        owners = customers.owners_of(numbers)
        by_owner.update(owner for owner in owners.values() if owner in workers)
        unowned = len(numbers) - by_owner.total()
    members = members_of(wanted) if wanted.unowned == "share_out" else ()
    # Where it is shared out, the members' own customers take part of their day first.
    queue = (
        sum(max(0, wanted.daily_cap - by_owner.get(member, 0)) for member in members)
        if members
        else wanted.queue_cap
    )
    first = sum(min(wanted.daily_cap, count) for count in by_owner.values()) + min(queue, unowned)
    total = by_owner.total() + unowned
    days = [math.ceil(count / wanted.daily_cap) for count in by_owner.values()]
    days += [math.ceil(unowned / queue)] if queue and unowned else []
    return RulesPreview(
        customers=counted.customers,
        expected_loss=counted.expected_loss,
        currency=cycle.currency if cycle else "",
        owned=by_owner.total(),
        unowned=unowned,
        people=len(by_owner.keys() | set(members)),
        tasks_first_day=first,
        waiting=total - first,
        days=max(days, default=0),
    )


def members_of(wanted: AlertRules) -> tuple[int, ...]:
    """Among whom nobody's customers are shared out: who does tasks, of the chosen team or of all."""
    return tuple(
        sorted(
            pk
            for pk, user in users.workers().items()
            if wanted.team_id is None or user.team_id == wanted.team_id
        )
    )


def runs(limit: int = 10) -> list[AlertRunView]:
    """What the last runs did, newest first."""
    return [
        AlertRunView(row.cycle_id, row.opened, row.recovered, row.lost, row.gone, row.tasks)
        for row in AlertRun.objects.order_by("-id")[:limit]
    ]
