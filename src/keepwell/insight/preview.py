"""What other thresholds would flag among the current scores, in one query."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Count, Q, Sum

from keepwell.insight.contracts import ThresholdPreview, Thresholds
from keepwell.insight.models import Cycle, Score

TIERS = ("high", "mid", "low")


def lost(values: Thresholds) -> Q:
    """Rows that count as lost: the rule of `science.warning.statuses`, where new comes first."""
    gone = Q(churn_risk__gt=1 - values.lost_p_alive) | Q(silence_days__gte=values.lapsed_days)
    return gone & Q(silence_ratio__gte=values.lost_silence_ratio) & ~Q(status="new")


def flagged(values: Thresholds) -> Q:
    """Rows that count as about to leave; new customers keep their status, as in the cycle."""
    limit = values.high_risk if values.at_risk_from == "high" else values.medium_risk
    return Q(churn_risk__gte=limit, has_sign=True) & ~lost(values) & ~Q(status="new")


def preview(row: Cycle | None, now: Thresholds, wanted: Thresholds) -> ThresholdPreview:
    """Counts under `wanted` beside those under `now`; zeros before the first cycle."""
    if row is None:
        return ThresholdPreview(0, 0, 0, 0, Decimal(0), dict.fromkeys(TIERS, 0))
    by_tier = {f"tier_{tier}": Count("customer_id", filter=flagged(wanted) & Q(tier=tier)) for tier in TIERS}
    counted = Score.objects.filter(cycle=row).aggregate(
        flagged=Count("customer_id", filter=flagged(wanted)),
        flagged_now=Count("customer_id", filter=flagged(now)),
        lost=Count("customer_id", filter=lost(wanted)),
        lost_now=Count("customer_id", filter=lost(now)),
        expected_loss=Sum("expected_loss", filter=flagged(wanted)),
        **by_tier,
    )
    return ThresholdPreview(
        flagged=counted["flagged"],
        flagged_now=counted["flagged_now"],
        lost=counted["lost"],
        lost_now=counted["lost_now"],
        expected_loss=counted["expected_loss"] or Decimal(0),
        by_tier={tier: counted[f"tier_{tier}"] for tier in TIERS},
    )
