"""What the website asks and is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    """What somebody did with what was shown."""

    VIEW = "view"
    CLICK = "click"
    CLOSE = "close"


class OnsiteError(Exception):
    """Something that the website may not ask; `code` is for programs."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchSiteError(OnsiteError):
    """A key that no website or app in use has."""


class RefusedError(OnsiteError):
    """A page of another origin, or a customer whom the shop did not sign."""


class TooOftenError(OnsiteError):
    """A customer who asked too often of late."""


@dataclass(frozen=True)
class Visitor:
    """Who looks, as the shop says: a customer with the shop's signature, or nobody known ("")."""

    customer_id: str = ""
    issued: int = 0
    signature: str = ""
    language: str = ""
    closed: tuple[str, ...] = ()  # tokens of notices for everybody that this browser has closed


@dataclass(frozen=True)
class Notice:
    """What is shown: `form` is banner or popup, everything else plain text and addresses by https."""

    token: str
    form: str
    language: str
    title: str
    text: str
    label: str
    url: str
    image: str
    alt: str


@dataclass(frozen=True)
class SiteNoticeView:
    """A notice for everybody, with how often it was seen, pressed and closed."""

    notice_id: int
    template_code: str
    name: str
    form: str
    priority: int
    starts_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    views: int
    clicks: int
    closings: int
    created_by: str
