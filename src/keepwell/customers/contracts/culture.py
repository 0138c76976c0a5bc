"""The culture guide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

CULTURES = (
    "east_asia",
    "southeast_asia",
    "south_asia",
    "middle_east",
    "nordic",
    "western_europe",
    "southern_europe",
    "eastern_europe",
    "north_america",
    "latin_america",
    "africa",
    "oceania",
)
TOPICS = ("taboo", "gesture", "gift", "time", "title", "opening", "attachment", "channel", "case", "other")


@dataclass(frozen=True)
class CultureEntryView:
    """One piece of advice. `places` are ISO countries and codes of CULTURES; `channel` is proposed, or "".

    `texts` by language code; `text(language)` falls back to English, then to any.
    """

    code: str
    topic: str
    places: tuple[str, ...]
    channel: str
    texts: Mapping[str, str]
    is_warning: bool
    is_active: bool
    is_own: bool  # written here, not one of those that Keepwell brings
    is_changed: bool  # brought by Keepwell and changed here
    updated_at: datetime | None = None
    updated_by: str = ""

    def text(self, language: str) -> str:
        """The advice in a language."""
        return self.texts.get(language) or self.texts.get("en") or next(iter(self.texts.values()), "")
