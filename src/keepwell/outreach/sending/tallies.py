"""What became of messages, counted by text in the database: a row for each text, never for each message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, ExpressionWrapper, F, Min, Q, QuerySet, Value, When
from django.db.models import DurationField as Duration
from django.db.models.functions import Cast, Substr

from keepwell.outreach.channels.contracts import ReceiptKind
from keepwell.outreach.sending import acts
from keepwell.outreach.sending.models import Message, ReceiptRow
from keepwell.outreach.sending.reached import came_to

Key = tuple[Any, ...]  # content, text, channel, and the month where it is asked for
BOUNCED = "bounced"
DELIVERED = came_to("delivered")
# Who clicked or answered has read, whatever the picture says; who unsubscribes may have read nothing.
READ = (ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.REPLIED)
HAS_READ = acts.bits(READ)
# What a message's part in the figures follows from.
COMBINED = ("standing", "opens_told", "clicks_told", "acts")


@dataclass
class Tally:
    """The messages of one text on one channel; of one month where asked for. `text_id` None: unknown.

    `arrived` did not come back, `confirmed` are known to have been delivered. Openings and clicks are those
    of people, in messages of which they could be told: `opened` of `opens_told`, `clicked` of `clicks_told`.
    `untold` arrived where openings are not followed, by the shop's settings or the customer's word, `unnoted`
    before it was noted whether they are.
    """

    content: str
    text_id: int | None
    channel: str
    month: date | None = None
    sent: int = 0
    arrived: int = 0
    confirmed: int = 0
    opens_told: int = 0
    opened: int = 0
    clicks_told: int = 0
    clicked: int = 0
    answered: int = 0
    unsubscribed: int = 0
    complained: int = 0
    untold: int = 0
    unnoted: int = 0


COUNTED = tuple(one.name for one in fields(Tally) if one.default == 0)


def tallies(
    *, since: datetime, until: datetime, content: str = "", by_month: ZoneInfo | None = None
) -> list[Tally]:
    """Every text of which a message went in the span; of one content where it is named.

    `by_month` splits them by the months of that zone.
    """
    keys = ["content", "text_id", "channel"]
    rows = _gone(since, until, content)
    months: list[date] = []
    if by_month is not None:
        months = _months(since, until, by_month)
        rows, keys = rows.annotate(month=_place(months[1:], by_month)), [*keys, "month"]
    found: dict[Key, Tally] = {}
    # How often each combination comes, once over an index: to count for each figure apart takes far longer.
    combined = rows.values(*keys, *COMBINED).annotate(messages=Count("pk"))
    for row in combined:
        content_code, text_id, channel, *place = key = tuple(row[one] for one in keys)
        if key not in found:
            found[key] = Tally(content_code, text_id, channel, months[place[0]] if place else None)
        _count(found[key], row)
    return list(found.values())


def by_hour(*, since: datetime, until: datetime) -> dict[tuple[str, datetime], tuple[int, int]]:
    """By channel and hour (UTC) in which messages went: how many, and how many were clicked or answered.

    A message counts in the hour in which it was sent, whenever it was answered.
    """
    # The text of a moment begins the same in every database; asking it for its hour would cost a call a row.
    hours = _gone(since, until, "").annotate(hour=Substr(Cast("finished_at", CharField()), 1, 13))
    rows = hours.values("channel", "hour").annotate(
        made=Count("pk"), answered=Count("pk", filter=Q(standing__in=("clicked", "answered")))
    )
    return {
        (row["channel"], datetime.strptime(row["hour"] + "+0000", "%Y-%m-%d %H%z")): (
            row["made"],
            row["answered"],
        )
        for row in rows
    }


def delays(
    *, since: datetime, until: datetime, content: str, limits: Iterable[timedelta]
) -> tuple[list[int], int]:
    """How many messages were first opened within each of the rising `limits` after sending, and at all.

    Of those of which openings could be told.
    """
    told = _read(since, until, content)
    first = told.values("message", "message__finished_at").annotate(first=Min("at"))
    waited = first.annotate(
        waited=ExpressionWrapper(F("first") - F("message__finished_at"), output_field=Duration())
    )
    names = {f"within_{place}": limit for place, limit in enumerate(limits)}
    counted = waited.aggregate(
        **{name: Count("message", filter=Q(waited__lte=limit)) for name, limit in names.items()},
        opened=Count("message"),
    )
    return [counted[name] for name in names], counted["opened"]


def _gone(since: datetime, until: datetime, content: str) -> QuerySet[Message]:
    found = Message.objects.filter(finished_at__gt=since, finished_at__lte=until).exclude(standing="")
    return (found.filter(content=content) if content else found).order_by()


def _read(since: datetime, until: datetime, content: str) -> QuerySet[ReceiptRow]:
    """What tells that people read messages of which that could be told."""
    found = ReceiptRow.objects.filter(
        by_machine=False,
        kind__in=READ,
        message__finished_at__gt=since,
        message__finished_at__lte=until,
        message__content=content,
        message__opens_told=True,
    )
    return found.exclude(message__standing__in=("", BOUNCED)).order_by()


def _count(one: Tally, row: Mapping[str, Any]) -> None:
    """Add the messages of one combination."""
    number, did = row["messages"], row["acts"]
    one.sent += number
    one.confirmed += number if row["standing"] in DELIVERED else 0
    if row["standing"] == BOUNCED:
        return
    one.arrived += number
    one.untold += number if row["opens_told"] is False else 0
    one.unnoted += number if row["opens_told"] is None else 0
    one.opens_told += number if row["opens_told"] else 0
    one.clicks_told += number if row["clicks_told"] else 0
    one.opened += number if row["opens_told"] and did & HAS_READ else 0
    one.clicked += number if row["clicks_told"] and did & acts.BITS[ReceiptKind.CLICKED] else 0
    one.answered += number if did & acts.BITS[ReceiptKind.REPLIED] else 0
    one.unsubscribed += number if did & acts.BITS[ReceiptKind.UNSUBSCRIBED] else 0
    one.complained += number if did & acts.BITS[ReceiptKind.COMPLAINED] else 0


def _months(since: datetime, until: datetime, zone: ZoneInfo) -> list[date]:
    """The months that a span touches in a zone, each by its first day."""
    first, last = (one.astimezone(zone).date().replace(day=1) for one in (since, until))
    found = [first]
    while found[-1] < last:
        found.append((found[-1] + timedelta(days=32)).replace(day=1))
    return found


def _place(later: Sequence[date], zone: ZoneInfo) -> Case:
    """In which month a message went: 0 before the first of `later`, and so on."""
    begins = [datetime(one.year, one.month, 1, tzinfo=zone).astimezone(UTC) for one in later]
    return Case(
        *(When(finished_at__lt=begin, then=Value(place)) for place, begin in enumerate(begins)),
        default=Value(len(begins)),
    )
