"""Forms of what happens: facts with conditions on their columns, segments, days, scores that cross."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from keepwell.accounts.access import Account
from keepwell.history.schemas import FACT_TABLES
from keepwell.insight.segments import queries as segments
from keepwell.insight.segments.contracts import Attribute
from keepwell.insight.segments.value_words import labels_of
from keepwell.insight.segments.words import COLUMNS, FACTS, OPERATOR_NAMES
from keepwell.outreach.journeys.core import facts
from keepwell.outreach.journeys.core.graph import DAY_KINDS
from keepwell.outreach.journeys.labels import FESTIVAL
from keepwell.outreach.journeys.queries import own_festivals
from keepwell.outreach.journeys.words import DAYS, SCORE_VALUES, SCORES
from keepwell.web.journeys.fields import Field, number, select, whole
from keepwell.web.portrait.words import DATE_KIND
from keepwell.web.segment_fields import value_input

Json = dict[str, Any]
FILTERS_MAX = 8
EVENT_KINDS = (
    ("fact", pgettext_lazy("begins or ends a journey", "Something happens")),
    ("enters", pgettext_lazy("begins or ends a journey", "Somebody enters a segment")),
    ("leaves", pgettext_lazy("begins or ends a journey", "Somebody leaves a segment")),
)
CROSSING = ("crossing", pgettext_lazy("begins or ends a journey", "A cycle finds it for the first time"))
RULE = ("if", pgettext_lazy("begins or ends a journey", "Somebody satisfies a condition"))
DAY_WORDS = {
    **DAYS,
    "anniversary": pgettext_lazy("day of a journey", "an anniversary"),
    "fact_age": pgettext_lazy("day of a journey", "so many days after something happened"),
    "silence": pgettext_lazy("day of a journey", "so many days without an order"),
    "festival": pgettext_lazy("day of a journey", "a festival"),
}
ORDERED: Json = {"fact": "orders", "where": []}


def kind_of(data: Mapping[str, Any]) -> str:
    """Which kind of event, start or ending a piece of a definition is, as the form's choice says it."""
    if "if" in data:
        return "if"
    if "crossing" in data:
        return "crossing"
    if "day" in data:
        return f"day:{data['day']}"
    if "segment" in data:
        return "enters" if data.get("entered", True) else "leaves"
    return "fact"


def read(post: QueryDict) -> Json:
    """The event, start or ending that a form says; conditions (`if`) are read by whoever shows them."""
    kind = post.get("kind", "fact")
    if kind in ("enters", "leaves"):
        typed = post.get("segment", "")
        return {"segment": int(typed) if typed.isdecimal() else typed, "entered": kind == "enters"}
    if kind == "crossing":
        return {"crossing": _filters(post, "scores")}
    if kind.startswith("day:"):
        return _day(post, kind.partition(":")[2])
    table = post.get("fact", "orders")
    table = table if table in facts.TABLES else "orders"
    return {"fact": table, "where": _filters(post, table)}


def _filters(post: QueryDict, table: str) -> list[Json]:
    found = []
    for place in post.getlist("filter")[:FILTERS_MAX]:
        column = facts.column_of(table, post.get(f"column.{place}", ""))
        if column is None:
            continue
        allowed = facts.OPERATORS[column.type]
        operator = post.get(f"is.{place}", "")
        operator = operator if operator in allowed else allowed[0]
        said = _values(operator, post.getlist(f"value.{place}"), _choices(table, column.name))
        found.append({"column": column.name, "is": operator, **said})
    return found


def _values(operator: str, typed: list[str], choices: tuple[str, ...]) -> Json:
    size = facts.SIZES.get(operator, 0)
    if size == 0:
        return {}
    if size == -1 and choices:
        return {"value": [one for one in typed if one in choices]}
    if size == -1:
        parts = [part.strip() for one in typed for part in one.replace("，", ",").split(",")]
        return {"value": [one for one in parts if one]}
    cleaned = [one.strip() for one in typed]
    if size == 2:
        return {"value": [*cleaned, "", ""][:2]}
    return {"value": cleaned[0] if cleaned else ""}


def act(piece: Json, do: str) -> None:
    """Add or take away a condition on a column: filter, unfilter:PLACE."""
    listed = piece.get("crossing", piece.get("where"))
    if listed is None:
        return
    verb, _sep, place = do.partition(":")
    if verb == "filter" and len(listed) < FILTERS_MAX:
        table = "scores" if "crossing" in piece else piece["fact"]
        name = _columns(table)[0][0]
        column = facts.column_of(table, name)
        assert column is not None
        listed.append({"column": name, "is": facts.OPERATORS[column.type][0], "value": []})
    elif verb == "unfilter" and place.isdecimal() and int(place) < len(listed):
        listed.pop(int(place))


def _day(post: QueryDict, kind: str) -> Json:
    if kind not in DAY_KINDS:
        kind = DAY_KINDS[0]
    offset = whole(post, "offset", 0)
    if isinstance(offset, int) and post.get("side") == "before":
        offset = -offset
    told: Json = {"day": kind, "offset_days": offset, "at": post.get("at", "10:00")}
    if kind == "festival":
        told["code"] = post.get("festival") or next(iter(FESTIVAL))
    elif kind == "personal_date":
        told["code"] = post.get("date", "")
    elif kind == "anniversary":
        told["of"] = post.get("of", "joined")
    elif kind in ("silence", "fact_age"):
        told["days"] = whole(post, "days", 30)
    if kind == "fact_age":
        table = post.get("fact", "orders")
        told["fact"] = table if table in facts.TABLES else "orders"
        told["where"] = _filters(post, told["fact"])
    return told


def fields(piece: Mapping[str, Any], user: Account, *, only_facts: bool = False) -> list[Field]:
    """The fields of an event, start or ending, without the choice of its kind."""
    kind = kind_of(piece)
    if kind in ("enters", "leaves"):
        return [_segment(piece, user)]
    if kind == "crossing":
        return [filter_field("scores", piece["crossing"])]
    if kind.startswith("day:"):
        return _day_fields(piece)
    if kind == "if":
        return []
    return _fact_fields(piece)


def _fact_fields(piece: Mapping[str, Any]) -> list[Field]:
    tables = [(name, FACTS[name]) for name in facts.TABLES if name in FACTS]
    return [
        select("fact", _("What happens"), piece["fact"], tables, again=True),
        filter_field(piece["fact"], piece.get("where", ())),
    ]


def _segment(piece: Mapping[str, Any], user: Account) -> Field:
    listed = [(one.code or str(one.segment_id), one.name) for one in segments.segments(user)]
    return select("segment", _("Segment"), piece.get("segment", ""), listed)


def _day_fields(piece: Mapping[str, Any]) -> list[Field]:
    kind, offset = piece["day"], piece.get("offset_days", 0)
    found: list[Field] = []
    if kind == "festival":
        listed = sorted({**FESTIVAL, **own_festivals()}.items(), key=lambda one: str(one[1]))
        found.append(select("festival", _("Festival"), piece.get("code", ""), listed))
    elif kind == "personal_date":
        listed = [("", _("any date")), *DATE_KIND.items()]
        found.append(select("date", _("Which date"), piece.get("code", ""), listed))
    elif kind == "anniversary":
        of = (("joined", _("of joining")), ("first_order", _("of the first order")))
        found.append(select("of", _("Which anniversary"), piece.get("of", "joined"), of))
    elif kind in ("silence", "fact_age"):
        found.append(number("days", _("How many days"), piece.get("days", 30)))
    if kind == "fact_age":
        found += _fact_fields(piece)
    sides = (("after", _("days after")), ("before", _("days before")))
    typed = abs(offset) if isinstance(offset, int) else offset
    side = "before" if isinstance(offset, int) and offset < 0 else "after"
    shift = Field("shift", "offset", _("On that day, or"), str(typed), sides, unit=side)
    return [
        *found,
        shift,
        Field("time", "at", _("Time of day, on the customer's clock"), piece.get("at", "")),
    ]


def _columns(table: str) -> list[tuple[str, Any]]:
    known = SCORES if table == "scores" else COLUMNS
    return [
        (column.name, known[column.name])
        for column in FACT_TABLES[table].columns
        if column.name in known and facts.column_of(table, column.name) is not None
    ]


def _choices(table: str, name: str) -> tuple[str, ...]:
    if table == "scores":
        return tuple(str(one) for one in SCORE_VALUES.get(name, {}))
    column = facts.column_of(table, name)
    return tuple(column.choices) if column else ()


_KINDS: dict[str, Any] = {
    "string": "text",
    "money": "number",
    "float": "number",
    "int": "int",
    "bool": "bool",
}


def filter_field(table: str, where: Any) -> Field:
    """Conditions on the columns of a table."""
    rows = []
    for place, one in enumerate(where):
        column = facts.column_of(table, one["column"])
        if column is None:
            continue
        choices = _choices(table, column.name)
        labels = dict(SCORE_VALUES.get(column.name, {}) if table == "scores" else labels_of(column.name))
        of = Attribute(column.name, _KINDS[column.type], choices, labels=labels if choices else {})
        value = one.get("value", [])
        typed = [str(part) for part in (value if isinstance(value, list | tuple) else [value])]
        suggest = partial(segments.known_values, column.name, table) if table in FACTS else None
        columns = _columns(table)
        if column.name not in dict(columns):
            columns = [*columns, (column.name, column.name)]
        rows.append(
            {
                "place": place,
                "column": column.name,
                "columns": columns,
                "operator": one["is"],
                "operators": [(name, OPERATOR_NAMES[name]) for name in facts.OPERATORS[column.type]],
                "input": value_input(one["is"], _joined(typed, one["is"], choices), of, suggest),
                "field": f"jed-{place}",
                "name": f"value.{place}",
            }
        )
    label = _("All of these") if table == "scores" else _("Only where")
    return Field("filters", "where", label, options=rows, more={"may_add": len(rows) < FILTERS_MAX})


def _joined(typed: list[str], operator: str, choices: tuple[str, ...]) -> list[str]:
    if facts.SIZES.get(operator) == -1 and not choices:
        return [", ".join(typed)]
    # 30.0 was typed as 30.
    return [one.removesuffix(".0") for one in typed] if facts.SIZES.get(operator, 0) > 0 else typed
