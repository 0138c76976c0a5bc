"""What the contact policy has to say of a message to a group: asked for every member whom we know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from keepwell.outreach.chats.contracts import CHANNEL, TAKEN, Assessment
from keepwell.outreach.chats.models import ChatGroup, ChatMember, GroupDelivery
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Cause, Intent
from keepwell.outreach.policy.core import opens

# A group cannot be written to without somebody who is in it, so these keep the message from all of them.
BARRING = frozenset({Cause.STOPPED, Cause.ON_HOLD, Cause.WITHDRAWN})
# WeCom's strictest rule of three; the monthly and the weekly one follow from it.
BETWEEN = timedelta(days=1)


def assess(group: ChatGroup, *, purpose: str, content: str, now: datetime) -> Assessment:
    """Whether a text may go to a group at `now`.

    A member who is left alone bars it. Members kept aside from marketing read it with the others: they are
    counted, and the contact is noted as one that took place although the policy would not have made it, so
    that effects are read with it. Quiet hours are those where most known members are, else the shop's.
    """
    numbers = list(ChatMember.objects.filter(group=group).values_list("customer_id", flat=True))
    intents = [intent(group, number, purpose, content) for number in numbers]
    causes = Counter(verdict.cause for verdict in policy.ask_many(intents, now=now).values())
    barred = sum(causes[cause] for cause in BARRING)
    held_out = len(policy.held_out(numbers)) if purpose == "marketing" else 0
    found = Assessment(
        barred=barred,
        held_out=held_out,
        not_asked=causes[Cause.NOT_ASKED] + causes[Cause.EXPIRED],
        known=len(numbers),
    )
    if group.gone_at is not None:
        return replace(found, cause="gone")
    if group.status == 1:
        return replace(found, cause="owner_left")
    if barred:
        return replace(found, cause="member_left_alone")
    rules = policy.rules()
    told = GroupDelivery.objects.filter(group=group, state__in=TAKEN, begun_at__lte=now)
    since = now - timedelta(days=rules.repeat_days)
    if rules.repeat_days and told.filter(post__template_code=content, begun_at__gt=since).exists():
        return replace(found, cause="same_content")
    last = told.order_by("-begun_at").values_list("begun_at", flat=True).first()
    free = last + BETWEEN if last is not None else now
    open_at = opens(max(free, now), (_zone(numbers, rules.time_zone, now),), rules, _anybody(purpose))
    if free > now:
        return replace(found, cause="too_often", until=open_at)
    if open_at > now:
        return replace(found, cause="quiet_hours", until=open_at)
    return found


def intent(group: ChatGroup, customer_id: str, purpose: str, content: str, delivery: int = 0) -> Intent:
    """The contact that a message to a group is for one of its members."""
    name = f"chat-{delivery}-{group.pk}-{customer_id}"
    return Intent(name, customer_id, CHANNEL, purpose, content=content, origin=f"chat:{group.pk}")


def _anybody(purpose: str) -> Intent:
    return Intent("", "", CHANNEL, purpose)


def _zone(numbers: list[str], usual: str, now: datetime) -> ZoneInfo:
    zones = Counter(str(at.tzinfo) for at in policy.clocks_of(numbers, now=now).values())
    return ZoneInfo(zones.most_common(1)[0][0] if zones else usual)
