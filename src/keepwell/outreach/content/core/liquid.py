"""Liquid in a sandbox: plain values only, a short list of filters and tags, bounded work.

The library's own limits hold per nesting of loops, and several of its filters make much out of little; so
loops are counted over the whole text, and filters that repeat, join or replace are not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from time import monotonic
from typing import Any, NamedTuple, TypeVar, cast

from liquid import Environment, Mode, escape
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.arguments import PositionalArgument
from liquid.builtin.expressions.filtered import FilteredExpression
from liquid.builtin.expressions.path import Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.builtin.output import OutputNode
from liquid.context import RenderContext
from liquid.exceptions import (
    LiquidError,
    LiquidSyntaxError,
    ResourceLimitError,
    UndefinedError,
    UnknownFilterError,
)
from liquid.template import BoundTemplate
from liquid.undefined import Undefined

from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.core import dates
from keepwell.outreach.content.core.variables import VARIABLES

T = TypeVar("T")
SOURCE_LENGTH_MAX = 50_000
OUTPUT_BYTES_MAX = 400_000
LOCALS_BYTES_MAX = 100_000
STEPS_MAX = 5_000  # passes through loops, all together
SECONDS_MAX = 2.0
NESTING_MAX = 20
PLAIN = (str, int, float, bool, Decimal, date, datetime, type(None))
# Every one is linear in what it gets and gives no more than it got and was told to add.
FILTERS = frozenset(
    {
        "abs", "append", "at_least", "at_most", "capitalize", "ceil", "default", "divided_by", "downcase",
        "escape", "floor", "lstrip", "minus", "modulo", "plus", "prepend", "round", "rstrip",
        "size", "slice", "squish", "strip", "times", "truncate", "upcase", "url_encode",
    }
)  # fmt: skip
TAGS = frozenset(
    {"#", "assign", "break", "capture", "case", "comment", "content", "continue", "cycle", "echo", "for",
     "if", "illegal", "output", "unless"}
)  # fmt: skip


class Missing(Undefined):
    """A value that is not there: `if` and `default` know it, anything else refuses: nobody reads a gap."""

    __slots__ = ()
    force_liquid_default = True

    def _refuse(self) -> UndefinedError:
        return UndefinedError(str(self.hint or self.name).removesuffix(" is undefined"), token=self.token)

    def __str__(self) -> str:
        raise self._refuse()

    def __len__(self) -> int:
        raise self._refuse()

    def __iter__(self) -> Any:
        raise self._refuse()

    def __int__(self) -> int:
        raise self._refuse()

    def __getitem__(self, key: str) -> object:
        return self

    def __bool__(self) -> bool:
        return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Undefined)


class _Record(dict[str, Any]):
    """A group of values; it is no text itself."""

    def __str__(self) -> str:
        return ""


class _Context(RenderContext):
    """Counts the passes of all loops together, and looks at the clock whenever one begins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = 0
        self.until = monotonic() + SECONDS_MAX

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Refuse the loop that would exceed either."""
        self.steps += length + 1
        if self.steps > STEPS_MAX or monotonic() > self.until:
            raise ContentError("too_much_work", limit=STEPS_MAX)
        super().raise_for_loop_limit(length)

    def get_item(self, obj: Any, key: Any) -> Any:
        """Items of mappings and sequences by name and place; nothing else has any."""
        if isinstance(obj, Mapping):
            return obj[key]
        if not isinstance(obj, (list, tuple)) and key != "size":
            raise KeyError(key)
        return super().get_item(obj, key)


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template
    loop_iteration_limit = STEPS_MAX
    output_stream_limit = OUTPUT_BYTES_MAX
    local_namespace_limit = LOCALS_BYTES_MAX
    context_depth_limit = NESTING_MAX
    block_nesting_limit = NESTING_MAX


def _date_filter(language: str) -> Callable[[object, object], str]:
    def written(value: object, style: object = "long") -> str:
        if isinstance(value, Undefined):
            return str(value)
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value[:10])
            except ValueError:
                raise ContentError("no_date", value=str(value)[:40]) from None
        if not isinstance(value, date) or style not in dates.STYLES:
            raise ContentError("no_date_style", value=str(style)[:40], styles=", ".join(dates.STYLES))
        return dates.written(value, str(style), language)

    return written


@lru_cache(maxsize=32)
def _environment(language: str, html: bool) -> _Environment:
    made = _Environment(undefined=Missing, autoescape=html, tolerance=Mode.STRICT, strict_filters=True)
    made.filters = {name: one for name, one in made.filters.items() if name in FILTERS}
    made.add_filter("date", _date_filter(language))
    made.tags = {name: tag for name, tag in made.tags.items() if name in TAGS}
    return made


@lru_cache(maxsize=2_048)
def _parsed(source: str, language: str, html: bool) -> BoundTemplate:
    template = _environment(language, html).from_string(source)
    if html:
        _escape_words(template.nodes, RenderContext(template))
    return template


class _Place(NamedTuple):
    """Where a value goes, by its path; `instead` are the words that stand there where it is missing."""

    path: tuple[str, ...]
    instead: str | None


@lru_cache(maxsize=2_048)
def _parts(source: str, language: str, html: bool) -> tuple[str | _Place, ...] | None:
    """A text that does no more than name values, with `default` at most, in its parts; None for any other.

    Most texts are like this, and a hundred thousand are filled in one after the other.
    """
    if "\r" in source:  # what the library makes of ends of lines is the library's
        return None
    parts: list[str | _Place] = []
    for node in _parsed(source, language, html).nodes:
        part = node.text if type(node) is ContentNode else _place(node)
        if part is None:
            return None
        parts.append(part)
    return tuple(parts)


def _place(node: Node) -> _Place | None:
    expression = node.expression if type(node) is OutputNode else None
    if type(expression) is not FilteredExpression or type(expression.left) is not Path:
        return None
    path = tuple(expression.left.path)
    if not all(type(name) is str for name in path):
        return None
    instead = None
    for number, one in enumerate(expression.filters or ()):
        words = one.args[0].value if len(one.args) == 1 and type(one.args[0]) is PositionalArgument else None
        if number or one.name != "default" or not isinstance(words, StringLiteral):
            return None
        instead = str(words.value)
    return _Place(cast(tuple[str, ...], path), instead)


def _filled(parts: Iterable[str | _Place], values: Mapping[str, Any], html: bool) -> str | None:
    """What the library makes of it; None where a value is no text, and the library says how it reads."""
    made: list[str] = []
    for part in parts:
        if isinstance(part, str):
            made.append(part)
            continue
        group: Any = values
        *groups, leaf = part.path
        for name in groups:
            group = group.get(name) if type(group) is _Record else None
        if type(group) is not _Record:
            return None
        # Names that stand alone may be the library's own, such as `now`.
        value = group.get(leaf, part.instead if groups else None)
        if type(value) is not str or not value:
            return None
        made.append(escape(value) if html else value)
    text = "".join(made)
    # A letter has four bytes at most.
    return text if len(text) <= OUTPUT_BYTES_MAX // 4 else None


class _Words(StringLiteral):
    """Words between quotes are text like any other; the library takes them for HTML."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> str:
        return str(self.value)


def _escape_words(nodes: Iterable[Node], context: RenderContext) -> None:
    for node in nodes:
        waiting = list(node.expressions())
        while waiting:
            expression = waiting.pop()
            if type(expression) is StringLiteral:
                expression.__class__ = _Words
            waiting += expression.children()
        _escape_words(node.children(context, include_partials=False), context)


def parse(source: str, *, language: str = "en", html: bool = False, where: str = "") -> BoundTemplate:
    """The template of `source`; raises ContentError naming line and cause."""
    if len(source) > SOURCE_LENGTH_MAX:
        raise ContentError("too_long", where, limit=SOURCE_LENGTH_MAX)
    return _guarded(lambda: _parsed(source, language, html), where)


def used(source: str, *, where: str = "") -> tuple[str, ...]:
    """The variables that `source` names, whether known or not, in the order of the alphabet."""
    parse(source, where=where)
    return _guarded(lambda: _used(source), where)


@lru_cache(maxsize=2_048)
def _used(source: str) -> tuple[str, ...]:
    found = _parsed(source, "en", False).analyze(include_partials=False).globals
    return tuple(sorted({str(one) for many in found.values() for one in many}))


def unknown(source: str, *, where: str = "") -> tuple[str, ...]:
    """The variables that `source` names and nobody has: a writer's slip."""
    return tuple(name for name in used(source, where=where) if name not in VARIABLES)


def render(
    source: str, values: Mapping[str, Any], *, language: str = "en", html: bool = False, where: str = ""
) -> str:
    """`source` with `values` (nested mappings and lists of plain values); escapes them where `html`.

    Raises ContentError: "missing_value" where something is not there that has no words in its place,
    "too_much_work", "bad_syntax", "failed". Raises TypeError where `values` holds an object: that is a slip
    of the program, and it must not reach a template.
    """
    given = values if isinstance(values, _Record) else ready(values)
    template = parse(source, language=language, html=html, where=where)
    parts = _parts(source, language, html)
    made = _filled(parts, given, html) if parts is not None else None
    if made is not None:
        return made
    return _guarded(lambda: str(template.render(**given)), where)


def ready(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A copy of `values` for many parts to be rendered with, checked once; raises TypeError as `render`."""
    made: _Record = _plain(values)
    return made


def _plain(values: Any, depth: int = 0) -> Any:
    """A copy of mappings, lists and plain values; raises TypeError where there is anything else."""
    if depth > NESTING_MAX:
        raise TypeError("values are nested too deep")
    if isinstance(values, Mapping):
        if not all(isinstance(name, str) for name in values):
            raise TypeError("names must be text")
        return _Record((name, _plain(value, depth + 1)) for name, value in values.items())
    if isinstance(values, (list, tuple)):
        return [_plain(value, depth + 1) for value in values]
    if type(values) not in PLAIN:
        raise TypeError(f"{type(values).__name__} does not belong into a template")
    return values


def _guarded(work: Callable[[], T], where: str) -> T:
    """Do it; whatever the library or Python raises becomes the one error of content."""
    try:
        return work()
    except ContentError as error:
        raise ContentError(error.code, error.where or where, **error.figures) from None
    except UndefinedError as error:
        raise ContentError("missing_value", where, variable=str(error.args[0])[:80]) from None
    except ResourceLimitError:
        raise ContentError("too_much_work", where, limit=STEPS_MAX) from None
    except UnknownFilterError as error:
        raise ContentError("no_filter", where, detail=str(error.args[0])[:120]) from None
    except LiquidSyntaxError as error:
        raise _syntax_error(error, where) from None
    except LiquidError as error:
        raise ContentError("failed", where, detail=str(error.args[0] if error.args else "")[:120]) from None
    except (RecursionError, MemoryError):
        raise ContentError("too_much_work", where, limit=STEPS_MAX) from None
    except Exception as error:  # arithmetic, types, a break outside of any loop: all the writer's
        raise ContentError("failed", where, detail=type(error).__name__) from None


def _syntax_error(error: LiquidSyntaxError, where: str) -> ContentError:
    detail = str(error.args[0] if error.args else "")[:120]
    token = error.token
    if token is None or token.start_index < 0:
        return ContentError("bad_syntax", where, detail=detail)
    line = token.source.count("\n", 0, token.start_index) + 1
    return ContentError("bad_line", where, detail=detail, line=line)
