"""Reads `table.txt`: who may open what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("table.txt")
ANSWERS = frozenset({"+", "-", "own", "none", "form"})
# The columns: the roles, somebody who has signed in and has no role, and nobody at all.
PEOPLE = (
    "administrator",
    "retention_manager",
    "account_manager",
    "service_agent",
    "analyst",
    "finance",
    "quality_control",
    "auditor",
    "read_only",
    "no_role",
    "nobody",
)


@dataclass(frozen=True)
class Row:
    """One address, asked in one way, and the answer to each person; `why` is the comment above it."""

    name: str
    method: str
    answers: dict[str, str]
    why: str = ""

    @property
    def address(self) -> str:
        """The name of the address, without the variant that is asked for."""
        return self.name.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def rows() -> list[Row]:
    """Every row; a comment holds for the next ones with the same answers. Raises ValueError for no row."""
    found: list[Row] = []
    comment = ""
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            comment = line.removeprefix("#").strip()
            continue
        name, method, *cells = line.split()
        if len(cells) != len(PEOPLE) or not set(cells) <= ANSWERS:
            raise ValueError(f"{TABLE.name}, line {number}: {line}")
        answers = dict(zip(PEOPLE, cells, strict=True))
        if not comment and found and found[-1].answers == answers:
            comment = found[-1].why
        found.append(Row(name, method, answers, comment))
        comment = ""
    return found
