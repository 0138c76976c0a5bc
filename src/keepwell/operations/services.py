"""What operations can do: back up, restore, tidy old backups."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import orjson
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from keepwell.customers.privacy import services as privacy
from keepwell.foundation import clock
from keepwell.foundation.audit.services import log
from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.insight import services as insight
from keepwell.operations import queries
from keepwell.operations.backup import loading, making, restoring, retention, verifying
from keepwell.operations.backup.archive import Reader
from keepwell.operations.contracts import BackupError, BackupView, Progress, RestoredHome, RestoreView

__all__ = ["back_up", "prune", "register_after_restore", "restore", "unpack", "verify"]

LEDGER = "erasures.jsonl"

AfterRestore = Callable[[RestoredHome], str]
_after_restore: dict[str, AfterRestore] = {}

verify = verifying.verify
unpack = restoring.unpack


def register_after_restore(name: str, hook: AfterRestore) -> None:
    """Have `hook` run on every restored home before anybody works with it; it says what it did."""
    _after_restore[name] = hook


def back_up(
    *,
    out: Path,
    passphrase: str | None,
    actor: str,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> BackupView:
    """Back up state, lake and files as they are at one instant, while others go on working.

    `out` is the file to write, or a folder that gets a file named after the instant. With `passphrase` the
    key ring is included, sealed; without it, it is left out. Raises BackupError; nothing half-made remains.
    """
    at = now or clock.now()
    target = out / making.file_name(at) if out.is_dir() else out
    if not target.parent.is_dir():
        raise BackupError(f"the folder {target.parent} does not exist")
    made = making.make(target=target.resolve(), passphrase=passphrase, progress=progress)
    _remember(made)
    if out.is_dir():
        _keep_ledger(out)
    log(
        actor=actor,
        action="operations.backup",
        object_type="backup",
        object_id=target.name,
        details={"bytes": made.size_bytes, "rows": made.rows, "lake": made.lake, "keys": made.keys},
    )
    return made


def _keep_ledger(folder: Path) -> None:
    """Leave the newest ledger of erasures beside the backups, older ones of which know less."""
    own = Home.current().root / LEDGER
    if own.exists():
        partial = folder / f".{LEDGER}"
        shutil.copyfile(own, partial)
        partial.replace(folder / LEDGER)


def _remember(made: BackupView) -> None:
    place = Home.current().root / queries.LAST_BACKUP
    said = {
        "path": str(made.path),
        "taken_at": made.taken_at,
        "size_bytes": made.size_bytes,
        "seconds": made.seconds,
        "keys": made.keys,
    }
    temporary = place.with_name(f".{place.name}")
    temporary.write_bytes(orjson.dumps(said))
    temporary.replace(place)


def prune(*, folder: Path, keep: retention.Keep) -> list[Path]:
    """Remove the backups of `folder` that `keep` does not ask for; other files are left alone."""
    found = {at: path for path in folder.glob(f"*{making.SUFFIX}") if (at := making.taken_at(path))}
    wanted = retention.kept(list(found), keep)
    removed = [path for at, path in sorted(found.items()) if at not in wanted]
    for path in removed:
        path.unlink()
    return removed


def restore(
    *, path: Path, erasures: Path | None, actor: str, progress: Progress | None = None
) -> RestoreView:
    """Finish what `unpack` began, in a process whose settings name the new home.

    Loads a PostgreSQL, brings the database to this release's shape, gives up cycles and imports that were
    under way, erases again who was erased since, and runs what is registered. Raises BackupError.
    """
    home = Home.current()
    _place_lake(home)
    with Reader(path) as reader:
        manifest = reader.manifest
        if connection.vendor == "postgresql":
            loading.refuse_used_database()
            loading.shape_as(manifest)
            if manifest.state == "postgresql":
                loading.load_copies(reader)
            else:
                loading.load_sqlite(home.state_path)
                home.state_path.unlink()
        elif manifest.state != "sqlite":
            raise BackupError("the backup is of a PostgreSQL: set DATABASE_URL to an empty database")
    call_command("migrate", interactive=False, verbosity=0)
    found = history.versions()
    if found != manifest.lake:
        raise BackupError(f"the restored lake is at {found}, the backup was at {manifest.lake}")
    insight.abandon_unfinished()
    erased = _erase_again(path, erasures)
    told = RestoredHome(home.root, manifest.taken_at)
    after = {"erased again": str(erased)}
    after |= {name: hook(told) for name, hook in _after_restore.items()}
    log(
        actor=actor,
        action="operations.restore",
        object_type="backup",
        object_id=path.name,
        details={"taken_at": manifest.taken_at.isoformat(), "lake": manifest.lake, "after": after},
    )
    if progress:
        progress("restore", 1.0, 0)
    return RestoreView(home.root, making.view(path, manifest), history.counts(), after)


def _erase_again(backup: Path, named: Path | None) -> int:
    """Who was erased after the backup stays erased: by the ledger that is named or lies beside the backup."""
    if named is not None and not named.is_file():
        raise BackupError(f"there is no list of erasures at {named}")
    for ledger in (named, backup.with_name(LEDGER)):
        if ledger is not None:
            privacy.take_over_ledger(path=ledger)
    return privacy.replay_ledger(actor="restore")


def _place_lake(home: Home) -> None:
    """The lake goes where KEEPWELL_LAKE says."""
    unpacked, wanted = home.lake_path, Path(str(settings.KEEPWELL_LAKE)).resolve()
    if wanted == unpacked.resolve() or not unpacked.exists():
        return
    if wanted.exists() and any(wanted.iterdir()):
        raise BackupError(f"the lake folder {wanted} is not empty")
    wanted.mkdir(parents=True, exist_ok=True, mode=0o700)
    for table in unpacked.iterdir():
        shutil.move(str(table), wanted / table.name)
    unpacked.rmdir()
