"""Activities and their guests."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Avg, Count, Q, Sum

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.insight import queries as insight
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.policy import queries as policy
from keepwell.plays.care.contracts import ActivityView, GuestView, Lesson, NoPlanError, Theme
from keepwell.plays.care.models import Activity, Guest

LISTED = 100
GUESTS_MAX = 2_000
CANDIDATES_MAX = 20_000
TIERS = ("high", "mid", "low")
SEATED = ("yes", "attended")
DOUBLE = "double"  # a guest's second record: another row stands for both


def activities(*, limit: int = LISTED) -> tuple[ActivityView, ...]:
    """The activities, the latest first."""
    return _views(list(Activity.objects.select_related("owner")[:limit]))


def _views(rows: Sequence[Activity]) -> tuple[ActivityView, ...]:
    counted: dict[int, list[tuple[str, int, int]]] = {row.pk: [] for row in rows}
    found = Guest.objects.filter(activity__in=counted).exclude(state=DOUBLE).order_by()
    for number, *counts in found.values_list("activity", "state").annotate(n=Count("pk"), more=Sum("party")):
        counted[number].append((counts[0], counts[1], counts[2]))
    return tuple(_view(row, counted[row.pk]) for row in rows)


def activity(activity_id: int) -> ActivityView:
    """One activity; raises NoPlanError."""
    row = Activity.objects.filter(pk=activity_id).select_related("owner").first()
    if row is None:
        raise NoPlanError(activity_id)
    return _views([row])[0]


def taken(activity_id: int) -> int:
    """How many seats of an activity are taken, by guests and by whom they bring."""
    rows = Guest.objects.filter(activity=activity_id, state__in=SEATED).order_by()
    found = rows.aggregate(n=Count("pk"), more=Sum("party"))
    return int(found["n"]) + int(found["more"] or 0)


def lessons(kind: str, *, before: int | None = None, limit: int = 3) -> tuple[Lesson, ...]:
    """What was to be done better after the last activities of a kind ("": of any), the latest first."""
    rows = Activity.objects.filter(status="held").exclude(pk=before or 0)
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.annotate(mean=Avg("guests__score", filter=~Q(guests__state=DOUBLE)))[: limit * 3]
    told = [Lesson(row.pk, row.name, row.at, row.mean, row.improvements) for row in rows if row.improvements]
    return tuple(told[:limit])


def by_invitation(message_id: str) -> tuple[ActivityView, GuestView] | None:
    """The activity and the guest of an invitation; None where there is none any more."""
    if not message_id:
        return None
    row = Guest.objects.filter(message_id=message_id).select_related("activity__owner").first()
    return (_views([row.activity])[0], guest_view(standing(row))) if row else None


def standing(row: Guest) -> Guest:
    """The guest who stands for this one: themselves, but where two records were merged."""
    if row.state != DOUBLE:
        return row
    number = identity.canonical_id(row.customer_id)
    return Guest.objects.filter(activity=row.activity_id, customer_id=number).first() or row


def guests(activity_id: int, *, owner_ids: Collection[int] | None) -> tuple[GuestView, ...]:
    """The guests within reach, in the order of their proposal."""
    rows = Guest.objects.filter(activity=activity_id).exclude(state=DOUBLE)
    if owner_ids is not None:
        rows = rows.filter(customer_id__in=customers.owned_by(owner_ids))
    return tuple(guest_view(row) for row in rows[:GUESTS_MAX])


def guest_view(row: Guest) -> GuestView:
    """The row as a value."""
    return GuestView(
        guest_id=row.pk,
        customer_id=row.customer_id,
        state=row.state,
        why=row.why,
        score=row.score,
        feedback=row.feedback,
        invited_at=row.invited_at,
        answered_at=row.answered_at,
        party=row.party,
        diet=row.diet,
        needs=row.needs,
        question=row.question,
        waits_since=row.waits_since,
        seat=row.seat,
        came_at=row.came_at,
        message_id=row.message_id,
    )


def candidates(one: ActivityView, *, owner_ids: Collection[int] | None) -> list[tuple[str, str]]:
    """Whom to invite, (customer, why), those of the highest value first (EMO-08).

    From the segment and those with the interest: who is in both comes first. Who is a guest already or kept
    aside from marketing is left out; at most twice the seats that are free.
    """
    in_segment = of_segment(one.segment_id, owner_ids) if one.segment_id is not None else set()
    interested: set[str] = set()
    if one.interest:
        listed = list(customers.with_trait("interest", [one.interest])[:CANDIDATES_MAX])
        interested = set(customers.ids_among(listed, owner_ids))
    both = in_segment & interested
    wanted = both or in_segment | interested
    known = set(Guest.objects.filter(activity=one.activity_id).values_list("customer_id", flat=True))
    chosen = by_value(wanted - known, max(0, 2 * (one.capacity - one.coming)), "")
    return [(number, _why(number, in_segment, interested)) for number, _nothing in chosen]


def of_segment(segment_id: int, owner_ids: Collection[int] | None) -> set[str]:
    """The members of a segment within reach; nobody of one that is too large to choose guests from."""
    if segments.size(segment_id) > CANDIDATES_MAX:
        return set()
    return set(segments.member_ids(segment_id, owner_ids=owner_ids))


def by_value(wanted: Collection[str], most: int, why: str) -> list[tuple[str, str]]:
    """The most valuable of these, without those who are kept aside from marketing."""
    left = set(wanted) - policy.held_out(wanted)
    scores = insight.scores_of(sorted(left))

    def place(number: str) -> tuple[int, float, str]:
        score = scores.get(number)
        return (TIERS.index(score.tier), -float(score.clv), number) if score else (len(TIERS), 0.0, number)

    return [(number, why) for number in sorted(left, key=place)[:most]]


def _why(number: str, in_segment: set[str], interested: set[str]) -> str:
    if number in in_segment and number in interested:
        return "both"
    return "interest" if number in interested else "segment"


def _view(row: Activity, counts: Sequence[tuple[str, int, int]]) -> ActivityView:
    """`counts`: state, guests in it, how many they bring."""
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
        guests={state: count for state, count, _more in counts},
        coming=sum(count + more for state, count, more in counts if state in SEATED),
        came=sum(count for state, count, _more in counts if state == "attended"),
        texts=row.texts,
        closes_at=row.closes_at,
        minutes=row.minutes,
        party_max=row.party_max,
        remind_days=tuple(row.remind_days),
        hosts=row.hosts,
        themes=tuple(Theme(*one) for one in row.themes),
        taken_up=tuple(row.taken_up),
        series_id=row.series_id,
        quarter=row.quarter,
        zone=users.zone_of(row.owner),
    )
