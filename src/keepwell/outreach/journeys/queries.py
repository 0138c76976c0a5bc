"""What can be asked of journeys; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from keepwell.customers.identity import queries as identity
from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys import versions as versions_
from keepwell.outreach.journeys import views
from keepwell.outreach.journeys.contracts import (
    Drawn,
    FestivalView,
    JourneyView,
    Statistics,
    StepStatistics,
    TravellerView,
    TrialStatus,
    TrialView,
    VersionView,
)
from keepwell.outreach.journeys.core.graph import in_order
from keepwell.outreach.journeys.core.walking import GOAL, WAY
from keepwell.outreach.journeys.models import (
    FestivalDay,
    Journey,
    JourneyVersion,
    StepCount,
    Traveller,
    Trial,
)
from keepwell.outreach.journeys.naming import CONTROL, origin
from keepwell.outreach.journeys.own_days import own_days
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy import zones
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.tailoring.wording import KINDS


def journeys(*, status: str = "") -> list[JourneyView]:
    """All journeys by name, with how many came in, are inside and reached the goal."""
    found = Journey.objects.prefetch_related("versions")
    rows = list(found.filter(status=status) if status else found)
    counted = StepCount.objects.filter(step="").order_by().values("version__journey_id", "what")
    totals: dict[int, Counter[str]] = {}
    for one in counted.annotate(total=Sum("number")):
        totals.setdefault(one["version__journey_id"], Counter())[one["what"]] = one["total"]
    listed = [_counted(row, totals.get(row.pk, Counter())) for row in rows]
    return sorted(listed, key=lambda one: one.name.casefold())


def texts() -> dict[str, list[tuple[str, str]]]:
    """Templates in use that each channel of a message can take: (code, name), by channel."""
    found = [one for one in content.templates() if one.published is not None and one.archived_at is None]
    return {
        channel: [(one.code, one.name) for one in found if one.kind in kinds]
        for channel, kinds in KINDS.items()
    }


def journey(journey_id: int) -> JourneyView | None:
    """One journey."""
    return _one(Journey.objects.filter(pk=journey_id).first())


def by_code(code: str) -> JourneyView | None:
    """One journey by its code."""
    return _one(Journey.objects.filter(code=code).first())


def _one(row: Journey | None) -> JourneyView | None:
    if row is None:
        return None
    counted = StepCount.objects.filter(step="", version__journey=row).order_by().values("what")
    return _counted(
        row, Counter({one["what"]: one["total"] for one in counted.annotate(total=Sum("number"))})
    )


def _counted(row: Journey, totals: Counter[str]) -> JourneyView:
    entered = totals.pop("entered", 0)
    totals.pop(CONTROL, 0)  # they never came in, or are among those who did
    # Whoever came in and whose passage is not over is inside: nobody need be counted. Merged and erased
    # people are not among the endings, so the count is never below what it says.
    inside = max(entered - sum(totals.values()), 0)
    return views.journey_view(
        row, list(row.versions.all()), inside=inside, entered=entered, reached=totals[GOAL]
    )


def versions(journey_id: int) -> list[VersionView]:
    """Every version, the newest first."""
    return [views.version_view(row) for row in JourneyVersion.objects.filter(journey=journey_id)]


def drawn(version_id: int) -> Drawn:
    """What can be taken back and made again of a version that is being written."""
    row = JourneyVersion.objects.get(pk=version_id)
    listed = {one["place"]: one["what"] for one in row.drafts.values("place", "what")}
    return Drawn(
        undo=listed.get(row.place, "") if row.place - 1 in listed else None,
        redo=listed.get(row.place + 1),
    )


def statistics(journey_id: int, *, version: int | None = None) -> list[Statistics]:
    """What happened in each version, the newest first, or in one of them."""
    rows = JourneyVersion.objects.filter(journey=journey_id)
    messages = sending.counts(origin=origin(journey_id))
    chosen = rows.filter(number=version) if version is not None else rows
    return [_statistics(row, messages) for row in chosen]


def _statistics(row: JourneyVersion, messages: Counter[str]) -> Statistics:
    inside = Traveller.objects.filter(journey=row.journey_id, version=row, ended_at=None).order_by()
    waiting = {one["step"]: one["total"] for one in inside.values("step").annotate(total=Count("id"))}
    counts: dict[str, dict[str, int]] = {}
    for one in row.counts.all():
        counts.setdefault(one.step, {})[one.what] = one.number
    whole = counts.pop("", {})
    entered = whole.pop("entered", 0)
    control = whole.pop(CONTROL, 0)
    return Statistics(
        version=row.number,
        entered=entered,
        inside=sum(waiting.values()),
        outcomes=whole,
        steps=tuple(
            StepStatistics(code, waiting.get(code, 0), *ways_apart(counts.get(code, {})))
            for code in in_order(versions_.definition(row))
        ),
        messages=dict(messages),
        control=control,
    )


def ways_apart(counts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """What happened at a step, and how many took each of its ways."""
    ways = {what.removeprefix(WAY): number for what, number in counts.items() if what.startswith(WAY)}
    return {what: number for what, number in counts.items() if not what.startswith(WAY)}, ways


def waiting_at(
    journey_id: int,
    step: str,
    *,
    version: int,
    among: Collection[str] | QuerySet[Any, str] | None = None,
    limit: int = 200,
) -> tuple[list[TravellerView], int]:
    """Who stands at a step of a version, the longest there first, and how many do; `among` limits them."""
    rows = Traveller.objects.filter(journey=journey_id, version__number=version, step=step, ended_at=None)
    if among is not None:
        rows = rows.filter(customer_id__in=among)
    found = rows.select_related("journey", "version").order_by("since", "id")[:limit]
    return [views.traveller_view(row) for row in found], rows.count()


def passages(journey_id: int, customer_id: str, *, limit: int = 20) -> list[TravellerView]:
    """A customer's passages through a journey, the newest first; those of merged records too."""
    rows = Traveller.objects.filter(journey=journey_id, customer_id__in=identity.fact_ids(customer_id))
    found = rows.select_related("journey", "version").order_by("-entered_at", "-id")[:limit]
    return [views.traveller_view(row) for row in found]


def trial(trial_id: int) -> TrialView | None:
    """One dry run that was asked for."""
    row = Trial.objects.filter(pk=trial_id).first()
    return views.trial_view(row) if row else None


def newest_trial(journey_id: int) -> TrialView | None:
    """The last dry run that was asked for."""
    row = Trial.objects.filter(journey=journey_id).first()
    return views.trial_view(row) if row else None


def trials_wait(now: datetime) -> bool:
    """Whether a dry run waits for a worker, or was left behind by one."""
    return free_trials(now).exists()


def free_trials(now: datetime) -> QuerySet[Trial]:
    """Dry runs that nobody walks: those that wait, and those whose worker has died."""
    left = Q(status=TrialStatus.RUNNING, lease_until__lt=now)
    return Trial.objects.filter(Q(status=TrialStatus.WAITING) | left)


def travellers(customer_id: str, *, limit: int = 50) -> list[TravellerView]:
    """A customer's passages, the newest first; those of merged records too."""
    rows = Traveller.objects.filter(customer_id__in=identity.fact_ids(customer_id))
    found = rows.select_related("journey", "version").order_by("-entered_at", "-id")[:limit]
    return [views.traveller_view(row) for row in found]


def festival_days(country: str, year: int) -> list[FestivalView]:
    """The festivals of a country in a year that are in the table, in order of the day."""
    rows = FestivalDay.objects.filter(country=country, year=year)
    return [views.festival_view(row) for row in rows]


def festival_countries() -> list[str]:
    """The countries of which days are in the table."""
    return list(FestivalDay.objects.order_by("country").values_list("country", flat=True).distinct())


def home_country() -> str:
    """The country of the shop's own clock; empty where its zone is of none."""
    zone = policy.rules().time_zone
    return next((country for country, known in zones.by_country().items() if zone in known[:1]), "")


def own_festivals() -> dict[str, str]:
    """Code to name of the days of the shop's own, of every country and year."""
    return own_days()


def is_awaited(request: str) -> bool:
    """Whether a traveller still stands at the step that made this request, and waits for its answer."""
    parts = request.split("-")
    if len(parts) != 4 or not all(part.isdecimal() for part in parts[1:]):
        return False
    _name, version, traveller, visit = parts
    return Traveller.objects.filter(
        pk=int(traveller), version=int(version), visit=int(visit), ended_at=None
    ).exists()
