"""The shape of a ready-made journey, and short ways to write its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Json = dict[str, Any]
ALWAYS: Json = {"again": "always"}


@dataclass(frozen=True)
class Seed:
    """A journey: `serves` names requirements, `needs` what the shop itself must see to before it is on."""

    name: str | Promise
    description: str | Promise
    definition: Mapping[str, Any]
    serves: tuple[str, ...]
    needs: str | Promise = ""


def recorded(*types: str) -> Promise:
    """What a seed needs that begins with events of the shop's own programs."""
    return format_lazy(
        _("Your programs must tell of it, as interactions of the type {types}."), types=", ".join(types)
    )


def after(days: int) -> Json:
    """May come again after so many days."""
    return {"again": "after", "after_days": days}


def flow(
    start: Json,
    *steps: Json,
    entry: Json | None = None,
    goals: tuple[Json, ...] = (),
    exits: tuple[Json, ...] = (),
    more: Mapping[str, Json] | None = None,
) -> Json:
    """Steps one after the other, then the end; `more` are steps aside, which say themselves where to.

    A step may carry a `code`; the others are called by what they are and their place.
    """
    codes = [one.get("code") or f"{one['kind']}_{place}" for place, one in enumerate(steps, 1)]
    named: dict[str, Json] = {}
    for place, (code, one) in enumerate(zip(codes, steps, strict=True)):
        onward = codes[place + 1] if place + 1 < len(codes) else "end"
        step = {name: value for name, value in one.items() if name != "code"}
        named[code] = step if "arms" in step else _led(step, onward)
    return {
        "start": start,
        "first": codes[0],
        "entry": entry or {},
        "goals": list(goals),
        "exits": list(exits),
        "steps": {**named, **dict(more or {}), "end": {"kind": "end"}},
    }


def _led(step: Json, onward: str) -> Json:
    if step["kind"] == "branch":
        return {"otherwise": onward, **step}
    if step["kind"] in ("wait_for", "request"):
        return {"next": onward, "otherwise": onward, **step}
    return {"next": onward, **step}


def where(column: str, *values: str) -> Json:
    """A column that is one of these."""
    return {"column": column, "is": "in", "value": list(values)}


def event(*types: str, subject: str = "") -> Json:
    """Something that happened, as sites, tills and programs tell it."""
    conditions = [where("type", *types)]
    if subject:
        conditions.append({"column": "subject", "is": "contains", "value": [subject]})
    return {"fact": "interactions", "where": conditions}


def order(*statuses: str) -> Json:
    """An order."""
    return {"fact": "orders", "where": [where("status", *(statuses or ("placed", "paid")))]}


def ordered(operator: str, times: int) -> Json:
    """How often somebody has ordered, as of now: a score would know only of the newest cycle."""
    counted = {"facts": "orders", "measure": "count", "where": order()["where"]}
    return {**counted, "is": operator, "value": times}


def ticket(*events: str, more: tuple[Json, ...] = ()) -> Json:
    """Something about a complaint or enquiry."""
    return {"fact": "tickets", "where": [where("event", *events), *more]}


def wait(**span: int) -> Json:
    """A while."""
    return {"kind": "wait", **span}


def until(at: str, **more: Any) -> Json:
    """A time of day."""
    return {"kind": "wait_until", "at": at, **more}


def say(purpose: str, *, code: str = "", priority: int = 50, urgent: bool = False, **contents: str) -> Json:
    """A message on the best of these channels."""
    told: Json = {
        "kind": "message",
        "channel": "best" if len(contents) > 1 else next(iter(contents)),
        "contents": contents,
        "purpose": purpose,
        "priority": priority,
        "urgent": urgent,
    }
    return {**told, "code": code} if code else told


def write(purpose: str, text: str, *, code: str = "", priority: int = 50) -> Json:
    """A text message or an e-mail, whichever suits best: `text` names the ready-made text of both."""
    return say(purpose, code=code, priority=priority, sms=f"{text}_sms", email=f"{text}_email")


def ask_system(what: str, *, code: str = "", refused: str = "end", **span: int) -> Json:
    """Something that the shop's own system is to do, and how long its answer is waited for."""
    asked: Json = {"kind": "request", "what": what, "refused": refused, **span}
    return {**asked, "code": code} if code else asked


def mark(tag: str, *, code: str = "") -> Json:
    """One of the shop's own tags, by its name."""
    made: Json = {"kind": "tag", "tag": tag}
    return {**made, "code": code} if code else made


def family(*codes: str) -> Json:
    """What colleagues have noted of the family."""
    return {"attribute": "family", "is": "has_any", "value": list(codes)}


def ask_person(
    task: str,
    en: str,
    hans: str,
    hant: str,
    *,
    due_days: int = 1,
    channel: str = "",
    code: str = "",
    service: bool = False,
) -> Json:
    """A task for whoever looks after the customer; one of `service` is owed to everybody."""
    words = {"en": en, "zh-hans": hans, "zh-hant": hant}
    told: Json = {
        "kind": "task",
        "task": task,
        "words": words,
        "due_days": due_days,
        "channel": channel,
        "owner": "owner",
    }
    if service:
        told["response"] = "solve_problem"
    return {**told, "code": code} if code else told
