"""The culture guide."""

from __future__ import annotations

from collections.abc import Iterable

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
    return next(iter(proposed_channels([(country, culture)])[country, culture]), "")


def proposed_channels(places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """All channels that the guide proposes by (country, culture), those for the country before the others.

    The guide is read once, however many places are asked for.
    """
    entries = [entry for entry in culture_guide(only_active=True) if entry.channel]
    # Warnings first, as the advice is given.
    entries.sort(key=lambda entry: not entry.is_warning)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for country, culture in set(places):
        theirs = places_of(country, culture)
        about = [entry for entry in entries if theirs & set(entry.places)]
        about.sort(key=lambda entry: country not in entry.places)
        found[country, culture] = tuple(dict.fromkeys(entry.channel for entry in about))
    return found


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
