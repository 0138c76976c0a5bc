"""Reads `table.txt`: who may open what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("table.txt")
ANSWERS = frozenset({"+", "-", "own"})
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
    """One address, asked in one way, and the answer to each person."""

    name: str
    method: str
    answers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def rows() -> list[Row]:
    """Every row; raises ValueError where a line is not one."""
    found = []
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, method, *answers = line.split()
        if len(answers) != len(PEOPLE) or not set(answers) <= ANSWERS:
            raise ValueError(f"{TABLE.name}, line {number}: {line}")
        found.append(Row(name, method, dict(zip(PEOPLE, answers, strict=True))))
    return found
