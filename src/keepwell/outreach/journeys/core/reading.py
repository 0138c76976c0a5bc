"""JSON becomes a definition, or an error that names the place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Any

from keepwell.outreach.journeys.core import facts
from keepwell.outreach.journeys.core.facts import Filter, Happening
from keepwell.outreach.journeys.core.graph import (
    BEST,
    DAY_KINDS,
    END,
    Arm,
    Became,
    Branch,
    Condition,
    Crossing,
    DayRule,
    Definition,
    End,
    Ending,
    Entry,
    Happened,
    Holds,
    Message,
    Movement,
    Split,
    Start,
    Step,
    Tag,
    Task,
    Wait,
    WaitFor,
    WaitUntil,
)

STEPS_MAX = 200
MINUTES_MAX = 3 * 366 * 24 * 60
DAYS_MAX = 3_660
PURPOSES = ("marketing", "service", "survey")
UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}


class DefinitionError(ValueError):
    """A definition that makes no sense; `path` says where, e.g. `steps.mail.next`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or 'definition'}: {message}")
        self.path = path
        self.message = message


def parse(data: Any) -> Definition:
    """The journey that `data` (decoded JSON) says; raises DefinitionError naming the path."""
    given = _mapping(data, "")
    _only(given, "", {"start", "first", "steps", "entry", "goals", "exits"})
    steps = _mapping(given.get("steps"), "steps")
    if not 0 < len(steps) <= STEPS_MAX:
        raise DefinitionError("steps", f"expected between 1 and {STEPS_MAX} steps")
    for code in steps:
        if not (isinstance(code, str) and code.isidentifier() and len(code) <= 40):
            raise DefinitionError("steps", f"{code!r} is no name of a step")
    return Definition(
        start=_start(given.get("start"), "start"),
        first=_text(given.get("first"), "first"),
        steps={code: _step(one, f"steps.{code}") for code, one in steps.items()},
        entry=_entry(given.get("entry"), "entry"),
        goals=_endings(given, "goals"),
        exits=_endings(given, "exits"),
    )


def canonical(definition: Mapping[str, Any]) -> str:
    """A condition of segments as text: equal ones are equal."""
    return json.dumps(definition, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def happening(data: Any, path: str) -> Happening:
    """A fact: `{"fact": table, "where": [...]}`."""
    given = _mapping(data, path)
    _only(given, path, {"fact", "where"})
    table = _text(given.get("fact"), f"{path}.fact")
    if table not in facts.TABLES:
        raise DefinitionError(f"{path}.fact", f"{table!r} is not one of {', '.join(facts.TABLES)}")
    return Happening(table, filters(given.get("where", ()), f"{path}.where", table))


def filters(data: Any, path: str, table: str) -> tuple[Filter, ...]:
    """Conditions on columns of `table`."""
    return tuple(_filter(one, f"{path}.{place}", table) for place, one in enumerate(_list(data, path)))


def _filter(data: Any, path: str, table: str) -> Filter:
    given = _mapping(data, path)
    _only(given, path, {"column", "is", "value"})
    name = _text(given.get("column"), f"{path}.column")
    column = facts.column_of(table, name)
    if column is None:
        raise DefinitionError(f"{path}.column", f"{name!r} is no column of {table} to ask for")
    operator = _text(given.get("is"), f"{path}.is")
    if operator not in facts.OPERATORS[column.type]:
        allowed = ", ".join(facts.OPERATORS[column.type])
        raise DefinitionError(f"{path}.is", f"{operator!r} is not one of {allowed}")
    return Filter(name, operator, _values(given.get("value"), f"{path}.value", operator, column.choices))


def _values(value: Any, path: str, operator: str, choices: Sequence[str]) -> tuple[Any, ...]:
    size = facts.SIZES.get(operator, 0)
    if size == 0:
        if value is not None:
            raise DefinitionError(path, f"{operator} takes no value")
        return ()
    listed = [value] if size == 1 else list(_list(value, path))
    if not 0 < len(listed) <= facts.VALUES_MAX or (size == 2 and len(listed) != 2):
        raise DefinitionError(path, "expected two values" if size == 2 else "expected values")
    if size == -1:
        texts = tuple(_text(one, path) for one in listed)
        unknown = [one for one in texts if choices and operator in ("in", "not_in") and one not in choices]
        if unknown:
            raise DefinitionError(path, f"{unknown[0]!r} is not one of {', '.join(choices)}")
        return texts
    numbers = [facts.number(one) for one in listed]
    if None in numbers:
        raise DefinitionError(path, "expected a number")
    return tuple(numbers)


def _start(data: Any, path: str) -> Start:
    given = _mapping(data, path)
    if "day" in given:
        return _day(given, path)
    if "crossing" in given:
        _only(given, path, {"crossing"})
        where = filters(given["crossing"], f"{path}.crossing", "scores")
        if not where:
            raise DefinitionError(f"{path}.crossing", "expected conditions")
        return Crossing(where)
    return _event(given, path)


def _event(given: Mapping[str, Any], path: str) -> Happening | Movement:
    if "segment" not in given:
        return happening(given, path)
    _only(given, path, {"segment", "entered"})
    segment = given["segment"]
    if isinstance(segment, bool) or not isinstance(segment, int | str) or not segment:
        raise DefinitionError(f"{path}.segment", "expected a segment's number or code")
    return Movement(segment, _bool(given.get("entered", True), f"{path}.entered"))


def _day(given: Mapping[str, Any], path: str) -> DayRule:
    _only(given, path, {"day", "offset_days", "at", "code", "of", "days", "fact", "where"})
    kind = given["day"]
    if kind not in DAY_KINDS:
        raise DefinitionError(f"{path}.day", f"{kind!r} is not one of {', '.join(DAY_KINDS)}")
    fact = None
    if kind == "fact_age":
        fact = happening({"fact": given.get("fact"), "where": given.get("where", ())}, path)
    rule = DayRule(
        kind=kind,
        offset_days=_integer(given.get("offset_days", 0), f"{path}.offset_days", -DAYS_MAX, DAYS_MAX),
        at=_time(given.get("at", "10:00"), f"{path}.at"),
        code=_optional(given.get("code"), f"{path}.code"),
        of=_optional(given.get("of"), f"{path}.of"),
        days=_integer(given.get("days", 0), f"{path}.days", 0, DAYS_MAX),
        fact=fact,
    )
    if kind == "festival" and not rule.code:
        raise DefinitionError(f"{path}.code", "required")
    if kind == "anniversary" and rule.of not in ("joined", "first_order"):
        raise DefinitionError(f"{path}.of", "expected joined or first_order")
    if kind in ("silence", "fact_age") and not rule.days:
        raise DefinitionError(f"{path}.days", "required")
    return rule


def _entry(data: Any, path: str) -> Entry:
    if data is None:
        return Entry()
    given = _mapping(data, path)
    _only(given, path, {"again", "after_days", "who", "fresh_hours"})
    again = given.get("again", "once")
    if again not in ("once", "always", "after"):
        raise DefinitionError(f"{path}.again", "expected once, always or after")
    who = given.get("who")
    return Entry(
        again=again,
        after_days=_integer(
            given.get("after_days", 0), f"{path}.after_days", int(again == "after"), DAYS_MAX
        ),
        who=Holds(canonical(_mapping(who, f"{path}.who"))) if who is not None else None,
        fresh_hours=_integer(given.get("fresh_hours", 48), f"{path}.fresh_hours", 1, 24 * 366),
    )


def _endings(given: Mapping[str, Any], name: str) -> tuple[Ending, ...]:
    listed = _list(given.get(name, ()), name)
    return tuple(_ending(one, f"{name}.{place}") for place, one in enumerate(listed))


def _ending(data: Any, path: str) -> Ending:
    given = _mapping(data, path)
    if "if" in given:
        _only(given, path, {"if"})
        return Holds(canonical(_mapping(given["if"], f"{path}.if")))
    return _event(given, path)


def _condition(given: Mapping[str, Any], path: str) -> Condition:
    kinds = [name for name in ("if", "happened", "message") if name in given]
    if len(kinds) != 1:
        raise DefinitionError(path, "expected exactly one of if, happened, message")
    if kinds[0] == "if":
        return Holds(canonical(_mapping(given["if"], f"{path}.if")))
    if kinds[0] == "happened":
        return Happened(happening(given["happened"], f"{path}.happened"))
    fates = tuple(_text(one, f"{path}.became") for one in _list(given.get("became", ()), f"{path}.became"))
    if not fates:
        raise DefinitionError(f"{path}.became", "required")
    return Became(_text(given["message"], f"{path}.message"), fates)


def _wait(given: Mapping[str, Any], path: str) -> Step:
    return Wait(_minutes(given, path), _to(given, path))


def _wait_until(given: Mapping[str, Any], path: str) -> Step:
    weekdays = tuple(
        _integer(one, f"{path}.weekdays", 0, 6)
        for one in _list(given.get("weekdays", ()), f"{path}.weekdays")
    )
    month_end = _bool(given.get("month_end", False), f"{path}.month_end")
    if month_end and weekdays:
        raise DefinitionError(f"{path}.weekdays", "the end of a month has none")
    at = _time(given.get("at"), f"{path}.at")
    return WaitUntil(at, _to(given, path), tuple(sorted(set(weekdays))), month_end)


def _wait_for(given: Mapping[str, Any], path: str) -> Step:
    fact = _event(_mapping(given.get("for"), f"{path}.for"), f"{path}.for")
    return WaitFor(fact, _minutes(given, path), _to(given, path), _to(given, path, "otherwise"))


def _branch(given: Mapping[str, Any], path: str) -> Step:
    cases = []
    for place, one in enumerate(_list(given.get("cases"), f"{path}.cases")):
        inner = f"{path}.cases.{place}"
        case = _mapping(one, inner)
        _only(case, inner, {"if", "happened", "message", "became", "next"})
        cases.append((_condition(case, inner), _to(case, inner)))
    if not cases:
        raise DefinitionError(f"{path}.cases", "required")
    return Branch(tuple(cases), _to(given, path, "otherwise"))


def _split(given: Mapping[str, Any], path: str) -> Step:
    arms = []
    for place, one in enumerate(_list(given.get("arms"), f"{path}.arms")):
        inner = f"{path}.arms.{place}"
        arm = _mapping(one, inner)
        _only(arm, inner, {"code", "share", "next"})
        share = facts.number(arm.get("share"))
        if share is None or not 0 < share <= 1:
            raise DefinitionError(f"{inner}.share", "expected a share above 0, up to 1")
        arms.append(Arm(_text(arm.get("code"), f"{inner}.code"), share, _to(arm, inner)))
    if not arms or len({arm.code for arm in arms}) < len(arms):
        raise DefinitionError(f"{path}.arms", "expected arms of different codes")
    return Split(tuple(arms))


def _message(given: Mapping[str, Any], path: str) -> Step:
    contents = _mapping(given.get("contents"), f"{path}.contents")
    if not contents:
        raise DefinitionError(f"{path}.contents", "required")
    channel = _text(given.get("channel", BEST), f"{path}.channel")
    if channel != BEST and channel not in contents:
        raise DefinitionError(f"{path}.channel", "not among the contents")
    purpose = given.get("purpose")
    if purpose not in PURPOSES:
        raise DefinitionError(f"{path}.purpose", f"expected one of {', '.join(PURPOSES)}")
    return Message(
        channel=channel,
        contents=tuple((_text(one, path), _text(code, f"{path}.contents")) for one, code in contents.items()),
        purpose=purpose,
        next=_to(given, path),
        priority=_integer(given.get("priority", 50), f"{path}.priority", 0, 100),
        urgent=_bool(given.get("urgent", False), f"{path}.urgent"),
        useful_hours=_integer(given.get("useful_hours", 72), f"{path}.useful_hours", 1, 24 * 366),
    )


def _task(given: Mapping[str, Any], path: str) -> Step:
    words = _mapping(given.get("words", {}), f"{path}.words")
    return Task(
        kind=_text(given.get("task"), f"{path}.task"),
        next=_to(given, path),
        owner=_text(given.get("owner", "owner"), f"{path}.owner"),
        due_days=_integer(given.get("due_days", 1), f"{path}.due_days", 0, DAYS_MAX),
        channel=_optional(given.get("channel"), f"{path}.channel"),
        response=_optional(given.get("response"), f"{path}.response"),
        words=tuple((str(code), _text(text, f"{path}.words.{code}")) for code, text in words.items()),
    )


def _tag(given: Mapping[str, Any], path: str) -> Step:
    return Tag(_text(given.get("tag"), f"{path}.tag"), _to(given, path))


def _end(given: Mapping[str, Any], path: str) -> Step:
    return End(_text(given.get("outcome", END), f"{path}.outcome")[:20])


READERS: Mapping[str, tuple[Callable[[Mapping[str, Any], str], Step], frozenset[str]]] = {
    "wait": (_wait, frozenset({*UNITS, "next"})),
    "wait_until": (_wait_until, frozenset({"at", "weekdays", "month_end", "next"})),
    "wait_for": (_wait_for, frozenset({*UNITS, "for", "next", "otherwise"})),
    "branch": (_branch, frozenset({"cases", "otherwise"})),
    "split": (_split, frozenset({"arms"})),
    "message": (
        _message,
        frozenset({"channel", "contents", "purpose", "priority", "urgent", "useful_hours", "next"}),
    ),
    "task": (
        _task,
        frozenset({"task", "owner", "due_days", "channel", "response", "words", "next"}),
    ),
    "tag": (_tag, frozenset({"tag", "next"})),
    "end": (_end, frozenset({"outcome"})),
}


def _step(data: Any, path: str) -> Step:
    given = _mapping(data, path)
    kind = given.get("kind")
    if kind not in READERS:
        raise DefinitionError(f"{path}.kind", f"expected one of {', '.join(READERS)}")
    read, known = READERS[str(kind)]
    _only(given, path, known | {"kind"})
    return read(given, path)


def _minutes(given: Mapping[str, Any], path: str) -> int:
    units = [name for name in UNITS if name in given]
    if len(units) != 1:
        raise DefinitionError(path, "expected exactly one of minutes, hours, days")
    (unit,) = units
    return _integer(given[unit], f"{path}.{unit}", 1, MINUTES_MAX // UNITS[unit]) * UNITS[unit]


def _to(given: Mapping[str, Any], path: str, name: str = "next") -> str:
    # An empty one is a missing branch: the checks speak of it, so that a draft can be kept.
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > 40:
        raise DefinitionError(f"{path}.{name}", "expected the name of a step")
    return value


def _time(value: Any, path: str) -> time:
    try:
        return time.fromisoformat(value).replace(second=0, microsecond=0, tzinfo=None)
    except (TypeError, ValueError):
        raise DefinitionError(path, "expected a time of day like 09:30") from None


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DefinitionError(path, "expected a mapping")
    return value


def _list(value: Any, path: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise DefinitionError(path, "expected a list")
    return value


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise DefinitionError(path, "required")
    if len(value) > 200 or "\x00" in value:
        raise DefinitionError(path, "at most 200 characters")
    return value.strip()


def _optional(value: Any, path: str) -> str:
    return "" if value in (None, "") else _text(value, path)


def _integer(value: Any, path: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise DefinitionError(path, "expected a whole number")
    if not low <= value <= high:
        raise DefinitionError(path, f"must be between {low} and {high}")
    return value


def _bool(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise DefinitionError(path, "expected true or false")
    return value


def _only(given: Mapping[str, Any], path: str, known: frozenset[str] | set[str]) -> None:
    for name in given:
        if name not in known:
            raise DefinitionError(f"{path}.{name}" if path else str(name), "unknown")
