"""The culture guide."""

from __future__ import annotations

from keepwell.customers.contracts import TOPICS, CultureEntryView
from keepwell.customers.guide import BUILT_IN, places_of
from keepwell.customers.models import CultureEntry

LANGUAGES = ("en", "zh-hans", "zh-hant")


def culture_guide(*, only_active: bool = False) -> tuple[CultureEntryView, ...]:
    """Every entry, by topic: what Keepwell brings, as changed here, and the shop's own."""
    changed = {row.code: row for row in CultureEntry.objects.all()}
    found = [_changed(row) for row in changed.values()]
    for code, entry in BUILT_IN.items():
        if code not in changed:
            texts = dict(zip(LANGUAGES, entry.texts, strict=True))
            found.append(
                CultureEntryView(
                    code=code,
                    topic=entry.topic,
                    places=entry.places,
                    channel=entry.channel,
                    texts=texts,
                    is_warning=entry.is_warning,
                    is_active=True,
                    is_own=False,
                    is_changed=False,
                )
            )
    kept = [entry for entry in found if entry.is_active or not only_active]
    return tuple(sorted(kept, key=lambda entry: (TOPICS.index(entry.topic), entry.code)))


def culture_advice(*, country: str, culture: str = "") -> tuple[CultureEntryView, ...]:
    """What to heed before getting in touch with somebody of this country and culture; warnings first."""
    places = places_of(country, culture)
    found = [entry for entry in culture_guide(only_active=True) if places & set(entry.places)]
    return tuple(sorted(found, key=lambda entry: not entry.is_warning))


def proposed_channel(*, country: str, culture: str = "") -> str:
    """The channel that the guide proposes, one for the country before one for the culture."""
    entries = [entry for entry in culture_advice(country=country, culture=culture) if entry.channel]
    entries.sort(key=lambda entry: country not in entry.places)
    return entries[0].channel if entries else ""


def _changed(row: CultureEntry) -> CultureEntryView:
    return CultureEntryView(
        code=row.code,
        topic=row.topic,
        places=tuple(row.places),
        channel=row.channel,
        texts=row.texts,
        is_warning=row.is_warning,
        is_active=row.is_active,
        is_own=row.code not in BUILT_IN,
        is_changed=row.code in BUILT_IN,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
