"""What content takes and gives: kinds, variants, findings, what was chosen and rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# The languages that the shop writes in as a rule; others by their BCP 47 tag.
LANGUAGES = ("en", "zh-hans", "zh-hant")
# Whose eyes a text is for: the roles of a company's contact persons.
ROLES = ("procurement", "finance", "technical", "decision_maker", "execution")
MEDIA = ("infographic", "white_paper", "demo_video")
# How it is said: by facts or warmly or straight on, with every detail or the core first.
TONES = ("factual", "warm", "direct", "detailed", "brief")
STAGES = ("new", "growth", "mature", "decline")
SERVICE_TYPES = ("rational", "emotional", "dominant")
FACETS = ("role", "persona", "stage", "culture", "tone", "medium")


class ContentError(ValueError):
    """Something that content refuses; `code` and `figures` are put into words by `labels.problem`."""

    def __init__(self, code: str, where: str = "", /, **figures: Any) -> None:
        super().__init__(code)
        self.code = code
        self.where = where
        self.figures = figures

    def __str__(self) -> str:
        detail = ", ".join(f"{name}={value}" for name, value in self.figures.items())
        return f"{self.code} {self.where} {detail}".strip()


class Kind(StrEnum):
    """What a template is for."""

    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"
    BANNER = "banner"
    POPUP = "popup"
    CALL_SCRIPT = "call_script"
    LETTER = "letter"
    PHRASE = "phrase"
    SUCCESS_CASE = "success_case"


# What goes to customers in writing, as against what colleagues say or put into something else.
SENT = frozenset({Kind.EMAIL, Kind.SMS, Kind.CHAT, Kind.LETTER, Kind.BANNER, Kind.POPUP})
# What is shown to whoever comes to the shop's own pages or app: one block says it all.
ON_SITE = frozenset({Kind.BANNER, Kind.POPUP})
WITH_BLOCKS = frozenset({Kind.EMAIL}) | ON_SITE


class ContentType(StrEnum):
    """What it speaks of."""

    PRODUCT_NEWS = "product_news"
    INDUSTRY_NEWS = "industry_news"
    OFFER = "offer"
    CARE = "care"
    SERVICE_NOTICE = "service_notice"


class Situation(StrEnum):
    """When a phrase is said."""

    GREETING = "greeting"
    EMPATHY = "empathy"
    APOLOGY = "apology"
    CALL = "call"
    CLOSING = "closing"
    LISTENING = "listening"


class Status(StrEnum):
    """Where a version is; the last published one is in use."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETIRED = "retired"


class Severity(StrEnum):
    """An error keeps a version from being approved; a warning is for the writer to judge."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """What a check found: `where` is a field (subject, body, blocks.2.text), `figures` go into words."""

    code: str
    severity: Severity
    where: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """Which reader a text is for; an empty facet is for everybody."""

    role: str = ""
    stage: str = ""
    culture: str = ""  # a culture's code or a country's two letters
    tone: str = ""
    medium: str = ""
    persona: str = ""  # number of a segment: who is in it is meant

    def facets(self) -> dict[str, str]:
        """The facets that say something."""
        return {name: getattr(self, name) for name in FACETS if getattr(self, name)}


@dataclass(frozen=True)
class Reader:
    """What is known of who reads: several tones and personas may fit.

    `places` are a country and its cultures, `personas` the numbers of the segments that somebody is in.
    """

    language: str = ""
    role: str = ""
    stage: str = ""
    places: frozenset[str] = frozenset()
    tones: tuple[str, ...] = ()
    medium: str = ""
    personas: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TextView:
    """One text of a version, in one language for one kind of reader; `blocks` of e-mails only."""

    text_id: int
    language: str
    variant: Variant
    subject: str
    body: str
    blocks: tuple[Mapping[str, Any], ...]
    revision: int
    drafted_with: str = ""  # the model that drafted it
    drafted_by: str = ""  # who asked it
    drafted_at: datetime | None = None
    may_undo: bool = False  # the text before the draft is kept


@dataclass(frozen=True)
class StoredText:
    """A text with the template and the version that it belongs to."""

    code: str
    version: int
    is_in_use: bool
    text: TextView


@dataclass(frozen=True)
class VersionView:
    """A version: who wrote, approved and published it, and its texts where they were asked for."""

    version_id: int
    number: int
    status: Status
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    approved_at: datetime | None
    approved_by: str
    published_at: datetime | None
    published_by: str
    texts: tuple[TextView, ...] = ()

    @property
    def drafted(self) -> tuple[TextView, ...]:
        """The texts of it that a model drafted."""
        return tuple(one for one in self.texts if one.drafted_with)


@dataclass(frozen=True)
class TemplateView:
    """A template; `languages` are those of the version in use, else of the draft."""

    template_id: int
    code: str
    name: str
    kind: Kind
    purpose: str
    content_type: ContentType
    situation: str
    service_type: str
    is_own: bool
    archived_at: datetime | None
    updated_at: datetime
    updated_by: str
    languages: tuple[str, ...] = ()
    published: int | None = None  # the number of the version in use
    draft: int | None = None  # the number of the one being written


@dataclass(frozen=True)
class Chosen:
    """The text for one customer, and why: `language` is the text's, `asked` the customer's."""

    template: TemplateView
    version: int
    version_id: int
    text_id: int
    language: str
    asked: str
    variant: Variant


@dataclass(frozen=True)
class Choice:
    """Which of several texts a customer gets, and why not another.

    Every facet of `text` is the customer's own. `others_for` counts the texts of the same language for
    somebody else, by the first facet that is not the customer's; `less_exact` those that would do, but name
    less.
    """

    text: TextView
    others_for: Mapping[str, int]
    less_exact: int


@dataclass(frozen=True)
class Rendered:
    """What goes out: `html` of e-mails only; `variables` are those that the text names."""

    language: str
    subject: str
    html: str
    text: str
    variables: tuple[str, ...]
    warnings: tuple[Finding, ...] = ()
    brand_version: int = 0


@dataclass(frozen=True)
class BrandView:
    """The look that all e-mails share, and what every message may say of the company."""

    version: int
    values: Mapping[str, str]
    created_at: datetime | None
    actor: str


@dataclass(frozen=True)
class Phrase:
    """Something to say, ready for one language."""

    code: str
    name: str
    situation: str
    service_type: str
    language: str
    text: str


@dataclass(frozen=True)
class Brief:
    """What a model is to draft; nothing in it may name a customer."""

    goal: str
    tone: str = ""
    length: str = "medium"
    audience: str = ""
    avoid: str = ""


@dataclass(frozen=True)
class Prompt:
    """What a model is told, word by word; `digest` says whether it is still the same."""

    system: str
    user: str
    digest: str


@dataclass(frozen=True)
class DraftingView:
    """The endpoint that drafts texts; its key is never shown."""

    enabled: bool
    base_url: str
    model: str
    has_key: bool
    timeout_seconds: int
    json_mode: bool
    updated_at: datetime
    updated_by: str
