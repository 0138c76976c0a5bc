"""What tailoring takes and gives: buying stages with their evidence, plans of content, what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

DAYS_MIN, DAYS_MAX = 1, 365
TIMES_MIN, TIMES_MAX = 2, 50
TYPES_MAX, TYPE_LENGTH_MAX = 20, 40
GROUPS_MAX = 12


class Stage(StrEnum):
    """How far somebody is on the way to the next order."""

    NONE = "none"
    AWARENESS = "awareness"
    CONSIDERATION = "consideration"
    DECISION = "decision"


# From the first to the last: a later one outranks an earlier one.
STAGES = (Stage.NONE, Stage.AWARENESS, Stage.CONSIDERATION, Stage.DECISION)
ANY = ""  # a text whatever the stage

VISIT, VIEW, SEARCH, COMPARE, ENQUIRY = "visit", "view", "search", "compare", "enquiry"
PRODUCT, CATEGORY, PRICE = "same_product", "same_category", "price"
CART, CHECKOUT, QUOTE = "cart", "checkout", "quote"
SIGNS = (VISIT, VIEW, SEARCH, COMPARE, ENQUIRY, PRODUCT, CATEGORY, PRICE, CART, CHECKOUT, QUOTE)
# Signs that are facts of some types; the others are told from visits and views.
TYPED = (VISIT, VIEW, SEARCH, COMPARE, ENQUIRY, CART, CHECKOUT, QUOTE)


@dataclass(frozen=True)
class Rule:
    """What counts for which stage, within how many days; all of it is the shop's own to change.

    `stages` says for each sign which stage it is one of (none: it does not count), `types` which types of
    interaction a sign is. A product, or a category, that was looked at so many times counts as a sign of its
    own. A page whose address has one of `price_words` in it is a page of prices.
    """

    days: int = 30
    product_times: int = 2
    category_times: int = 3
    stages: Mapping[str, Stage] = field(
        default_factory=lambda: {
            VISIT: Stage.AWARENESS,
            VIEW: Stage.AWARENESS,
            SEARCH: Stage.CONSIDERATION,
            COMPARE: Stage.CONSIDERATION,
            ENQUIRY: Stage.CONSIDERATION,
            PRODUCT: Stage.CONSIDERATION,
            CATEGORY: Stage.CONSIDERATION,
            PRICE: Stage.DECISION,
            CART: Stage.DECISION,
            CHECKOUT: Stage.DECISION,
            QUOTE: Stage.DECISION,
        }
    )
    types: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            VISIT: ("visit", "dwell"),
            VIEW: ("view",),
            SEARCH: ("search",),
            COMPARE: ("compare", "comparison", "wishlist"),
            ENQUIRY: ("chat", "call", "enquiry", "inquiry", "form", "message_received"),
            CART: ("cart",),
            CHECKOUT: ("checkout",),
            QUOTE: ("quote", "quotation", "quote_requested"),
        }
    )
    price_words: tuple[str, ...] = ("price", "pricing", "价格", "價格", "报价", "報價")


@dataclass(frozen=True)
class Found:
    """How often a sign was seen, when last, and of a repeated look: at what."""

    times: int
    last_at: datetime
    what: str = ""


@dataclass(frozen=True)
class Evidence:
    """A sign that says the stage which it stands for."""

    sign: str
    stage: Stage
    times: int
    last_at: datetime
    what: str = ""


@dataclass(frozen=True)
class Standing:
    """The buying stage of a customer with all that speaks for it, the strongest first."""

    stage: Stage = Stage.NONE
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Counted:
    """How many customers are at each stage, as it was worked out at `made_at`."""

    stages: Mapping[str, int]
    made_at: datetime | None


@dataclass(frozen=True)
class Cell:
    """A text of a plan, for a group at a stage (ANY: at every one for which there is no other)."""

    template_code: str
    name: str
    purpose: str
    problem: str = ""  # gone, not_published: why nobody gets it now


@dataclass(frozen=True)
class GroupView:
    """A group of a plan: a segment, or everybody else (`segment_id` None), with its texts by stage.

    `people` are how many customers of the group are at each stage, as counted last.
    """

    group_id: int
    segment_id: int | None
    name: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many are in it."""
        return sum(self.people.values())


@dataclass(frozen=True)
class PlanView:
    """The plan of a touchpoint for one kind of text; whoever is in two groups belongs to the first."""

    touchpoint: str
    kind: str
    groups: tuple[GroupView, ...]
    counted_at: datetime | None


class Why(StrEnum):
    """Which text of a plan was taken, or that none was."""

    CELL = "cell"  # that of group and stage
    GROUP = "group"  # the group's, whatever the stage
    STAGE = "stage"  # everybody else's of that stage
    REST = "rest"  # everybody else's, whatever the stage
    GENERAL = "general"  # the message's own


@dataclass(frozen=True)
class Led:
    """That the strategy of a stage of life led a message to `channel` instead of another."""

    life_stage: str
    channel: str
    instead_of: str


@dataclass(frozen=True)
class Choice:
    """What was chosen for a customer at a touchpoint; `passed` are texts that could not be taken, and why."""

    template_code: str
    touchpoint: str
    stage: Stage
    segment_id: int | None
    why: Why
    passed: tuple[tuple[str, str], ...] = ()
    led: Led | None = None


@dataclass(frozen=True)
class DecisionView:
    """What was chosen for a message, as it was kept."""

    message_id: str
    touchpoint: str
    stage: Stage
    segment_id: int | None
    why: Why
    content: str
    at: datetime
    passed: tuple[tuple[str, str], ...] = ()
    led: Led | None = None


class TailoringError(ValueError):
    """Values that will not do: what is wrong by field, in words."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in wrong.items()))
        self.wrong = dict(wrong)
