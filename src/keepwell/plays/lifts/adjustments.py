"""What people changed in a journey or mailing, from the audit log; reads only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keepwell.foundation.audit import queries as audit
from keepwell.foundation.audit.queries import AuditFilter, EntryView
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys.core.graph import Message
from keepwell.outreach.journeys.core.reading import parse
from keepwell.plays.lifts.contracts import Adjustment

LIMIT = 200
JOURNEY = ("on", "pause", "resume", "close", "stop")
MAILING = ("confirm", "pause", "resume", "stop", "change")
TEXT, SHARE = "text", "share"


def of(origin: str) -> tuple[Adjustment, ...]:
    """Versions put in force, pauses, changed shares and changed texts, the newest first.

    A text counts once it is published, while a version that uses it is or was in force; that of a mailing is
    fixed when it is confirmed.
    """
    kind, _sep, number = origin.partition(":")
    wanted = JOURNEY if kind == "journey" else MAILING
    entries = audit.entries(AuditFilter(object_type=kind, object_id=number), limit=10 * LIMIT)
    found = [one for entry in entries for one in _steps(entry, kind, wanted)]
    if kind == "journey":
        found += _texts(int(number))
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:LIMIT])


def _steps(entry: EntryView, kind: str, wanted: tuple[str, ...]) -> Iterable[Adjustment]:
    verb = entry.action.removeprefix(f"{kind}.")
    share = entry.details.get("control")
    changed = isinstance(share, list)  # before, after
    if verb in wanted and (verb != "change" or changed):
        yield Adjustment(
            at=entry.at,
            actor=entry.actor,
            what=SHARE if verb == "change" else verb,
            reason=str(entry.details.get("reason", "")),
            version=int(entry.details.get("version", 0) or 0) if kind == "journey" else 0,
            details={"control": share} if share is not None else {},
        )
    elif verb == "write" and changed:
        yield Adjustment(
            at=entry.at,
            actor=entry.actor,
            what=SHARE,
            version=int(entry.details.get("version", 0) or 0),
            details={"control": share},
        )


def _texts(journey_id: int) -> Iterable[Adjustment]:
    since: dict[str, datetime] = {}
    for version in sorted(journeys.versions(journey_id), key=lambda one: one.number):
        if version.on_at is None:
            continue
        for step in parse(version.definition).steps.values():
            if isinstance(step, Message):
                for _channel, code in step.contents:
                    since.setdefault(code, version.on_at)
    for code, on_at in sorted(since.items()):
        wanted = AuditFilter(action="content.publish", object_type="template", object_id=code, since=on_at)
        for entry in audit.entries(wanted, limit=LIMIT):
            details = {"text": code, "number": entry.details.get("version")}
            yield Adjustment(at=entry.at, actor=entry.actor, what=TEXT, details=details)
