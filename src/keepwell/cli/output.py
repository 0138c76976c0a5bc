"""What commands say: one JSON document or readable text on stdout, progress and errors on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[str, float, int], None]


def _plain(value: Any) -> Any:
    """What orjson does not know: money as a number, paths and lazy strings as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset | Sequence):
        return list(value)
    if hasattr(value, "items"):
        return dict(value)
    return str(value)


def json_text(document: Any) -> str:
    """`document` as JSON with numbers for money; the same document gives the same text."""
    import orjson

    flags = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
    return orjson.dumps(document, default=_plain, option=flags).decode()


def emit(document: Any) -> None:
    """Write the one JSON document of this command to stdout."""
    click.echo(json_text(document))


def console() -> Console:
    """Where readable text goes; as wide as the terminal, wide enough for a table where there is none."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=140, soft_wrap=False)


def note(message: str) -> None:
    """One line on stderr."""
    click.echo(message, err=True)


def table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; `columns` are (heading, "left" | "right" | "wrap")."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    view = Table(title=escape(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for heading, how in columns:
        view.add_column(
            escape(heading),
            justify="right" if how == "right" else "left",
            no_wrap=how != "wrap",
            overflow="fold",
        )
    for row in rows:
        view.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    console().print(view)


def pairs(rows: Sequence[tuple[str, Any]]) -> None:
    """Print names and values in two columns."""
    from rich.markup import escape
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(escape(name), escape(str(value)))
    console().print(grid)


def money(amount: Decimal | float | int | None, currency: str) -> str:
    """An amount with its sign and the decimals people expect of the currency."""
    from keepwell.foundation.money import decimals, symbol

    if amount is None:
        return "–"
    value = Decimal(str(amount))
    sign = "-" if value < 0 else ""
    return f"{sign}{symbol(currency)}{abs(value):,.{decimals(currency)}f}"


def day(instant: datetime | None) -> str:
    """The date of an instant, or a dash."""
    return f"{instant:%Y-%m-%d}" if instant else "–"


def path_text(path: Path) -> str:
    """A path, short where it lies below the working folder."""
    with contextlib.suppress(ValueError):
        return str(path.resolve().relative_to(Path.cwd()))
    return str(path)


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """A callback (step, share done 0 to 1, rows) that draws bars on a terminal and plain lines elsewhere."""
    if sys.stderr.isatty():
        with _bars() as report:
            yield report
    else:
        yield _lines()


@contextlib.contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rows]:>14}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def report(step: str, share: float, rows: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=1.0, rows="")
            bars.update(tasks[step], completed=min(share, 1.0), rows=f"{rows:,}" if rows else "")

        yield report


def _lines() -> Progress:
    finished: set[str] = set()
    last = time.monotonic()

    def report(step: str, share: float, rows: int) -> None:
        nonlocal last
        if share >= 1 and step not in finished:
            finished.add(step)
            seconds, last = time.monotonic() - last, time.monotonic()
            note(f"{step}: {rows:,} rows, {seconds:.1f} s" if rows else f"{step}: {seconds:.1f} s")

    return report
