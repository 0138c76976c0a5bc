"""What is known of a customer and can be asked in a segment; rooms above add their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.insight import labels

Kind = Literal["text", "number", "int", "days", "time", "bool", "list"]
Label = str | Promise


@dataclass(frozen=True)
class Attribute:
    """One thing known of a customer: `choices` where its values are closed, with their `labels`."""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    label: Label = ""
    labels: dict[str, Label] = field(default_factory=dict, compare=False)
    money: bool = False
    share: bool = False  # between 0 and 1
    group: str = ""


@dataclass(frozen=True)
class AttributeProvider:
    """Attributes that a room answers.

    `rows(customer_ids)` gives (customer_id, value of each attribute in order) of these customers, of all for
    None; customers about whom nothing is known may be left out. Lists are lists of text, instants aware.
    """

    name: str
    label: Label
    attributes: tuple[Attribute, ...]
    rows: Callable[[Collection[str] | None], Iterable[tuple[Any, ...]]]


def _text(name: str, label: Label, **more: Any) -> Attribute:
    return Attribute(name, "text", label=label, **more)


def _closed(name: str, label: Label, values: dict[str, Label]) -> Attribute:
    return Attribute(name, "text", tuple(values), label, values)


PORTRAIT: tuple[Attribute, ...] = (
    _text("country", _("Country")),
    _text("region", _("Region")),
    _text("city", _("City")),
    _text("gender", _("Gender")),
    Attribute("age_years", "int", label=_("Age in years")),
    Attribute("birth_month", "int", label=_("Month of birth")),
    _text("language", _("Language")),
    _text("occupation", _("Occupation")),
    _text("income", _("Income")),
    _text("industry", _("Industry")),
    Attribute("acquired_at", "time", label=_("Customer since")),
    _text("acquisition_channel", _("Acquisition channel")),
    Attribute("acquisition_cost", "number", label=_("Acquisition cost"), money=True),
    Attribute("tags", "list", label=_("Tags")),
    _text("origin", _("Source of the record")),
    _text("owner", _("Owner")),
)


def _money(name: str, label: Label) -> Attribute:
    return Attribute(name, "number", label=label, money=True)


SCORES: tuple[Attribute, ...] = (
    _closed("status", _("Status"), labels.STATUS),
    _closed("tier", _("Value tier"), labels.TIER),
    _closed("risk_level", _("Risk level"), labels.RISK_LEVEL),
    _closed("life_stage", _("Life-cycle stage"), labels.LIFE_STAGE),
    _closed("communication_group", _("Communication group"), labels.COMMUNICATION_GROUP),
    _closed("rfm_segment", _("RFM segment"), labels.SEGMENT),
    _closed("reason", _("Strongest reason"), labels.REASON),
    Attribute("hints", "list", labels.HINT_CODES, _("Hint"), labels.HINT),
    _closed("quantity_trend", _("Trend of quantities"), labels.TREND),
    Attribute("churn_risk", "number", label=_("Churn risk"), share=True),
    Attribute("p_alive", "number", label=_("Probability of being a customer still"), share=True),
    Attribute("expected_purchases", "number", label=_("Expected purchases, 12 months")),
    _money("clv", _("Value of the next 12 months")),
    _money("formula_clv", _("Value by the plain formula")),
    _money("annual_contribution", _("Yearly contribution")),
    _money("value_at_stake", _("Value at stake")),
    _money("expected_loss", _("Expected loss")),
    Attribute("orders", "int", label=_("Orders so far")),
    _money("total_amount", _("Bought so far")),
    _money("average_amount", _("Average order")),
    Attribute("first_order_at", "time", label=_("First order")),
    Attribute("last_order_at", "time", label=_("Last order")),
    Attribute("silence_days", "number", label=_("Days since the last order")),
    Attribute("rhythm_days", "number", label=_("Usual days between orders")),
    Attribute("r_score", "int", label=_("R score")),
    Attribute("f_score", "int", label=_("F score")),
    Attribute("m_score", "int", label=_("M score")),
    Attribute("is_core", "bool", label=_("Core customer")),
    _text("action", _("Recommended action")),
)
_OWN = {one.name: one for one in (*PORTRAIT, *SCORES)}
_providers: dict[str, AttributeProvider] = {}


def register_attributes(provider: AttributeProvider) -> None:
    """Add a room's attributes, or replace those it had; raises ValueError for a name in use.

    Register while the program starts.
    """
    taken = set(_OWN) | {
        one.name for other in _providers.values() if other.name != provider.name for one in other.attributes
    }
    for one in provider.attributes:
        if one.name in taken or not one.name.isidentifier():
            raise ValueError(f"attribute {one.name!r} of {provider.name!r}: the name is in use or not a word")
    _providers[provider.name] = provider


def providers() -> tuple[AttributeProvider, ...]:
    """What rooms have added."""
    return tuple(_providers.values())


def attributes() -> dict[str, Attribute]:
    """Everything that can be asked, by name."""
    return _OWN | {one.name: one for provider in _providers.values() for one in provider.attributes}


def attribute_named(name: str) -> Attribute | None:
    """The attribute called `name`, if there is one."""
    return attributes().get(name)


def grouped() -> list[tuple[Label, tuple[Attribute, ...]]]:
    """Attributes under the headings of the builder."""
    return [
        (_("Who they are"), PORTRAIT),
        (_("Value and risk"), SCORES),
        *((provider.label, provider.attributes) for provider in _providers.values()),
    ]
