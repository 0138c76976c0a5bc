"""What social accounts take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

PLATFORMS = (
    "weibo", "douyin", "xiaohongshu", "wechat_channels", "bilibili", "kuaishou", "facebook", "instagram",
    "tiktok", "x", "youtube", "linkedin", "other",
)  # fmt: skip
STATES = ("planned", "posted", "dropped")
TOPIC_KINDS = ("discussion", "survey")


class SocialError(ValueError):
    """Something that is refused: problems by field, each a code of `labels.PROBLEM`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class AimView:
    """A cell of the matrix: what an account says to a group of customers."""

    segment_id: int
    themes: tuple[str, ...]
    templates: tuple[str, ...]


@dataclass(frozen=True)
class PostView:
    """What is planned or was posted."""

    post_id: int
    account_id: int
    account: str
    on_date: date
    theme: str
    title: str
    template_code: str
    state: str
    link: str


@dataclass(frozen=True)
class TopicView:
    """A discussion or survey; `answers` are options with how many chose them."""

    topic_id: int
    account_id: int
    account: str
    kind: str
    title: str
    opened_on: date
    closed_on: date | None
    participants: int | None
    answers: tuple[tuple[str, int], ...]
    result: str


@dataclass(frozen=True)
class AccountView:
    """An account; `followers` by day, the newest first."""

    account_id: int
    platform: str
    name: str
    link: str
    owner_id: int | None
    active: bool
    aims: tuple[AimView, ...]
    followers: tuple[tuple[date, int], ...]

    @property
    def newest(self) -> int | None:
        """How many follow it by the newest figure."""
        return self.followers[0][1] if self.followers else None

    @property
    def gained(self) -> int | None:
        """By how many more than at the first figure."""
        return self.followers[0][1] - self.followers[-1][1] if len(self.followers) > 1 else None


@dataclass(frozen=True)
class Imported:
    """What a file brought: new accounts, figures, and lines that could not be read with why."""

    accounts: int
    figures: int
    refused: tuple[tuple[int, str], ...]
