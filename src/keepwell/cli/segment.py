"""`keepwell segment`: what segments there are, whom a rule holds for, and why somebody is in one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError
from keepwell.cli.output import emit

if TYPE_CHECKING:
    from keepwell.insight.segments.contracts import Explained, SegmentView

SAMPLE = 10


@click.group("segment", context_settings=options.CONTEXT)
def segment_command() -> None:
    """List segments, count whom a rule holds for, or say why somebody is in one."""


@segment_command.command("list")
@options.language
@options.as_json
@options.home
def list_command(language: str | None, as_json: bool, home: Path) -> None:
    """Every segment with its number, its size and its rule in words."""
    boot(home, language=language)
    from keepwell.insight.segments import queries

    found = queries.every()
    if as_json:
        emit([{**asdict(one), "rule": queries.sentence(one.definition)} for one in found])
        return
    for one in found:
        size = "-" if one.size is None else f"{one.size:,}"
        click.echo(f"{one.segment_id:>5}  {size:>12}  {one.name}: {queries.sentence(one.definition)}")


@segment_command.command("count")
@click.argument("rule", type=click.File())
@options.language
@options.as_json
@options.home
def count_command(rule: Any, language: str | None, as_json: bool, home: Path) -> None:
    """How many customers the rule in a JSON file (or - for standard input) holds for."""
    try:
        data = json.load(rule)
    except ValueError as error:
        raise CommandError(f"not JSON: {error}", field="rule") from None
    boot(home, language=language)
    from keepwell.insight.segments import queries
    from keepwell.insight.segments.contracts import DefinitionError

    try:
        counted = queries.count(data, sample=SAMPLE)
    except DefinitionError as error:
        raise CommandError(str(error), field=error.path or "rule") from None
    except queries.NoStoreError as error:
        raise CommandError(str(error)) from None
    if as_json:
        emit(asdict(counted))
        return
    click.echo(queries.sentence(data))
    click.echo(f"{counted.size:,} of {counted.total:,} customers")


@segment_command.command("why")
@click.argument("segment")
@click.argument("customer_id")
@options.language
@options.as_json
@options.home
def why_command(segment: str, customer_id: str, language: str | None, as_json: bool, home: Path) -> None:
    """Whether a customer is in a segment: each condition with the customer's own value."""
    boot(home, language=language)
    from keepwell.insight.segments import queries

    found = find(segment)
    told = queries.explain(found.definition, customer_id)
    if told is None:
        raise CommandError(f"there is no customer {customer_id!r}", field="customer_id")
    if as_json:
        emit({"segment": found.segment_id, "customer_id": customer_id, **_plain(told)})
        return
    for line in _lines(told, 0):
        click.echo(line)


def find(named: str) -> SegmentView:
    """The segment of this number, name or code; raises CommandError."""
    from keepwell.insight.segments import queries

    known = queries.every()
    for one in known:
        if named in (str(one.segment_id), one.code):
            return one
    matching = [one for one in known if one.name.casefold() == named.casefold()]
    if len(matching) == 1:
        return matching[0]
    problem = "several segments have" if matching else "there is no segment with"
    raise CommandError(
        f"{problem} the number, name or code {named!r}; see: keepwell segment list", field="segment"
    )


def _plain(told: Explained) -> dict[str, Any]:
    said: dict[str, Any] = {"holds": told.holds}
    if told.condition is not None:
        from keepwell.insight.segments.contracts import to_json

        return {**said, "condition": to_json(told.condition), "value": told.value}
    return {**said, "join": told.join, "parts": [_plain(part) for part in told.parts]}


def _lines(told: Explained, depth: int) -> list[str]:
    from keepwell.insight.segments import queries
    from keepwell.insight.segments.words import condition_text

    names = queries.names()
    mark = "yes" if told.holds else "no "
    if told.condition is not None:
        text = condition_text(told.condition, segment_name=lambda one: names.get(one, str(one)))
        return [f"{'  ' * depth}{mark}  {text}  [{told.value}]"]
    lines = [f"{'  ' * depth}{mark}  {told.join}"]
    for part in told.parts:
        lines += _lines(part, depth + 1)
    return lines
