"""What the forms of the map say, and what they are filled in with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL
from keepwell.insight.labels import COMMUNICATION_GROUP
from keepwell.insight.segments import queries as segments
from keepwell.insight.segments.words import FACTS
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys import words
from keepwell.outreach.journeys.contracts import DefinitionError
from keepwell.outreach.journeys.core.reading import happening
from keepwell.outreach.touchpoints import labels, queries
from keepwell.outreach.touchpoints.contracts import FrictionView, TouchpointView

KEEP = "keep"
SEGMENT = "segment"
# The column that tells facts of a table apart, for the people who fill in the form.
KINDS = {
    "interactions": "type",
    "orders": "status",
    "tickets": "event",
    "contacts": "status",
    "answers": "metric",
    "subscriptions": "plan",
}
NUMBERS = ("severity", "within_hours", "due_hours", "again_days", "feeling", "position", "owner_id")


def fact_words(fact: Mapping[str, Any]) -> str:
    """A fact in words."""
    if not fact:
        return _("nothing is counted")
    try:
        return words.happening(happening(dict(fact), "fact"))
    except DefinitionError:
        return _("something that is no longer known")


def fact_fields(name: str, fact: Mapping[str, Any], asked: QueryDict | None = None) -> dict[str, Any]:
    """The fields of a fact: what it is now, and what it may become."""
    table, values = (asked.get(f"{name}_table", ""), asked.get(f"{name}_values", "")) if asked else ("", "")
    if not asked:
        table = KEEP if fact else ""
    return {
        "name": name,
        "now": fact_words(fact) if fact else "",
        "table": table,
        "values": values,
        "tables": [(code, FACTS[code]) for code in KINDS],
        "segments": sorted(segments.names().items(), key=lambda one: one[1].casefold()),
        "known": sorted({value for code, column in KINDS.items() for value in _known(code, column)}),
    }


def _known(table: str, column: str) -> list[str]:
    return segments.known_values(column, table)


def read_fact(asked: QueryDict, name: str, present: Mapping[str, Any]) -> dict[str, Any]:
    """The fact that a form says."""
    table = asked.get(f"{name}_table", "")
    values = [one.strip() for one in asked.get(f"{name}_values", "").replace("，", ",").split(",")]
    values = [one for one in values if one]
    if table == KEEP:
        return dict(present)
    if not table:
        return {}
    if table.startswith(f"{SEGMENT}:"):
        entered = [
            {"column": "type", "is": "in", "value": ["segment_entered"]},
            {"column": "subject", "is": "in", "value": [table]},
        ]
        return {"fact": "interactions", "where": entered}
    where = [{"column": KINDS[table], "is": "in", "value": values}] if values and table in KINDS else []
    return {"fact": table, "where": where}


def numbers(asked: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """The numbers of a form; empty ones of a choice are None."""
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name in NUMBERS:
        if name not in asked:
            continue
        text = asked.get(name, "").strip()
        if not text and name in ("feeling", "owner_id"):
            found[name] = None
        elif text.lstrip("-").isascii() and text.lstrip("-").isdecimal() and len(text) < 9:
            found[name] = int(text)
        else:
            wrong[name] = _("Please type a whole number.")
    return found, wrong


def choices(request: HttpRequest) -> dict[str, Any]:
    """What the lists of the forms offer."""
    return {
        "channels": list(CHANNEL.items()),
        "groups": list(COMMUNICATION_GROUP.items()),
        "feelings": list(labels.FEELING.items()),
        "severities": list(labels.SEVERITY.items()),
        "remedies": list(labels.REMEDY.items()),
        "people": [(user.pk, users.name_of(user)) for user in users.active()],
        "stages": queries.stages(),
        "journeys": [(one.code, one.name) for one in journeys.journeys()],
        "texts": [
            (one.code, one.name)
            for one in content.templates()
            if one.kind in ("email", "sms") and one.archived_at is None
        ],
        "all_segments": sorted(segments.names().items(), key=lambda one: one[1].casefold()),
        "task_channels": [(code, CHANNEL[code]) for code in ("phone", "visit", "email", "sms", "wecom")],
    }


def touchpoint_values(
    asked: QueryDict, present: TouchpointView | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form of a touchpoint says."""
    values, wrong = numbers(asked)
    for name in ("name", "channel", "group", "note"):
        if name in asked:
            values[name] = asked.get(name, "").strip()
    if present is not None and values.get("name") == present.name:
        values.pop("name")  # as Keepwell calls it, in every language
    stage = asked.get("stage_id", "")
    values["stage_id"] = int(stage) if stage.isdecimal() and len(stage) < 10 else 0
    values["fact"] = read_fact(asked, "fact", present.fact if present else {})
    return values, wrong


def friction_values(asked: QueryDict, present: FrictionView | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form of a friction says."""
    values, wrong = numbers(asked)
    for name in ("name", "remedy", "remedy_purpose", "task_channel", "task_words"):
        if name in asked:
            values[name] = asked.get(name, "").strip()
    if present is not None:
        for name in ("name", "task_words"):
            if values.get(name) == getattr(present, name):
                values.pop(name)
    code = {"journey": "journey_code", "message": "text_code"}.get(values.get("remedy", ""), "")
    values["remedy_code"] = asked.get(code, "") if code else ""
    segment = asked.get("segment", "")
    values["segment"] = int(segment) if segment.isdecimal() and len(segment) < 10 else None
    for name in ("fact", "unless"):
        values[name] = read_fact(asked, name, getattr(present, name) if present else {})
    return values, wrong
