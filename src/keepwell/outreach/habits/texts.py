"""How texts are read: by text, over months, how long after they were sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from keepwell.outreach.content import labels
from keepwell.outreach.content import queries as content
from keepwell.outreach.habits.contracts import Delays, MonthRead, Share, TextRead
from keepwell.outreach.habits.core import share
from keepwell.outreach.sending import tallies
from keepwell.outreach.sending.tallies import Tally

# Hours after sending.
STEPS = (1, 3, 6, 12, 24, 48, 72, 168)


def texts_read(*, days: int, now: datetime, content_code: str = "") -> list[TextRead]:
    """Every text of which a message went in the `days` before `now`, the most sent first."""
    found = tallies.tallies(since=now - timedelta(days=days), until=now, content=content_code)
    known = content.texts({one.text_id for one in found if one.text_id is not None})
    named = content.heads({one.content for one in found if one.content})
    read = []
    for one in found:
        text = known.get(one.text_id or 0)
        name, kind = named.get(one.content, (one.content, ""))
        read.append(
            TextRead(
                content=one.content,
                name=name,
                kind=kind,
                channel=one.channel,
                text_id=one.text_id if text else None,
                version=text.version if text else None,
                language=text.text.language if text else "",
                reader=labels.variant(text.text.variant) if text else "",
                subject=(text.text.subject if text else "").strip(),
                is_in_use=bool(text and text.is_in_use),
                sent=one.sent,
                arrived=one.arrived,
                confirmed=one.confirmed,
                untold=one.untold,
                unnoted=one.unnoted,
                **_shares(one),
            )
        )
    return sorted(read, key=lambda one: (-one.sent, one.name, one.version or 0, one.language, one.reader))


def by_month(*, content_code: str, days: int, now: datetime, zone: ZoneInfo) -> list[MonthRead]:
    """The months of one content, all texts and channels together, the oldest first."""
    months: dict[date, Tally] = defaultdict(lambda: Tally(content_code, None, ""))
    since = now - timedelta(days=days)
    for one in tallies.tallies(since=since, until=now, content=content_code, by_month=zone):
        assert one.month is not None, "they were asked for by month"
        _add(months[one.month], one)
    return [
        MonthRead(month, one.arrived, _shares(one)["opened"], _shares(one)["clicked"])
        for month, one in sorted(months.items())
    ]


def delays(*, content_code: str, days: int, now: datetime) -> Delays:
    """How long after sending one content was opened first."""
    limits = [timedelta(hours=hours) for hours in STEPS]
    counts, opened = tallies.delays(
        since=now - timedelta(days=days), until=now, content=content_code, limits=limits
    )
    within = [(hours, share(count, opened)) for hours, count in zip(STEPS, counts, strict=True)]
    half = next((hours for hours, one in within if opened and one.value >= 0.5), None)
    return Delays(opened, within, half)


def together(read: Iterable[TextRead]) -> tuple[int, int, int]:
    """Of all these texts: messages that arrived, those not followed, those of which nobody noted it."""
    rows = list(read)
    return sum(one.arrived for one in rows), sum(one.untold for one in rows), sum(one.unnoted for one in rows)


def _shares(one: Tally) -> dict[str, Share]:
    return {
        "opened": share(one.opened, one.opens_told),
        "clicked": share(one.clicked, one.clicks_told),
        "answered": share(one.answered, one.arrived),
        "unsubscribed": share(one.unsubscribed, one.arrived),
        "complained": share(one.complained, one.arrived),
    }


def _add(total: Tally, one: Tally) -> None:
    for name in tallies.COUNTED:
        setattr(total, name, getattr(total, name) + getattr(one, name))
