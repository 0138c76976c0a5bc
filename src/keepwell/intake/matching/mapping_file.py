"""Mapping files: `{"table": "orders", "columns": {"amount": "Betrag"}, "constants": {"currency": "EUR"}}`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from django.utils.translation import gettext as _

from keepwell.intake.errors import IntakeError
from keepwell.intake.matching import match as matching
from keepwell.intake.matching.match import Match
from keepwell.intake.matching.names import normal
from keepwell.intake.shapes import SHAPES

KNOWN = ("table", "columns", "constants", "match_others")


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a mapping file, JSON or TOML by its name; raises IntakeError."""
    try:
        data = path.read_bytes()
        said = tomllib.loads(data.decode()) if path.suffix.lower() == ".toml" else orjson.loads(data)
    except OSError as error:
        raise IntakeError(_("the mapping file cannot be read"), code="mapping", file=path.name) from error
    except (ValueError, UnicodeDecodeError) as error:
        message = _("the mapping file is no JSON or TOML: %(error)s") % {"error": error}
        raise IntakeError(message, code="mapping", file=path.name) from error
    if not isinstance(said, dict):
        raise IntakeError(_("the mapping file must hold one object"), code="mapping", file=path.name)
    return said


def apply_mapping(said: Mapping[str, Any], columns: Sequence[str], *, table: str | None, file: str) -> Match:
    """The match that a mapping file asks for; other columns are matched by name.

    Raises IntakeError naming the entry that the file or the table does not know.
    """
    for entry in said:
        if entry not in KNOWN:
            _refuse(_("the mapping has an unknown entry %(name)s%(hint)s"), entry, KNOWN, file)
    wanted, constants = _section(said, "columns", file), _section(said, "constants", file)
    name = table or said.get("table") or matching.guess([*columns, *wanted], file=file).shape.name
    if name not in SHAPES:
        _refuse(_("the mapping names an unknown table %(name)s%(hint)s"), str(name), tuple(SHAPES), file)
    shape = SHAPES[str(name)]
    ours = [column.name for column in shape.columns]
    places = {normal(column): n for n, column in reversed(list(enumerate(columns)))}
    mapping = matching.place(columns, shape) if said.get("match_others", True) else {}
    chosen: dict[str, int] = {}
    for column, theirs in wanted.items():
        if column not in ours:
            _refuse(
                _("the mapping names a column %(name)s that the table does not have%(hint)s"),
                column,
                ours,
                file,
            )
        if normal(theirs) not in places:
            _refuse(
                _("the mapping names a column %(name)s that the file does not have%(hint)s"),
                theirs,
                columns,
                file,
            )
        chosen[column] = places[normal(theirs)]
    for column in constants:
        if column not in ours:
            _refuse(
                _("the mapping names a column %(name)s that the table does not have%(hint)s"),
                column,
                ours,
                file,
            )
    used = set(chosen.values())
    mapping = {c: n for c, n in mapping.items() if n not in used and c not in constants} | chosen
    return matching.finish(columns, shape, mapping, file=file, constants=constants)


def _section(said: Mapping[str, Any], name: str, file: str) -> dict[str, str]:
    section = said.get(name, {})
    if not isinstance(section, dict):
        message = _("%(name)s in the mapping must be an object of names") % {"name": name}
        raise IntakeError(message, code="mapping", file=file)
    return {str(key): str(value) for key, value in section.items()}


def _refuse(message: str, name: str, known: Sequence[str], file: str) -> None:
    hint = matching.nearest(name, list(known))
    raise IntakeError(message % {"name": name, "hint": hint}, code="mapping", file=file, column=name)
