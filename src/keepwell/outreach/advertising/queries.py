"""Lists for advertising and what campaigns brought; reads only."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
from django.db.models import Count, Q, Sum

from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.insight import queries as insight
from keepwell.outreach.advertising import choosing
from keepwell.outreach.advertising.contracts import AudienceView, CampaignResult, Platform, Use
from keepwell.outreach.advertising.models import Audience, AudienceMember, Removal, Spend

COUNTED = ("placed", "paid")
SPANS = (30, 90, 365)
OFFLINE = "offline"
LISTED = 500


def audiences(*, now: datetime) -> tuple[AudienceView, ...]:
    """Every list, the newest first."""
    rows = list(Audience.objects.filter(archived_at=None))
    members = AudienceMember.objects.filter(audience__in=rows).order_by().values("audience")
    counted = {
        row["audience"]: (row["people"], row["added"])
        for row in members.annotate(people=Count("id"), added=Count("id", filter=Q(handed_at=None)))
    }
    removed = Removal.objects.filter(audience__in=rows, handed_at=None).order_by().values("audience")
    due = dict(removed.annotate(n=Count("id")).values_list("audience", "n"))
    return tuple(
        AudienceView(
            audience_id=row.pk,
            name=row.name,
            segment_id=row.segment_id,
            platform=Platform(row.platform),
            use=Use(row.use),
            people=counted.get(row.pk, (0, 0))[0],
            added=counted.get(row.pk, (0, 0))[1],
            removals=due.get(row.pk, 0) + (unwilling := _unwilling(row, now)),
            due_now=unwilling,
            left_out=row.left_out,
            read_at=row.read_at,
            read_by=row.read_by,
            handed_at=row.handed_at,
        )
        for row in rows
    )


def audience(audience_id: int, *, now: datetime) -> AudienceView | None:
    """One list, or None."""
    return next((one for one in audiences(now=now) if one.audience_id == audience_id), None)


def _unwilling(row: Audience, now: datetime) -> int:
    """How many the platform has who may no longer be on the list."""
    there = AudienceMember.objects.filter(audience=row).exclude(handed_at=None)
    numbers = list(there.values_list("customer_id", flat=True))
    found, _reasons = choosing.allowed(numbers, use=Use(row.use), now=now)
    return len(numbers) - len(found)


def spent(*, since: date) -> list[tuple[date, str, str, str, Decimal, str]]:
    """Spend from a day on, the newest first."""
    rows = Spend.objects.filter(on__gte=since)[:LISTED]
    return list(rows.values_list("on", "source", "medium", "campaign", "amount", "currency"))


def results(*, days: int, now: datetime) -> tuple[CampaignResult, ...]:
    """What campaigns brought in the last `days` and cost, the dearest and then the most visited first.

    Visits name source, medium and campaign, as the links did; an order belongs to the campaign that it names,
    with the source and medium of that campaign's visits. Revenue and spend count in the shop's currency
    alone; what offline channels brought has its own page.
    """
    since = now - timedelta(days=days)
    cycle = insight.current_cycle()
    currency = cycle.currency if cycle else ""
    with engine() as running:
        visits = running.execute(_visits(running, since, now)).to_pylist()
        orders = {
            row["name"]: row for row in running.execute(_orders(running, since, now, currency)).to_pylist()
        }
    costs = _costs(since.date(), currency)
    counted: dict[tuple[str, str, str], dict[str, Any]] = {
        (row["source"], row["medium"], row["name"]): row for row in visits if row["medium"] != OFFLINE
    }
    keys = {*counted, *costs}
    # Orders name a campaign alone: they go to its most visited source.
    main: dict[str, tuple[str, str, str]] = {}
    for key in sorted(keys, key=lambda one: (-counted.get(one, {}).get("visits", 0), one)):
        main.setdefault(key[2], key)
    found = []
    for key in keys:
        seen = counted.get(key, {})
        bought = orders.get(key[2], {}) if main[key[2]] == key else {}
        found.append(
            CampaignResult(
                *key,
                visits=seen.get("visits", 0),
                visitors=seen.get("visitors", 0),
                orders=bought.get("orders", 0),
                fresh=bought.get("fresh", 0),
                revenue=bought.get("revenue") or Decimal(0),
                spend=costs.get(key, Decimal(0)),
                currency=currency,
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.spend, -one.visits, one.name))[:LISTED])


def _costs(since: date, currency: str) -> dict[tuple[str, str, str], Decimal]:
    rows = Spend.objects.filter(on__gte=since, currency=currency).order_by()
    grouped = rows.values_list("source", "medium", "campaign").annotate(total=Sum("amount"))
    return {(source, medium, name): total for source, medium, name, total in grouped}


def _part(properties: Any, name: str) -> Any:
    """What the campaign of a visit says by this name; "" where it says nothing."""
    pattern = rf'"campaign":\s*\{{[^}}]*"{name}":\s*"([^"]*)"'
    return ibis.coalesce(properties.re_extract(pattern, 1), "")


def _visits(running: Any, since: datetime, now: datetime) -> Any:
    """Visits by source, medium and campaign: each customer once a day."""
    told = history.scan("interactions", engine=running)
    told = told.filter(told.properties.contains('"campaign"'), told.at > ibis.timestamp(since))
    told = told.filter(told.at <= ibis.timestamp(now), told.type != "withdrawn")
    said = told.select(
        "customer_id",
        day=told.at.date(),
        source=_part(told.properties, "source"),
        medium=_part(told.properties, "medium"),
        name=_part(told.properties, "name"),
    )
    once = said.filter(said.name != "").distinct()
    return once.group_by("source", "medium", "name").aggregate(
        visits=once.count(), visitors=once.customer_id.nunique()
    )


def _orders(running: Any, since: datetime, now: datetime, currency: str) -> Any:
    """Orders, new customers and revenue in `currency` by campaign."""
    told = history.scan("orders", engine=running)
    told = told.filter(told.status.isin(COUNTED), told.ordered_at <= ibis.timestamp(now))
    first = told.group_by("customer_id").aggregate(first_at=told.ordered_at.min())
    named = told.filter(told.campaign.notnull(), told.ordered_at > ibis.timestamp(since))
    both = named.join(first, "customer_id")
    return both.group_by(name=both.campaign).aggregate(
        orders=both.order_id.nunique(),
        fresh=both.customer_id.nunique(where=both.ordered_at == both.first_at),
        revenue=both.amount.sum(where=both.currency == currency),
    )
