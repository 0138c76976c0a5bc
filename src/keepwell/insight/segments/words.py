"""A definition as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from keepwell.insight.segments.attributes import Attribute, Label, attribute_named
from keepwell.insight.segments.definition import (
    AttributeCondition,
    Condition,
    FactCondition,
    Filter,
    Group,
    Node,
    Not,
    SegmentCondition,
    Window,
)
from keepwell.insight.segments.value_words import labels_of

Name = Callable[[int], str]

FACTS: dict[str, Label] = {
    "orders": pgettext_lazy("facts", "orders"),
    "order_items": pgettext_lazy("facts", "items bought"),
    "subscriptions": pgettext_lazy("facts", "subscriptions"),
    "interactions": pgettext_lazy("facts", "visits and other interactions"),
    "contacts": pgettext_lazy("facts", "messages to them"),
    "tickets": pgettext_lazy("facts", "service tickets"),
    "answers": pgettext_lazy("facts", "survey answers"),
    "ledger": pgettext_lazy("facts", "points entries"),
    "costs": pgettext_lazy("facts", "costs"),
}
MEASURES: dict[str, Label] = {
    "count": pgettext_lazy("measure", "number"),
    "sum": pgettext_lazy("measure", "sum"),
    "average": pgettext_lazy("measure", "average"),
    "smallest": pgettext_lazy("measure", "smallest"),
    "largest": pgettext_lazy("measure", "largest"),
    "distinct": pgettext_lazy("measure", "number of different"),
    "last": pgettext_lazy("measure", "days since the last"),
    "first": pgettext_lazy("measure", "days since the first"),
}
COLUMNS: dict[str, Label] = {
    "amount": gettext_lazy("Amount"),
    "currency": gettext_lazy("Currency"),
    "cost": gettext_lazy("Cost"),
    "discount": gettext_lazy("Discount"),
    "channel": gettext_lazy("Channel"),
    "store": gettext_lazy("Store"),
    "campaign": gettext_lazy("Campaign"),
    "status": gettext_lazy("Status"),
    "product_id": gettext_lazy("Product number"),
    "order_id": gettext_lazy("Order number"),
    "category": gettext_lazy("Category"),
    "quantity": gettext_lazy("Quantity"),
    "unit_price": gettext_lazy("Unit price"),
    "plan": pgettext_lazy("subscription", "Plan"),
    "period": gettext_lazy("Period"),
    "end_reason": gettext_lazy("Reason of the end"),
    "type": gettext_lazy("Kind"),
    "subject": gettext_lazy("Subject"),
    "value": gettext_lazy("Value"),
    "play": gettext_lazy("Play"),
    "journey": gettext_lazy("Journey"),
    "arm": gettext_lazy("Arm of the experiment"),
    "purpose": gettext_lazy("Purpose"),
    "content": gettext_lazy("Content"),
    "event": gettext_lazy("Event"),
    "priority": gettext_lazy("Priority"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "survey": gettext_lazy("Survey"),
    "metric": gettext_lazy("Metric"),
    "score": gettext_lazy("Score"),
    "topic": gettext_lazy("Topic"),
    "sentiment": gettext_lazy("Sentiment"),
    "account": pgettext_lazy("points", "Account"),
    "points": gettext_lazy("Points"),
    "reason": gettext_lazy("Reason"),
    "kind": gettext_lazy("Kind"),
    "day": gettext_lazy("Day"),
}
# Each has the thing and its values; short enough to read aloud.
OPERATORS: dict[str, Label] = {
    "in": gettext_lazy("%(what)s is %(values)s"),
    "not_in": gettext_lazy("%(what)s is not %(values)s"),
    "contains": gettext_lazy("%(what)s contains %(values)s"),
    "starts_with": gettext_lazy("%(what)s begins with %(values)s"),
    "at_least": gettext_lazy("%(what)s is at least %(values)s"),
    "at_most": gettext_lazy("%(what)s is at most %(values)s"),
    "more_than": gettext_lazy("%(what)s is more than %(values)s"),
    "less_than": gettext_lazy("%(what)s is less than %(values)s"),
    "equals": gettext_lazy("%(what)s is exactly %(values)s"),
    "between": gettext_lazy("%(what)s is between %(values)s"),
    "is_true": gettext_lazy("%(what)s: yes"),
    "is_false": gettext_lazy("%(what)s: no"),
    "within_days": gettext_lazy("%(what)s within the last %(values)s days"),
    "more_than_days_ago": gettext_lazy("%(what)s more than %(values)s days ago"),
    "on_or_after": gettext_lazy("%(what)s on %(values)s or later"),
    "on_or_before": gettext_lazy("%(what)s on %(values)s or earlier"),
    "has_any": gettext_lazy("%(what)s include %(values)s"),
    "has_all": gettext_lazy("%(what)s include all of %(values)s"),
    "has_none": gettext_lazy("%(what)s include none of %(values)s"),
    "is_known": gettext_lazy("%(what)s is known"),
    "is_unknown": gettext_lazy("%(what)s is not known"),
}
OPERATOR_NAMES: dict[str, Label] = {
    "in": pgettext_lazy("operator", "is one of"),
    "not_in": pgettext_lazy("operator", "is none of"),
    "contains": pgettext_lazy("operator", "contains"),
    "starts_with": pgettext_lazy("operator", "begins with"),
    "at_least": pgettext_lazy("operator", "at least"),
    "at_most": pgettext_lazy("operator", "at most"),
    "more_than": pgettext_lazy("operator", "more than"),
    "less_than": pgettext_lazy("operator", "less than"),
    "equals": pgettext_lazy("operator", "exactly"),
    "between": pgettext_lazy("operator", "between"),
    "is_true": pgettext_lazy("operator", "is true"),
    "is_false": pgettext_lazy("operator", "is not true"),
    "within_days": pgettext_lazy("operator", "in the last … days"),
    "more_than_days_ago": pgettext_lazy("operator", "more than … days ago"),
    "on_or_after": pgettext_lazy("operator", "on or after"),
    "on_or_before": pgettext_lazy("operator", "on or before"),
    "has_any": pgettext_lazy("operator", "include one of"),
    "has_all": pgettext_lazy("operator", "include all of"),
    "has_none": pgettext_lazy("operator", "include none of"),
    "is_known": pgettext_lazy("operator", "is known"),
    "is_unknown": pgettext_lazy("operator", "is not known"),
}


def sentence(node: Node, *, segment_name: Name) -> str:
    """Who is in, in words; `segment_name` gives the name of another segment."""
    if isinstance(node, Group) and not node.nodes:
        return _("Everybody") if node.join == "all" else _("Nobody")
    said = _say(node, segment_name, nested=False)
    return _("Customers of whom: %(rule)s.") % {"rule": said}


def condition_text(leaf: Condition, *, segment_name: Name) -> str:
    """One condition in words."""
    return _condition(leaf, segment_name)


def _say(node: Node, name: Name, *, nested: bool) -> str:
    if isinstance(node, Group):
        if not node.nodes:
            return _("everybody") if node.join == "all" else _("nobody")
        parts = [_say(one, name, nested=True) for one in node.nodes]
        if len(parts) == 1:
            return parts[0]
        joined = (_("; and ") if node.join == "all" else _("; or ")).join(parts)
        return _("(%(rule)s)") % {"rule": joined} if nested else joined
    if isinstance(node, Not):
        return _("not: %(rule)s") % {"rule": _say(node.node, name, nested=True)}
    return _condition(node, name)


def _condition(leaf: Condition, name: Name) -> str:
    if isinstance(leaf, SegmentCondition):
        return _("in the segment “%(name)s”") % {"name": name(leaf.segment_id)}
    if isinstance(leaf, AttributeCondition):
        found = attribute_named(leaf.attribute) or Attribute(leaf.attribute, "text", label=leaf.attribute)
        return _compare(str(found.label), leaf.operator, leaf.value, found.labels, share=found.share)
    return _facts(leaf)


def _facts(leaf: FactCondition) -> str:
    return _compare(measure_text(leaf), leaf.operator, leaf.value, {})


def measure_text(leaf: FactCondition) -> str:
    """What is measured, with its filters and its time, in words."""
    facts = str(FACTS[leaf.table])
    if leaf.where:
        facts = _("%(facts)s (%(filters)s)") % {
            "facts": facts,
            "filters": _("; ").join(_filter(one) for one in leaf.where),
        }
    known = {"facts": facts, "column": str(COLUMNS.get(leaf.column or "", leaf.column or ""))}
    said = {
        "count": _("number of %(facts)s"),
        "sum": _("sum of “%(column)s” of %(facts)s"),
        "average": _("average of “%(column)s” of %(facts)s"),
        "smallest": _("smallest “%(column)s” of %(facts)s"),
        "largest": _("largest “%(column)s” of %(facts)s"),
        "distinct": _("number of different “%(column)s” of %(facts)s"),
        "last": _("days since the last of %(facts)s"),
        "first": _("days since the first of %(facts)s"),
    }[leaf.measure] % known
    when = window_text(leaf.window)
    return _("%(measure)s %(window)s") % {"measure": said, "window": when} if when else said


def window_text(window: Window) -> str:
    """The time of facts in words; empty for all of it."""
    within, before = window.within_days, window.before_days
    if within is not None and before is not None:
        return _("between %(within)s and %(before)s days ago") % {"within": within, "before": before}
    if within is not None:
        return ngettext("in the last day", "in the last %(days)s days", within) % {"days": within}
    if before is not None:
        return ngettext("until %(days)s day ago", "until %(days)s days ago", before) % {"days": before}
    if window.first_on and window.last_on:
        return _("from %(first)s to %(last)s") % {
            "first": date_format(window.first_on),
            "last": date_format(window.last_on),
        }
    if window.first_on:
        return _("since %(first)s") % {"first": date_format(window.first_on)}
    return _("until %(last)s") % {"last": date_format(window.last_on)} if window.last_on else ""


def _filter(one: Filter) -> str:
    return _compare(str(COLUMNS.get(one.column, one.column)), one.operator, one.value, labels_of(one.column))


def _compare(
    what: str, operator: str, values: Sequence[Any], labels: Mapping[Any, Label], *, share: bool = False
) -> str:
    said = [value_text(one, labels, share=share) for one in values]
    both = operator in ("between", "has_all")
    listed = get_text_list(said, _("and") if both else _("or"))
    return str(OPERATORS[operator]) % {"what": what, "values": listed}


def value_text(value: Any, labels: Mapping[Any, Label] | None = None, *, share: bool = False) -> str:
    """A value in words."""
    if labels and value in labels:
        return str(labels[value])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if share and isinstance(value, Decimal | float | int):
        return f"{round(float(value) * 100, 1):g}%"
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)).normalize():,f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, date):
        return date_format(value)
    if isinstance(value, list | tuple):
        return get_text_list([value_text(one, labels) for one in value], _("and"))
    return str(value)
