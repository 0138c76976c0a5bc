"""Activities and their guests."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count

from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.policy import queries as policy
from keepwell.plays.care.contracts import ActivityView, GuestView, NoPlanError
from keepwell.plays.care.models import Activity, Guest

LISTED = 100
GUESTS_MAX = 2_000
CANDIDATES_MAX = 20_000
TIERS = ("high", "mid", "low")


def activities(*, limit: int = LISTED) -> tuple[ActivityView, ...]:
    """The activities, the latest first."""
    rows = list(Activity.objects.select_related("owner")[:limit])
    counted: dict[int, dict[str, int]] = {row.pk: {} for row in rows}
    found = Guest.objects.filter(activity__in=counted).order_by()
    for number, state, count in found.values_list("activity", "state").annotate(n=Count("pk")):
        counted[number][state] = count
    return tuple(_view(row, counted[row.pk]) for row in rows)


def activity(activity_id: int) -> ActivityView:
    """One activity; raises NoPlanError."""
    row = Activity.objects.filter(pk=activity_id).select_related("owner").first()
    if row is None:
        raise NoPlanError(activity_id)
    states = row.guests.order_by().values_list("state").annotate(n=Count("pk"))
    return _view(row, dict(states))


def guests(activity_id: int, *, owner_ids: Collection[int] | None) -> tuple[GuestView, ...]:
    """The guests within reach, in the order of their proposal."""
    rows = Guest.objects.filter(activity=activity_id)
    if owner_ids is not None:
        rows = rows.filter(customer_id__in=customers.owned_by(owner_ids))
    return tuple(
        GuestView(
            row.pk,
            row.customer_id,
            row.state,
            row.why,
            row.score,
            row.feedback,
            row.invited_at,
            row.answered_at,
        )
        for row in rows[:GUESTS_MAX]
    )


def candidates(one: ActivityView, *, owner_ids: Collection[int] | None) -> list[tuple[str, str]]:
    """Whom to invite, (customer, why), those of the highest value first (EMO-08).

    From the segment and those with the interest: who is in both comes first. Who is a guest already or kept
    aside from marketing is left out; at most twice the seats that are free.
    """
    in_segment: set[str] = set()
    if one.segment_id is not None and segments.size(one.segment_id) <= CANDIDATES_MAX:
        in_segment = set(segments.member_ids(one.segment_id, owner_ids=owner_ids))
    interested: set[str] = set()
    if one.interest:
        listed = list(customers.with_trait("interest", [one.interest])[:CANDIDATES_MAX])
        interested = set(customers.ids_among(listed, owner_ids))
    both = in_segment & interested
    wanted = both or in_segment | interested
    known = set(Guest.objects.filter(activity=one.activity_id).values_list("customer_id", flat=True))
    wanted -= known
    wanted -= policy.held_out(wanted)
    scores = insight.scores_of(sorted(wanted))

    def place(number: str) -> tuple[int, float, str]:
        score = scores.get(number)
        return (TIERS.index(score.tier), -float(score.clv), number) if score else (len(TIERS), 0.0, number)

    most = max(0, 2 * (one.capacity - one.coming))
    chosen = sorted(wanted, key=place)[:most]
    return [(number, _why(number, in_segment, interested)) for number in chosen]


def _why(number: str, in_segment: set[str], interested: set[str]) -> str:
    if number in in_segment and number in interested:
        return "both"
    return "interest" if number in interested else "segment"


def soon(now: datetime) -> int:
    """How many activities are still to come."""
    return Activity.objects.filter(at__gt=now).exclude(status="cancelled").count()


def _view(row: Activity, states: dict[str, int]) -> ActivityView:
    return ActivityView(
        activity_id=row.pk,
        name=row.name,
        kind=row.kind,
        at=row.at,
        place=row.place,
        capacity=row.capacity,
        status=row.status,
        owner_id=row.owner_id,
        owner_name=users.name_of(row.owner) if row.owner else "",
        budget=row.budget,
        cost=row.cost,
        currency=row.currency,
        segment_id=row.segment_id,
        interest=row.interest,
        channel=row.channel,
        subject=row.subject,
        text=row.text,
        checklist=tuple((str(code), bool(done)) for code, done in row.checklist),
        improvements=row.improvements,
        guests=states,
    )
