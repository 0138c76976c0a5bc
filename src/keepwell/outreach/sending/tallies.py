"""What became of messages, counted by text in the database: a row for each text, never for each message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, ExpressionWrapper, F, Min, Q, QuerySet
from django.db.models import DurationField as Duration
from django.db.models.functions import Cast, Substr, TruncMonth

from keepwell.outreach.channels.contracts import ReceiptKind
from keepwell.outreach.sending.models import Message, ReceiptRow
from keepwell.outreach.sending.reached import came_to

Key = tuple[Any, ...]  # content, text, channel, and the month where it is asked for
BOUNCED = "bounced"
# Who clicked or answered has read, whatever the picture says; who unsubscribes may have read nothing.
READ = (ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.REPLIED)


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
    rows, told = _gone(since, until, content), _told(since, until, content)
    prefixed = [f"message__{one}" for one in keys]
    if by_month is not None:
        rows = rows.annotate(month=TruncMonth("finished_at", tzinfo=by_month))
        told = told.annotate(month=TruncMonth("message__finished_at", tzinfo=by_month))
        keys, prefixed = [*keys, "month"], [*prefixed, "month"]
    found: dict[Key, Tally] = {}
    for counted in (_messages(rows, keys), _persons(told, prefixed)):
        for key, figures in counted:
            one = found.setdefault(key, Tally(*_dated(key)))
            for name, number in figures.items():
                setattr(one, name, number)
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
    told = _told(since, until, content).filter(kind__in=READ, message__opens_told=True)
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


def _told(since: datetime, until: datetime, content: str) -> QuerySet[ReceiptRow]:
    found = ReceiptRow.objects.filter(
        by_machine=False,
        kind__in=(*READ, ReceiptKind.UNSUBSCRIBED, ReceiptKind.COMPLAINED),
        message__finished_at__gt=since,
        message__finished_at__lte=until,
    ).exclude(message__standing__in=("", BOUNCED))
    return (found.filter(message__content=content) if content else found).order_by()


def _messages(rows: QuerySet[Message], keys: list[str]) -> Iterator[tuple[Key, dict[str, int]]]:
    arrived = ~Q(standing=BOUNCED)
    counted = rows.values(*keys).annotate(
        sent=Count("pk"),
        arrived=Count("pk", filter=arrived),
        confirmed=Count("pk", filter=Q(standing__in=came_to("delivered"))),
        told_opens=Count("pk", filter=arrived & Q(opens_told=True)),
        told_clicks=Count("pk", filter=arrived & Q(clicks_told=True)),
        untold=Count("pk", filter=arrived & Q(opens_told=False)),
        unnoted=Count("pk", filter=arrived & Q(opens_told=None)),
    )
    for row in counted:
        figures = {name: row[name] for name in ("sent", "arrived", "confirmed", "untold", "unnoted")}
        figures |= {"opens_told": row["told_opens"], "clicks_told": row["told_clicks"]}
        yield tuple(row[one] for one in keys), figures


def _persons(told: QuerySet[ReceiptRow], keys: list[str]) -> Iterator[tuple[Key, dict[str, int]]]:
    def people(which: Q) -> Count:
        return Count("message", distinct=True, filter=which)

    counted = told.values(*keys).annotate(
        opened=people(Q(kind__in=READ, message__opens_told=True)),
        clicked=people(Q(kind=ReceiptKind.CLICKED, message__clicks_told=True)),
        answered=people(Q(kind=ReceiptKind.REPLIED)),
        unsubscribed=people(Q(kind=ReceiptKind.UNSUBSCRIBED)),
        complained=people(Q(kind=ReceiptKind.COMPLAINED)),
    )
    for row in counted:
        names = ("opened", "clicked", "answered", "unsubscribed", "complained")
        yield tuple(row[one] for one in keys), {name: row[name] for name in names}


def _dated(key: Key) -> list[Any]:
    return [one.date() if isinstance(one, datetime) else one for one in key]
