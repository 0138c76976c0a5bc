"""What approved templates are, and what is refused about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keepwell.outreach.content.contracts import Kind


class Category(StrEnum):
    """What a provider approved a template for."""

    NOTICE = "notice"
    PROMOTION = "promotion"
    VERIFICATION = "verification"
    INTERNATIONAL = "international"  # for numbers outside the mainland, whatever it says


class State(StrEnum):
    """What the provider said of it, as far as we were told."""

    APPROVED = "approved"
    REFUSED = "refused"
    UNKNOWN = "unknown"


# The categories that a purpose may use at home, the best first. Advertising goes as advertising alone.
FOR_PURPOSE: Mapping[str, tuple[Category, ...]] = {
    "marketing": (Category.PROMOTION,),
    "survey": (Category.PROMOTION, Category.NOTICE),
    "service": (Category.NOTICE, Category.VERIFICATION),
}


@dataclass(frozen=True)
class ApprovedView:
    """A template of the provider's that stands for one of ours in one language.

    `values` says by the provider's name of a variable what is put there: a text with Liquid in it.
    """

    approved_id: int
    account_id: int
    content: str
    language: str
    provider_code: str
    category: Category
    values: Mapping[str, str]
    state: State
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class AccountLine:
    """What a page of approved templates says of its account.

    `templates_only`: the provider approves templates; they stand for texts of `kind`.
    """

    account_id: int
    name: str
    provider: str
    templates_only: bool
    kind: Kind
    numbered_values: bool
    variable_max: int


class ApprovedError(ValueError):
    """A template that cannot be; by field, each with a code of `labels.PROBLEM` and its figures."""

    def __init__(self, problems: Mapping[str, str], **figures: object) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems, self.figures = dict(problems), figures
