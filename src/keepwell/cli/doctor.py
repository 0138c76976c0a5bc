"""`keepwell doctor`: is everything in order?"""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from keepwell import __version__
from keepwell.cli import options
from keepwell.cli.boot import boot, pending_migrations
from keepwell.cli.errors import FAILED, explain
from keepwell.cli.output import emit, table
from keepwell.operations.contracts import NoteError, UnwellError

FREE_BYTES_MIN = 1 << 30
PARTS = ("django", "duckdb", "deltalake", "ibis-framework", "pyarrow", "numpy", "scipy", "granian")


STATES = {True: "ok", None: "note", False: "BROKEN"}


@click.command("doctor", context_settings=options.CONTEXT)
@options.as_json
@options.home
@click.pass_context
def doctor_command(ctx: click.Context, as_json: bool, home: Path) -> int:
    """Check the installation.

    Looks at home, keys, database, audit log, facts, engine, disk, clock, fonts, worker, backlog and
    backups. Changes nothing. The exit code is 1 when something is broken; notes break nothing.
    """
    findings = [_look("home", lambda: _home(home))]
    if findings[0]["ok"]:
        findings.append(_look("settings", lambda: _boot(home)))
    if all(finding["ok"] for finding in findings):
        findings += [_look(name, check) for name, check in CHECKS.items()]
        if all(finding["ok"] for finding in findings if finding["check"] in ("database", "migrations")):
            from keepwell.operations.checks import CHECKS as AT_WORK

            findings += [_look(name, check) for name, check in AT_WORK.items()]
        findings.append(_look("versions", _versions))
    well = all(finding["ok"] is not False for finding in findings)
    if as_json:
        emit({"ok": well, "version": __version__, "home": home.resolve(), "checks": findings})
    else:
        columns = [("", "left"), ("Check", "left"), ("Finding", "wrap")]
        table("", columns, [(STATES[f["ok"]], f["check"], f["finding"]) for f in findings])
    return 0 if well else FAILED


def _look(name: str, check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"check": name, "ok": True, "finding": check()}
    except NoteError as note:
        return {"check": name, "ok": None, "finding": explain(note)[0]}
    except Exception as error:
        return {"check": name, "ok": False, "finding": explain(error)[0]}


def _home(home: Path) -> str:
    root = home.expanduser().resolve()
    if not root.is_dir():
        raise UnwellError(f"{root} does not exist; run: keepwell init --home {home}")
    if not os.access(root, os.W_OK | os.X_OK):
        raise UnwellError(f"{root} cannot be written to")
    return str(root)


def _boot(home: Path) -> str:
    boot(home, migrate=False)
    from django.conf import settings

    return f"time zone {settings.TIME_ZONE}, engine {settings.KEEPWELL_ENGINE}"


def _keys() -> str:
    from keepwell.foundation.home import Home
    from keepwell.foundation.keys import load_ring

    path = Home.current().keys_path
    if not path.exists():
        raise UnwellError(
            f"{path} is missing: without it contact data cannot be read; restore it from a copy"
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UnwellError(f"others can read {path}; run: chmod 600 {path}")
    ring = load_ring(path)
    if ring.unseal(ring.seal("keepwell")) != "keepwell":
        raise UnwellError(f"the key ring {path} does not open what it seals")
    return f"{len(ring.seal_keys)} key(s)"


def _database() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check(1)")
            answer = cursor.fetchone()[0]
            if answer != "ok":
                raise UnwellError(f"the database is damaged: {answer}")
    return connection.vendor


def _migrations() -> str:
    pending = pending_migrations()
    if pending:
        raise UnwellError(f"{len(pending)} change(s) of the database wait; run: keepwell init")
    return "the database has the present shape"


def _audit() -> str:
    from keepwell.foundation.audit.services import verify

    broken = verify()
    if broken is not None:
        raise UnwellError(f"the audit log was altered at entry {broken}")
    return "the chain is whole"


def _lake() -> str:
    from keepwell.history import queries

    counts = queries.counts()
    if not counts:
        return "no facts yet; run: keepwell import"
    return ", ".join(f"{name} {rows:,}" for name, rows in counts.items())


def _engine() -> str:
    from keepwell.history import engine as engines

    with engines.engine() as engine:
        return type(engine).__name__


def _cycle() -> str:
    from keepwell.insight import queries

    cycle = queries.current_cycle()
    if cycle is None:
        return "none yet; run: keepwell cycle"
    return f"{cycle.cycle_id}, as of {cycle.as_of:%Y-%m-%d}"


def _disk() -> str:
    from keepwell.foundation.home import Home

    free = shutil.disk_usage(Home.current().root).free
    if free < FREE_BYTES_MIN:
        raise UnwellError(f"only {free / 1e6:,.0f} MB are free")
    return f"{free / 1e9:,.1f} GB free"


def _versions() -> str:
    parts = ", ".join(f"{part} {version(part)}" for part in PARTS)
    return f"keepwell {__version__}, Python {platform.python_version()}, {parts}"


CHECKS: dict[str, Callable[[], str]] = {
    "keys": _keys,
    "database": _database,
    "migrations": _migrations,
    "audit log": _audit,
    "facts": _lake,
    "engine": _engine,
    "current cycle": _cycle,
    "disk": _disk,
}
