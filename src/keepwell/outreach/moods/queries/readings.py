"""Readings: those within reach, those of one customer, those of certain texts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import orjson
from django.db.models import Case, Count, F, Q, When

from keepwell.customers.identity import queries as identity
from keepwell.outreach.moods.contracts import Feeling, MoodPage, ReadingView
from keepwell.outreach.moods.models import Reading

SHOWN = 50


def page(*, within: Q, since: datetime, feeling: str = "", limit: int = SHOWN, offset: int = 0) -> MoodPage:
    """Readings of texts since then that `within` lets through; of one feeling where it is named.

    Texts are somebody's own words: whoever shows them says in the audit who looked.
    """
    found = Reading.objects.filter(within, at__gte=since).annotate(held=_held())
    counts: Counter[str] = Counter()
    for row in found.order_by().values("held").annotate(texts=Count("pk")):
        counts[row["held"]] += row["texts"]
    wanted = found.filter(held=feeling) if feeling else found
    lines = tuple(map(view, wanted[offset : offset + limit]))
    total = counts[feeling] if feeling else counts.total()
    return MoodPage(lines, total, counts[Feeling.NEGATIVE], counts[Feeling.NEUTRAL], counts[Feeling.POSITIVE])


def get(reading_id: int) -> ReadingView | None:
    """One reading, or None."""
    row = Reading.objects.filter(pk=reading_id).first()
    return view(row) if row else None


def of_customer(customer_id: str, *, limit: int = 20) -> list[ReadingView]:
    """The newest readings of a customer, merged records included."""
    rows = Reading.objects.filter(customer_id__in=identity.fact_ids(customer_id))
    return list(map(view, rows[:limit]))


def by_key(key: str) -> ReadingView | None:
    """What was read in the text whose fact has this key, or None."""
    row = Reading.objects.filter(key=key).first()
    return view(row) if row else None


def _held() -> Case:
    return Case(When(corrected="", then=F("feeling")), default=F("corrected"))


def view(row: Reading) -> ReadingView:
    """A reading as other rooms see it."""
    return ReadingView(
        reading_id=row.pk,
        key=row.key,
        customer_id=row.customer_id,
        origin=row.origin,
        channel=row.channel,
        at=row.at,
        text=row.text,
        words=tuple(orjson.loads(row.words)) if row.words else (),
        polarity=row.polarity,
        confidence=row.confidence,
        feeling=Feeling(row.corrected or row.feeling),
        read_as=Feeling(row.feeling),
        model=row.model,
        corrected_by=row.corrected_by,
        corrected_at=row.corrected_at,
    )
