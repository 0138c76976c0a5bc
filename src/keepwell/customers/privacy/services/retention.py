"""How long each kind of data is kept, and what goes when its time is over."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.customers.privacy import queries
from keepwell.customers.privacy.contracts import PrivacyError, RetentionRule
from keepwell.customers.privacy.models import Hold, Request, Unmasking
from keepwell.customers.privacy.services import settings
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.foundation.home import Home

DAYS_MAX = 36_500


@dataclass(frozen=True)
class Kind:
    """One kind of data: how many are older than an instant, and how to remove them."""

    name: str
    label: Any
    help: Any
    default_days: int | None
    minimum_days: int
    count: Callable[[datetime], int]
    purge: Callable[[datetime], int]


_kinds: dict[str, Kind] = {}


def register_retention(kind: Kind) -> None:
    """Let people say how long a kind of data is kept; register it in AppConfig.ready."""
    _kinds[kind.name] = kind


def rules() -> list[RetentionRule]:
    """Every kind with its period now."""
    chosen = queries.settings()["retention"]
    return [
        RetentionRule(
            kind.name,
            kind.label,
            kind.help,
            chosen.get(kind.name, kind.default_days),
            kind.default_days,
            kind.minimum_days,
        )
        for kind in _kinds.values()
    ]


def preview_retention(*, days: Mapping[str, int | None], now: datetime | None = None) -> dict[str, int]:
    """How many of each kind these periods would remove now; raises PrivacyError for a period too short."""
    at = now or clock.now()
    return {name: _count(name, period, at) for name, period in days.items()}


def set_retention(*, days: Mapping[str, int | None], actor: str) -> None:
    """Keep these periods; None keeps a kind for ever. Raises PrivacyError for a period too short."""
    for name, period in days.items():
        _check(name, period)
    _save("retention", dict(days), actor)


def set_unmask_limit(*, per_day: int, actor: str) -> None:
    """How many contact values a user may see in 24 hours; raises PrivacyError for less than 1."""
    if not 1 <= per_day <= 100_000:
        raise PrivacyError(_("Enter a number from 1 to 100,000."))
    _save("unmask_limit_per_day", per_day, actor)


def apply_retention(*, now: datetime | None = None, actor: str = "keepwell") -> dict[str, int]:
    """Remove what is older than its period; how many of each kind. For the worker's tick."""
    at = now or clock.now()
    done = {}
    for rule in rules():
        if rule.days is not None and (removed := _kinds[rule.kind].purge(at - timedelta(days=rule.days))):
            done[rule.kind] = removed
    if done:
        audit.log(actor=actor, action="retention.apply", object_type="retention", details=done, at=at)
    return done


def _save(name: str, value: Any, actor: str) -> None:
    with transaction.atomic():
        before = settings.keep(name, value)
        audit.log(
            actor=actor,
            action="privacy.settings",
            object_type="settings",
            object_id=name,
            details={"before": before, "after": value},
        )


def _check(name: str, period: int | None) -> Kind:
    kind = _kinds.get(name)
    if kind is None:
        raise PrivacyError(_("This kind of data is not known."))
    if period is not None and not kind.minimum_days <= period <= DAYS_MAX:
        raise PrivacyError(
            _("%(kind)s: from %(days)s days.") % {"kind": kind.label, "days": kind.minimum_days}
        )
    return kind


def _count(name: str, period: int | None, now: datetime) -> int:
    kind = _check(name, period)
    return 0 if period is None else kind.count(now - timedelta(days=period))


def _old_files(folder: Callable[[], Path]) -> tuple[Callable[[datetime], int], Callable[[datetime], int]]:
    def old(before: datetime) -> list[Path]:
        found = []
        for path in sorted(folder().rglob("*")):
            if path.is_file() and path.stat().st_mtime < before.timestamp():
                found.append(path)
        return found

    def purge(before: datetime) -> int:
        paths = old(before)
        for path in paths:
            os.unlink(path)
        return len(paths)

    return (lambda before: len(old(before))), purge


def _old_rows(rows: Callable[[datetime], Any]) -> tuple[Callable[[datetime], int], Callable[[datetime], int]]:
    def purge(before: datetime) -> int:
        found = rows(before)
        count: int = found.count()
        found.delete()
        return count

    return (lambda before: int(rows(before).count())), purge


def register_own() -> None:
    """The kinds that this room and the home folder hold."""
    files = (
        ("quarantine", gettext_lazy("Rejected rows of imports"), 180, lambda: Home.current().quarantine_dir),
        ("exports", gettext_lazy("Exported files"), 30, lambda: Home.current().exports_dir),
    )
    for name, label, days, folder in files:
        count, purge = _old_files(folder)
        text = gettext_lazy("Files in the home folder, by the day they were written.")
        register_retention(Kind(name, label, text, days, 1, count, purge))
    count, purge = _old_rows(lambda before: Unmasking.objects.filter(at__lt=before))
    register_retention(
        Kind(
            "unmaskings",
            gettext_lazy("Reasons given for seeing contact data"),
            gettext_lazy("That somebody looked stays in the audit log."),
            730,
            30,
            count,
            purge,
        )
    )
    count, purge = _old_rows(lambda before: Hold.objects.filter(lifted_at__lt=before))
    register_retention(
        Kind(
            "holds",
            gettext_lazy("Holds that were lifted"),
            gettext_lazy("With the reason that was noted for them."),
            1095,
            30,
            count,
            purge,
        )
    )
    count, purge = _old_rows(lambda before: Request.objects.filter(finished_at__lt=before))
    register_retention(
        Kind(
            "certificates",
            gettext_lazy("Certificates of erasures"),
            gettext_lazy("They name nobody; the ledger that keeps people erased stays."),
            None,
            365,
            count,
            purge,
        )
    )
