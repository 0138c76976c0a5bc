"""What online advertising takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

# A shorter list would tell a platform, or whoever sees its figures, too much of single people.
MEMBERS_MIN = 100


class AdvertisingError(ValueError):
    """Something that cannot be done; `code` is put into words by `labels.PROBLEM`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Platform(StrEnum):
    """Whose form a file has."""

    GOOGLE = "google"
    META = "meta"
    TIKTOK = "tiktok"
    TENCENT = "tencent"
    OCEANENGINE = "oceanengine"


class Use(StrEnum):
    """Whether the people of a list are to see the advertisement, or not to."""

    SHOW = "show"
    SPARE = "spare"


class Part(StrEnum):
    """A file of a list: all of it, or what has changed since it was given to the platform."""

    ALL = "all"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class AudienceView:
    """A list: its people as of `read_at`, of whom `added` are not with the platform yet.

    `removals` are with the platform and must be taken out there: `withdrawn_now` of them since the list was
    read last. `left_out` counts the members of the segment who are not on the list, by reason.
    """

    audience_id: int
    name: str
    segment_id: int
    platform: Platform
    use: Use
    people: int
    added: int
    removals: int
    due_now: int
    left_out: Mapping[str, int]
    read_at: datetime | None
    read_by: str
    handed_at: datetime | None


@dataclass(frozen=True)
class Refreshed:
    """What reading a segment anew made of a list."""

    people: int
    added: int
    removed: int
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CampaignResult:
    """What a campaign brought and cost within a span: `visits` of known customers, each once a day."""

    source: str
    medium: str
    name: str
    visits: int
    visitors: int
    orders: int
    fresh: int
    revenue: Decimal
    spend: Decimal
    currency: str

    @property
    def cost_per_visit(self) -> Decimal | None:
        """What a visit cost; None without spend or visits."""
        return self.spend / self.visits if self.visits and self.spend else None

    @property
    def cost_per_fresh(self) -> Decimal | None:
        """What a new customer cost; None without spend or any."""
        return self.spend / self.fresh if self.fresh and self.spend else None


@dataclass(frozen=True)
class Imported:
    """What a file of spend held: `kept` lines, and those refused, by number with a code of `labels`."""

    kept: int
    refused: tuple[tuple[int, str], ...]
