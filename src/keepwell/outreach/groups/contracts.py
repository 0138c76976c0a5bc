"""What groups take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keepwell.outreach.contracts import Notice

JOURNEY_TASK = "journey_task"
JOURNEY_NOTICE = "journey_notice"  # a line that a journey's step has for one group, whatever it wants to hear
KINDS = (*(str(one) for one in Notice), JOURNEY_TASK)
# By the name of apprise's scheme; what each is called by people is in `words`.
SERVICES = ("dingtalk", "slack", "workflows", "tgram", "jsons")


class GroupError(ValueError):
    """Something that a group refuses: problems by field, each a code of `words.PROBLEM`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class GroupView:
    """A group, without its address."""

    group_id: int
    name: str
    service: str
    language: str
    kinds: tuple[str, ...]
    active: bool
    last_error: str
    last_sent_at: datetime | None
    waiting: int
    updated_at: datetime
    updated_by: str
