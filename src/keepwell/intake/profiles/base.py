"""What a recognised export says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from keepwell.intake.matching import match as matching
from keepwell.intake.matching.match import Match
from keepwell.intake.matching.names import normal
from keepwell.intake.reading.chunks import Source
from keepwell.intake.shapes import SHAPES, Shape


@dataclass(frozen=True)
class Profile:
    """A known export: recognised by its columns, with the place of each.

    `columns`: our column -> name in the export, or one of `first_of`. `joins`: the files of
    such an export belong together.
    """

    name: str
    source: str
    recognises: Callable[[Source], bool]
    shape: Shape | Callable[[Source], Shape]
    columns: Mapping[str, str] | Callable[[Source], Mapping[str, str]]
    constants: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    date_order: str | None = None
    cancelled_prefix: str | None = None
    joins: bool = False
    first_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns made of others: the first of these that has a value (0 counts as none)."""

    def match(self, source: Source, *, file: str) -> Match:
        """Every column's place; raises IntakeError where one is missing."""
        shape = self.shape if isinstance(self.shape, Shape) else self.shape(source)
        wanted = self.columns if isinstance(self.columns, Mapping) else self.columns(source)
        places = {normal(name): position for position, name in reversed(list(enumerate(source.columns)))}
        mapping = {
            ours: places[normal(theirs)] for ours, theirs in wanted.items() if normal(theirs) in places
        }
        return matching.finish(
            source.columns, shape, mapping, file=file, constants=self.constants, profile=self.name
        )


def has_columns(*names: str) -> Callable[[Source], bool]:
    """Recognises a table that has all of these columns."""
    wanted = {normal(name) for name in names}
    return lambda source: wanted <= {normal(name) for name in source.columns}


__all__ = ["SHAPES", "Profile", "has_columns"]
