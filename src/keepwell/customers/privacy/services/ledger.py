"""The ledger of erasures: keyed fingerprints by which what comes back is known, and erased again."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.customers.privacy.models import Erasure, Settings
from keepwell.customers.privacy.services import settings
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.foundation.crypto import ring
from keepwell.foundation.home import Home
from keepwell.history import queries as history

FILE = "erasures.jsonl"
CHUNK = 500
CLEAN = "clean_lake"  # the setting that holds the lake's versions when nobody erased was found in it
SEARCHED = ("number", "email", "phone")


def fingerprint(kind: str, value: str) -> str:
    """32 hex digits under a key that is never rotated: nobody can be found by it without the value."""
    text = f"erasure\0{kind}\0{value}".encode()
    return hmac.new(ring().pseudonym_key, text, hashlib.sha256).hexdigest()[:32]


def enter(subject: Subject, *, request_id: int | None, now: datetime) -> int:
    """Write the person's fingerprints to state and, for restores, to a file beside it; how many."""
    entries = [
        {"index": fingerprint(kind, value), "kind": kind, "right": subject.right.value, "at": now.isoformat()}
        for kind in SEARCHED
        for value in subject.identifiers.get(kind, ())
    ]
    _append(Home.current().root / FILE, entries)
    return _store(entries, request_id)


def is_erased(number: str) -> bool:
    """Whether a customer number was erased or anonymised and not allowed again."""
    return Erasure.objects.filter(index=fingerprint("number", number), lifted_at=None).exists()


def erased_among(numbers: Iterable[str]) -> set[str]:
    """Those of `numbers` that were erased; nothing is computed while the ledger is empty."""
    if not Erasure.objects.filter(kind="number", lifted_at=None).exists():
        return set()
    found: set[str] = set()
    iterator = iter(numbers)
    while chunk := list(islice(iterator, CHUNK)):
        indexes = {fingerprint("number", number): number for number in chunk}
        there = Erasure.objects.filter(index__in=indexes, kind="number", lifted_at=None)
        found.update(indexes[index] for index in there.values_list("index", flat=True))
    return found


def allow_again(*, number: str, actor: str) -> bool:
    """Let an erased customer number be used again, for somebody who comes back; whether it was erased."""
    now = clock.now()
    with transaction.atomic():
        lifted = Erasure.objects.filter(index=fingerprint("number", number), lifted_at=None)
        changed = lifted.update(lifted_at=now, lifted_by=actor)
        if changed:
            audit.log(actor=actor, action="erasure.allow_again", object_type="erasure", at=now)
    if changed:
        index = fingerprint("number", number)
        _append(Home.current().root / FILE, [{"index": index, "kind": "number", "lifted": now.isoformat()}])
    return bool(changed)


def returned() -> list[str]:
    """Numbers that were erased and have a record or facts: a restore or an import has brought them back.

    The lake is read only where something was written since it was found clean.
    """
    if not Erasure.objects.filter(kind="number", lifted_at=None).exists():
        return []
    found = erased_among(customers.ids())
    versions = history.versions()
    row = Settings.objects.filter(pk=1).first()
    if row is None or row.values.get(CLEAN) != versions or history.outbox_backlog()[0]:
        in_lake = erased_among(history.customer_numbers())
        found |= in_lake
        if not in_lake:
            settings.keep(CLEAN, versions)
    return sorted(found)


def take_over_ledger(*, path: Path) -> int:
    """Take over a ledger that was kept outside of the home that was restored; how many entries."""
    if not path.is_file():
        return 0
    lines = path.read_text(encoding="utf-8").splitlines()
    # A line that a crash cut off is written again by the request that it belongs to.
    entries = [json.loads(line) for line in lines if line.rstrip().endswith("}")]
    settings.keep(CLEAN, None)  # the lake was searched for fewer people
    _store([entry for entry in entries if "lifted" not in entry], None)
    for entry in entries:
        if "lifted" in entry:
            Erasure.objects.filter(index=entry["index"]).update(lifted_at=entry["lifted"])
    own = Home.current().root / FILE
    if own.resolve() != path.resolve():
        _append(own, entries)
    return len(entries)


def _store(entries: Iterable[Mapping[str, str]], request_id: int | None) -> int:
    stored = 0
    for entry in entries:
        values = {
            "kind": entry["kind"],
            "right": Right(entry["right"]).value,
            "erased_at": datetime.fromisoformat(entry["at"]),
            "request_id": request_id,
            "lifted_at": None,
        }
        Erasure.objects.update_or_create(index=entry["index"], defaults=values)
        stored += 1
    return stored


def _append(path: Path, entries: Iterable[Mapping[str, str]]) -> None:
    """Write lines and have them on disk before anything else happens."""
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [line for entry in entries if (line := json.dumps(dict(entry), sort_keys=True)) not in known]
    if not lines:
        return
    cut_off = "\n" if known and not known.endswith("\n") else ""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(cut_off + "".join(line + "\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
