"""What became of those who were warned of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from keepwell.outreach import core
from keepwell.outreach.contracts import FirstWarning, RemedyRow, WarningReport, WarningRow
from keepwell.outreach.models import Alert, Task

GROUPS = ("month", "team", "reason", "tier")
# Contact counts only while the episode went on.
CONTACTED = Q(contacted_at__isnull=False) & (Q(ended_at=None) | Q(contacted_at__lte=F("ended_at")))
COUNTS: dict[str, Any] = {
    "warned": Count("id"),
    "contacted": Count("id", filter=CONTACTED),
    "recovered": Count("id", filter=Q(ending="recovered")),
    "lost": Count("id", filter=Q(ending="lost")),
    "gone": Count("id", filter=Q(ending="gone")),
    "still": Count("id", filter=Q(ending="")),
    "expected_loss": Sum("expected_loss"),
}


def warnings(
    *,
    since: date,
    until: date,
    zone: ZoneInfo,
    by: str = "month",
    owner_ids: frozenset[int] | None = None,
) -> WarningReport:
    """The warnings opened from `since` to `until` (both included, days in `zone`) and what became of them.

    `owner_ids` keeps those whose customers they were; None is everybody. Raises ValueError for an unknown
    `by` or a period that ends before it begins.
    """
    if by not in GROUPS:
        raise ValueError(f"by must be one of {', '.join(GROUPS)}: {by!r}")
    if until < since:
        raise ValueError("until must not be before since")
    rows = _opened(since, until, zone, owner_ids)
    grouped = {
        "month": lambda: rows.annotate(key=TruncMonth("opened_at", tzinfo=zone)).values("key"),
        "team": lambda: rows.annotate(key=F("team__name")).values("key"),
        "reason": lambda: rows.annotate(key=F("reason")).values("key"),
        "tier": lambda: rows.annotate(key=F("tier")).values("key"),
    }[by]()
    found = [_row(_text(one["key"]), one) for one in grouped.annotate(**COUNTS).order_by("key")]
    if by in ("team", "reason"):
        found.sort(key=lambda row: (-row.warned, row.key))
    currency = rows.exclude(currency="").order_by("-id").values_list("currency", flat=True).first()
    return WarningReport(
        since=since,
        until=until,
        currency=currency or "",
        total=_row("", rows.aggregate(**COUNTS)),
        by=by,
        rows=tuple(found),
        contacted=_row("contacted", rows.filter(CONTACTED).aggregate(**COUNTS)),
        not_contacted=_row("not_contacted", rows.exclude(CONTACTED).aggregate(**COUNTS)),
        remedies=_remedies(rows),
    )


def _opened(since: date, until: date, zone: ZoneInfo, owner_ids: frozenset[int] | None) -> QuerySet[Alert]:
    begin = datetime.combine(since, time(), tzinfo=zone)
    end = datetime.combine(until + timedelta(days=1), time(), tzinfo=zone)
    rows = Alert.objects.filter(opened_at__gte=begin, opened_at__lt=end).order_by()
    return rows if owner_ids is None else rows.filter(owner__in=owner_ids)


def _row(key: str, counted: Mapping[str, Any]) -> WarningRow:
    counts = {name: counted[name] or 0 for name in COUNTS if name != "expected_loss"}
    return WarningRow(key=key, expected_loss=counted["expected_loss"] or Decimal(0), **counts)


def _text(key: Any) -> str:
    return f"{key:%Y-%m}" if isinstance(key, datetime) else str(key or "")


def _remedies(rows: QuerySet[Alert]) -> tuple[RemedyRow, ...]:
    """Each customer counts once per remedy, however many tasks it took."""
    done = Task.objects.filter(alert__in=rows, status="done").exclude(remedies=[])
    taken: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
    for remedies, alert_id, kept, ending in done.order_by("finished_at", "id").values_list(
        "remedies", "alert_id", "kept", "alert__ending"
    ):
        for remedy in remedies:
            said = kept or taken[remedy].get(alert_id or 0, ("", ""))[0]
            taken[remedy][alert_id or 0] = (said, ending or "")
    found = []
    for remedy, alerts in taken.items():
        kept_of = Counter(kept for kept, _ending in alerts.values())
        ended = Counter(ending for _kept, ending in alerts.values())
        found.append(
            RemedyRow(
                remedy, len(alerts), kept_of["kept"], kept_of["lost"], ended["recovered"], ended["lost"]
            )
        )
    return tuple(sorted(found, key=lambda row: (-row.taken, row.remedy)))


def first_warnings(*, since: datetime) -> Iterator[FirstWarning]:
    """The first warning since an instant of each customer whom marketing may or may not be kept from.

    Warnings that are answered by putting a problem right are left out: nobody is kept aside from that.
    """
    seen: set[str] = set()
    rows = Alert.objects.filter(opened_at__gte=since).order_by("opened_at", "id")
    named = rows.values_list("customer_id", "opened_at", "held_out", "tier", "reason")
    for customer_id, opened_at, held_out, tier, reason in named.iterator(chunk_size=20_000):
        if core.purpose(core.responses([reason])[0]) == "service" or customer_id in seen:
            continue
        seen.add(customer_id)
        yield FirstWarning(customer_id, opened_at, held_out, tier, reason)
