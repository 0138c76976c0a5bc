"""JSON becomes a definition, or an error that names the place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keepwell.outreach.controls.contracts import CONTROL_SHARE, CONTROL_SHARE_MAX
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
    Notice,
    Request,
    Split,
    Start,
    Step,
    Tag,
    Task,
    Wait,
    WaitFor,
    WaitUntil,
)
from keepwell.outreach.journeys.core.values import (
    DefinitionError,
    boolean,
    clock_time,
    integer,
    mapping,
    only,
    optional,
    sequence,
    words_of,
)

__all__ = ["READERS", "DefinitionError", "canonical", "filters", "happening", "parse"]

# As event names are written: payment.retry
REQUEST_NAME = re.compile(r"[a-z][a-z0-9_.]{0,59}")
STEPS_MAX = 200
MINUTES_MAX = 3 * 366 * 24 * 60
DAYS_MAX = 3_660
PURPOSES = ("marketing", "service", "survey")
STANDARD_MAX = 1_000  # percent
UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}


def parse(data: Any) -> Definition:
    """The journey that `data` (decoded JSON) says; raises DefinitionError naming the path."""
    given = mapping(data, "")
    only(given, "", {"start", "first", "steps", "entry", "goals", "exits", "control"})
    steps = mapping(given.get("steps"), "steps")
    if not 0 < len(steps) <= STEPS_MAX:
        raise DefinitionError("steps", f"expected between 1 and {STEPS_MAX} steps")
    for code in steps:
        if not (isinstance(code, str) and code.isidentifier() and len(code) <= 40):
            raise DefinitionError("steps", f"{code!r} is no name of a step")
    return Definition(
        start=_start(given.get("start"), "start"),
        first=words_of(given.get("first"), "first"),
        steps={code: _step(one, f"steps.{code}") for code, one in steps.items()},
        entry=_entry(given.get("entry"), "entry"),
        goals=_endings(given, "goals"),
        exits=_endings(given, "exits"),
        control=_control(given.get("control", CONTROL_SHARE), "control"),
    )


def _control(data: Any, path: str) -> float:
    """What is not said is the usual share: definitions of before there was one have none."""
    share = facts.number(data)
    if share is None or not 0 <= share <= CONTROL_SHARE_MAX:
        raise DefinitionError(path, f"expected a share from 0 to {CONTROL_SHARE_MAX}")
    return float(share)


def canonical(definition: Mapping[str, Any]) -> str:
    """A condition of segments as text: equal ones are equal."""
    return json.dumps(definition, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def happening(data: Any, path: str) -> Happening:
    """A fact: `{"fact": table, "where": [...]}`."""
    given = mapping(data, path)
    only(given, path, {"fact", "where"})
    table = words_of(given.get("fact"), f"{path}.fact")
    if table not in facts.TABLES:
        raise DefinitionError(f"{path}.fact", f"{table!r} is not one of {', '.join(facts.TABLES)}")
    return Happening(table, filters(given.get("where", ()), f"{path}.where", table))


def filters(data: Any, path: str, table: str) -> tuple[Filter, ...]:
    """Conditions on columns of `table`."""
    return tuple(_filter(one, f"{path}.{place}", table) for place, one in enumerate(sequence(data, path)))


def _filter(data: Any, path: str, table: str) -> Filter:
    given = mapping(data, path)
    only(given, path, {"column", "is", "value"})
    name = words_of(given.get("column"), f"{path}.column")
    column = facts.column_of(table, name)
    if column is None:
        raise DefinitionError(f"{path}.column", f"{name!r} is no column of {table} to ask for")
    operator = words_of(given.get("is"), f"{path}.is")
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
    listed = [value] if size == 1 else list(sequence(value, path))
    if not 0 < len(listed) <= facts.VALUES_MAX or (size == 2 and len(listed) != 2):
        raise DefinitionError(path, "expected two values" if size == 2 else "expected values")
    if size == -1:
        texts = tuple(words_of(one, path) for one in listed)
        unknown = [one for one in texts if choices and operator in ("in", "not_in") and one not in choices]
        if unknown:
            raise DefinitionError(path, f"{unknown[0]!r} is not one of {', '.join(choices)}")
        return texts
    numbers = [facts.number(one) for one in listed]
    if None in numbers:
        raise DefinitionError(path, "expected a number")
    return tuple(numbers)


def _start(data: Any, path: str) -> Start:
    given = mapping(data, path)
    if "day" in given:
        return _day(given, path)
    if "crossing" in given:
        only(given, path, {"crossing"})
        where = filters(given["crossing"], f"{path}.crossing", "scores")
        if not where:
            raise DefinitionError(f"{path}.crossing", "expected conditions")
        return Crossing(where)
    return _event(given, path)


def _event(given: Mapping[str, Any], path: str) -> Happening | Movement:
    if "segment" not in given:
        return happening(given, path)
    only(given, path, {"segment", "entered"})
    segment = given["segment"]
    if isinstance(segment, bool) or not isinstance(segment, int | str) or not segment:
        raise DefinitionError(f"{path}.segment", "expected a segment's number or code")
    return Movement(segment, boolean(given.get("entered", True), f"{path}.entered"))


def _day(given: Mapping[str, Any], path: str) -> DayRule:
    only(given, path, {"day", "offset_days", "at", "code", "of", "days", "fact", "where"})
    kind = given["day"]
    if kind not in DAY_KINDS:
        raise DefinitionError(f"{path}.day", f"{kind!r} is not one of {', '.join(DAY_KINDS)}")
    fact = None
    if kind == "fact_age":
        fact = happening({"fact": given.get("fact"), "where": given.get("where", ())}, path)
    rule = DayRule(
        kind=kind,
        offset_days=integer(given.get("offset_days", 0), f"{path}.offset_days", -DAYS_MAX, DAYS_MAX),
        at=clock_time(given.get("at", "10:00"), f"{path}.at"),
        code=optional(given.get("code"), f"{path}.code"),
        of=optional(given.get("of"), f"{path}.of"),
        days=integer(given.get("days", 0), f"{path}.days", 0, DAYS_MAX),
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
    given = mapping(data, path)
    only(given, path, {"again", "after_days", "who", "fresh_hours"})
    again = given.get("again", "once")
    if again not in ("once", "always", "after"):
        raise DefinitionError(f"{path}.again", "expected once, always or after")
    who = given.get("who")
    return Entry(
        again=again,
        after_days=integer(given.get("after_days", 0), f"{path}.after_days", int(again == "after"), DAYS_MAX),
        who=Holds(canonical(mapping(who, f"{path}.who"))) if who is not None else None,
        fresh_hours=integer(given.get("fresh_hours", 48), f"{path}.fresh_hours", 1, 24 * 366),
    )


def _endings(given: Mapping[str, Any], name: str) -> tuple[Ending, ...]:
    listed = sequence(given.get(name, ()), name)
    return tuple(_ending(one, f"{name}.{place}") for place, one in enumerate(listed))


def _ending(data: Any, path: str) -> Ending:
    given = mapping(data, path)
    if "if" in given:
        only(given, path, {"if"})
        return Holds(canonical(mapping(given["if"], f"{path}.if")))
    return _event(given, path)


def _condition(given: Mapping[str, Any], path: str) -> Condition:
    kinds = [name for name in ("if", "happened", "message") if name in given]
    if len(kinds) != 1:
        raise DefinitionError(path, "expected exactly one of if, happened, message")
    if kinds[0] == "if":
        return Holds(canonical(mapping(given["if"], f"{path}.if")))
    if kinds[0] == "happened":
        return Happened(happening(given["happened"], f"{path}.happened"))
    fates = tuple(
        words_of(one, f"{path}.became") for one in sequence(given.get("became", ()), f"{path}.became")
    )
    if not fates:
        raise DefinitionError(f"{path}.became", "required")
    return Became(words_of(given["message"], f"{path}.message"), fates)


def _wait(given: Mapping[str, Any], path: str) -> Step:
    return Wait(_minutes(given, path), _to(given, path))


def _wait_until(given: Mapping[str, Any], path: str) -> Step:
    weekdays = tuple(
        integer(one, f"{path}.weekdays", 0, 6)
        for one in sequence(given.get("weekdays", ()), f"{path}.weekdays")
    )
    month_end = boolean(given.get("month_end", False), f"{path}.month_end")
    if month_end and weekdays:
        raise DefinitionError(f"{path}.weekdays", "the end of a month has none")
    at = clock_time(given.get("at"), f"{path}.at")
    return WaitUntil(at, _to(given, path), tuple(sorted(set(weekdays))), month_end)


def _wait_for(given: Mapping[str, Any], path: str) -> Step:
    fact = _event(mapping(given.get("for"), f"{path}.for"), f"{path}.for")
    standard = integer(given.get("standard", 0), f"{path}.standard", 0, STANDARD_MAX)
    return WaitFor(fact, _minutes(given, path), _to(given, path), _to(given, path, "otherwise"), standard)


def _branch(given: Mapping[str, Any], path: str) -> Step:
    cases = []
    for place, one in enumerate(sequence(given.get("cases"), f"{path}.cases")):
        inner = f"{path}.cases.{place}"
        case = mapping(one, inner)
        only(case, inner, {"if", "happened", "message", "became", "next"})
        cases.append((_condition(case, inner), _to(case, inner)))
    if not cases:
        raise DefinitionError(f"{path}.cases", "required")
    return Branch(tuple(cases), _to(given, path, "otherwise"))


def _split(given: Mapping[str, Any], path: str) -> Step:
    arms = []
    for place, one in enumerate(sequence(given.get("arms"), f"{path}.arms")):
        inner = f"{path}.arms.{place}"
        arm = mapping(one, inner)
        only(arm, inner, {"code", "share", "next"})
        share = facts.number(arm.get("share"))
        if share is None or not 0 < share <= 1:
            raise DefinitionError(f"{inner}.share", "expected a share above 0, up to 1")
        arms.append(Arm(words_of(arm.get("code"), f"{inner}.code"), share, _to(arm, inner)))
    if not arms or len({arm.code for arm in arms}) < len(arms):
        raise DefinitionError(f"{path}.arms", "expected arms of different codes")
    return Split(tuple(arms))


def _message(given: Mapping[str, Any], path: str) -> Step:
    contents = _contents(given.get("contents"), f"{path}.contents")
    channel = words_of(given.get("channel", BEST), f"{path}.channel")
    if channel != BEST and channel not in dict(contents):
        raise DefinitionError(f"{path}.channel", "not among the contents")
    purpose = given.get("purpose")
    if purpose not in PURPOSES:
        raise DefinitionError(f"{path}.purpose", f"expected one of {', '.join(PURPOSES)}")
    return Message(
        channel=channel,
        contents=contents,
        purpose=purpose,
        next=_to(given, path),
        priority=integer(given.get("priority", 50), f"{path}.priority", 0, 100),
        urgent=boolean(given.get("urgent", False), f"{path}.urgent"),
        useful_hours=integer(given.get("useful_hours", 72), f"{path}.useful_hours", 1, 24 * 366),
        touchpoint=optional(given.get("touchpoint"), f"{path}.touchpoint"),
        best_hour=boolean(given.get("best_hour", False), f"{path}.best_hour"),
        from_manager=boolean(given.get("from_manager", False), f"{path}.from_manager"),
    )


def _contents(data: Any, path: str) -> tuple[tuple[str, str], ...]:
    """Templates by channel in their order: pairs, for a database does not keep the order of a mapping."""
    pairs = list(data.items()) if isinstance(data, Mapping) else [tuple(one) for one in sequence(data, path)]
    if not pairs or any(len(pair) != 2 for pair in pairs) or len({pair[0] for pair in pairs}) < len(pairs):
        raise DefinitionError(path, "expected a template for each channel")
    return tuple((words_of(channel, path), words_of(code, path)) for channel, code in pairs)


def _task(given: Mapping[str, Any], path: str) -> Step:
    return Task(
        kind=words_of(given.get("task"), f"{path}.task"),
        next=_to(given, path),
        owner=words_of(given.get("owner", "owner"), f"{path}.owner"),
        due_days=integer(given.get("due_days", 1), f"{path}.due_days", 0, DAYS_MAX),
        channel=optional(given.get("channel"), f"{path}.channel"),
        response=optional(given.get("response"), f"{path}.response"),
        words=_spoken(given, path),
    )


def _spoken(given: Mapping[str, Any], path: str) -> tuple[tuple[str, str], ...]:
    words = mapping(given.get("words", {}), f"{path}.words")
    return tuple((str(code), words_of(text, f"{path}.words.{code}")) for code, text in sorted(words.items()))


def _notice(given: Mapping[str, Any], path: str) -> Step:
    words = _spoken(given, path)
    if not words:
        raise DefinitionError(f"{path}.words", "expected what the group reads")
    return Notice(words_of(given.get("group"), f"{path}.group"), _to(given, path), words)


def _request(given: Mapping[str, Any], path: str) -> Step:
    what = words_of(given.get("what"), f"{path}.what")
    if not REQUEST_NAME.fullmatch(what):
        raise DefinitionError(f"{path}.what", "expected small letters, digits, dots and underscores")
    ways = [_to(given, path, name) for name in ("next", "refused", "otherwise")]
    return Request(what, _minutes(given, path), *ways)


def _tag(given: Mapping[str, Any], path: str) -> Step:
    return Tag(words_of(given.get("tag"), f"{path}.tag"), _to(given, path))


def _end(given: Mapping[str, Any], path: str) -> Step:
    return End(words_of(given.get("outcome", END), f"{path}.outcome")[:20])


READERS: Mapping[str, tuple[Callable[[Mapping[str, Any], str], Step], frozenset[str]]] = {
    "wait": (_wait, frozenset({*UNITS, "next"})),
    "wait_until": (_wait_until, frozenset({"at", "weekdays", "month_end", "next"})),
    "wait_for": (_wait_for, frozenset({*UNITS, "for", "next", "otherwise", "standard"})),
    "branch": (_branch, frozenset({"cases", "otherwise"})),
    "split": (_split, frozenset({"arms"})),
    "message": (
        _message,
        frozenset(
            {
                "channel",
                "contents",
                "purpose",
                "priority",
                "urgent",
                "useful_hours",
                "touchpoint",
                "best_hour",
                "from_manager",
                "next",
            }
        ),
    ),
    "task": (
        _task,
        frozenset({"task", "owner", "due_days", "channel", "response", "words", "next"}),
    ),
    "tag": (_tag, frozenset({"tag", "next"})),
    "notice": (_notice, frozenset({"group", "words", "next"})),
    "request": (_request, frozenset({*UNITS, "what", "next", "refused", "otherwise"})),
    "end": (_end, frozenset({"outcome"})),
}


def _step(data: Any, path: str) -> Step:
    given = mapping(data, path)
    kind = given.get("kind")
    if kind not in READERS:
        raise DefinitionError(f"{path}.kind", f"expected one of {', '.join(READERS)}")
    read, known = READERS[str(kind)]
    only(given, path, known | {"kind"})
    return read(given, path)


def _minutes(given: Mapping[str, Any], path: str) -> int:
    units = [name for name in UNITS if name in given]
    if len(units) != 1:
        raise DefinitionError(path, "expected exactly one of minutes, hours, days")
    (unit,) = units
    return integer(given[unit], f"{path}.{unit}", 1, MINUTES_MAX // UNITS[unit]) * UNITS[unit]


def _to(given: Mapping[str, Any], path: str, name: str = "next") -> str:
    # An empty one is a missing branch: the checks speak of it, so that a draft can be kept.
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > 40:
        raise DefinitionError(f"{path}.{name}", "expected the name of a step")
    return value
