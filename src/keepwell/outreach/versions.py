"""Rules that are kept in versions: what both kinds of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from keepwell.foundation.audit import services as audit


class Versioned(Protocol):
    """A frozen dataclass of rules that knows its version."""

    @property
    def version(self) -> int:
        """From 0, what Keepwell brings."""


Rules = TypeVar("Rules", bound=Versioned)


def keep(
    model: Any,
    *,
    before: Rules,
    after: Rules,
    to_json: Callable[[Rules], Mapping[str, Any]],
    action: str,
    object_type: str,
    actor: str,
    now: datetime,
) -> Rules:
    """Write `after` as the version that follows `before`, in the caller's transaction; audited.

    `model` has version, values, created_at and actor. Nothing is written where nothing changes.
    """
    if after == before:
        return before
    # No protocol can say that it is of dataclasses.
    saved: Rules = replace(after, version=before.version + 1)  # type: ignore[type-var]
    old, new = to_json(before), to_json(saved)
    model.objects.create(version=saved.version, values=new, created_at=now, actor=actor)
    audit.log(
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=str(saved.version),
        details={name: [old[name], new[name]] for name in new if new[name] != old[name]},
        at=now,
    )
    return saved
