"""What can be asked about groups of customers; nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet, Sum

from keepwell.insight import queries as insight
from keepwell.outreach import users
from keepwell.outreach.chats.assessing import assess
from keepwell.outreach.chats.contracts import (
    CHANNEL,
    TAKEN,
    Assessment,
    ChatError,
    DeliveryView,
    GroupView,
    PostView,
    State,
    Totals,
)
from keepwell.outreach.chats.models import ChatGroup, ChatMember, GroupDelivery, GroupPost
from keepwell.outreach.sending import queries as sending

LISTED, POSTS_LISTED = 200, 20
OWNER_LEFT = 1


def groups(*, owners: Collection[int] | None = None, page: int = 1) -> tuple[GroupView, ...]:
    """A page of the groups that there are, most customers first; with `owners` those of these users."""
    start = (page - 1) * LISTED
    return tuple(_views(_there(owners)[start : start + LISTED]))


def every() -> Iterator[GroupView]:
    """All groups that there are, in the order of `groups`, so many at a time."""
    rows = list(_there(None))
    for start in range(0, len(rows), LISTED):
        yield from _views(rows[start : start + LISTED])


def totals(*, owners: Collection[int] | None = None) -> Totals:
    """How many groups, people and places of customers there are; with `owners` in those of these users."""
    rows = _there(owners).order_by()
    said = rows.aggregate(groups=Count("pk", distinct=True), customers=Sum("there"), people=Sum("members"))
    return Totals(said["groups"], said["people"] or 0, said["customers"] or 0)


def _there(owners: Collection[int] | None) -> QuerySet[ChatGroup]:
    rows = ChatGroup.objects.filter(gone_at=None)
    if owners is not None:
        names = set(_usernames(owners))
        rows = rows.filter(owner__in={one for one, user in _ours().items() if user in names})
    return rows.annotate(there=Count("known")).order_by("-there", "id")


def group(group_id: int) -> GroupView:
    """One group; raises ChatError."""
    found = list(_views(ChatGroup.objects.filter(pk=group_id)))
    if not found:
        raise ChatError("no_groups")
    return found[0]


def of_owner(group_id: int, owners: Collection[int]) -> bool:
    """Whether one of these users owns the group."""
    owner = ChatGroup.objects.filter(pk=group_id).values_list("owner", flat=True).first()
    return owner is not None and _ours().get(owner) in set(_usernames(owners))


def members(group_id: int) -> dict[str, datetime | None]:
    """The customers in a group and since when."""
    rows = ChatMember.objects.filter(group=group_id).order_by("customer_id")
    return dict(rows.values_list("customer_id", "joined_at"))


def of_customer(customer_id: str) -> tuple[int, ...]:
    """The groups that a customer is in."""
    rows = ChatMember.objects.filter(customer_id=customer_id, group__gone_at=None).order_by("group_id")
    return tuple(rows.values_list("group_id", flat=True))


def assessed(group_id: int, *, purpose: str, content: str, now: datetime) -> Assessment:
    """What the contact policy has to say of a text to a group now."""
    return assess(ChatGroup.objects.get(pk=group_id), purpose=purpose, content=content, now=now)


def posts(*, limit: int = POSTS_LISTED, group_id: int | None = None) -> tuple[PostView, ...]:
    """What was said to groups, the newest first."""
    rows = GroupPost.objects.all()
    if group_id is not None:
        rows = rows.filter(deliveries__group=group_id)
    found = list(rows[:limit])
    kept: dict[int, list[DeliveryView]] = defaultdict(list)
    told = GroupDelivery.objects.filter(post__in=found).select_related("group").order_by("pk")
    for row in told if group_id is None else told.filter(group=group_id):
        kept[row.post_id].append(
            DeliveryView(
                row.group_id,
                row.group.name,
                State(row.state),
                row.reason,
                row.due_at,
                row.finished_at,
                row.figures,
            )
        )
    return tuple(
        PostView(
            row.pk,
            row.template_code,
            row.language,
            row.purpose,
            row.text,
            row.created_at,
            row.created_by,
            row.stopped_at,
            tuple(kept[row.pk]),
        )
        for row in found
    )


def read_at() -> datetime | None:
    """When the groups were read last; None: never."""
    return ChatGroup.objects.order_by("-read_at").values_list("read_at", flat=True).first()


def _views(rows: Iterable[ChatGroup]) -> Iterable[GroupView]:
    listed = list(rows)
    numbers: dict[int, list[str]] = defaultdict(list)
    for pk, number in ChatMember.objects.filter(group__in=listed).values_list("group_id", "customer_id"):
        numbers[pk].append(number)
    scores = insight.scores_of({number for some in numbers.values() for number in some})
    told = GroupDelivery.objects.filter(Q(state__in=TAKEN), group__in=listed).order_by()
    last = dict(told.values("group").annotate(at=Max("begun_at")).values_list("group", "at"))
    ours = _ours()
    names = {one.username: users.name_of(one) for one in users.active().filter(username__in=ours.values())}
    for row in listed:
        known = [scores[number] for number in numbers[row.pk] if number in scores]
        yield GroupView(
            group_id=row.pk,
            chat_id=row.chat_id,
            name=row.name,
            owner=row.owner,
            owner_name=names.get(ours.get(row.owner, ""), ""),
            owner_left=row.status == OWNER_LEFT,
            members=row.members,
            strangers=row.strangers,
            known=len(numbers[row.pk]),
            started_at=row.started_at,
            read_at=row.read_at,
            gone_at=row.gone_at,
            last_at=last.get(row.pk),
            tiers=Counter(str(one.tier) for one in known),
            stages=Counter(str(one.life_stage) for one in known),
        )


def _ours() -> dict[str, str]:
    """Our user names by WeCom's user IDs, as the account says."""
    from keepwell.outreach.channels.wecom.client import members as listed

    account = sending.in_use(CHANNEL)
    if account is None:
        return {}
    return {theirs: ours for ours, theirs in listed(account.values.get("members", "")).items()}


def _usernames(user_ids: Collection[int]) -> list[str]:
    return list(users.active().filter(pk__in=user_ids).values_list("username", flat=True))
