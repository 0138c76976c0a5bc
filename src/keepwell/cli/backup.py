"""`keepwell backup`: one file that holds the whole shop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError
from keepwell.cli.output import emit, note, pairs, progress

PASSPHRASE = "KEEPWELL_BACKUP_PASSPHRASE"  # noqa: S105 - a name
PASSPHRASE_FILE = "KEEPWELL_BACKUP_PASSPHRASE_FILE"  # noqa: S105


def read_passphrase(file: Path | None) -> str | None:
    """The passphrase: of `file`, else of the environment; None where nothing names one."""
    named = file or (Path(os.environ[PASSPHRASE_FILE]) if os.environ.get(PASSPHRASE_FILE) else None)
    if named is None:
        return os.environ.get(PASSPHRASE) or None
    try:
        text = named.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"cannot read {named}: {error.strerror}", field="passphrase_file") from error
    if not text:
        raise CommandError(f"{named} is empty", field="passphrase_file")
    return text


def passphrase_option(command: Any) -> Any:
    """`--passphrase-file FILE`."""
    return click.option(
        "--passphrase-file",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        help=f"Holds the passphrase of the backup's key ring; else {PASSPHRASE_FILE} or {PASSPHRASE}.",
    )(command)


@click.group("backup", invoke_without_command=True, context_settings=options.CONTEXT)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="The file to write, or a folder that gets a file named after the time.",
)
@passphrase_option
@click.option("--without-keys", is_flag=True, help="Leave the key ring out: you keep it elsewhere.")
@click.option(
    "--scheduled",
    is_flag=True,
    help="Into KEEPWELL_BACKUP_DIR, as the worker does; remove what KEEPWELL_BACKUP_KEEP does not ask for.",
)
@options.as_json
@options.home
@click.pass_context
def backup_command(
    ctx: click.Context,
    out: Path | None,
    passphrase_file: Path | None,
    without_keys: bool,
    scheduled: bool,
    as_json: bool,
    home: Path,
) -> None:
    """Back up the shop while it is being worked with.

    One file holds database and facts as they are at one instant. Without the key ring contact data in it
    cannot be read: the ring is included under a passphrase, or left out by choice.
    `keepwell backup verify FILE` reads a backup from end to end.
    """
    if ctx.invoked_subcommand is not None:
        return
    phrase = None if without_keys else read_passphrase(passphrase_file)
    if out is None and not scheduled:
        raise click.UsageError("say where to: --out FILE or --out FOLDER", ctx)
    if phrase is None and not without_keys and not scheduled:
        raise click.UsageError(
            "give a passphrase for the key ring (--passphrase-file), or say --without-keys", ctx
        )
    boot(home)
    from keepwell.operations import schedule, services

    with progress() as report:
        if scheduled:
            made, removed = schedule.run(passphrase=phrase, progress=report)
        else:
            assert out is not None
            made, removed = services.back_up(out=out, passphrase=phrase, actor="cli", progress=report), []
    if as_json:
        emit({**_document(made), "removed": [path.name for path in removed]})
    else:
        _show(made)


@backup_command.command("verify", context_settings=options.CONTEXT)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@options.as_json
def verify_command(file: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Read a backup from end to end.

    Compares every part with its checksum, checks the database, and that the facts are complete. With the
    passphrase it also opens the key ring. Needs no home and changes nothing.
    """
    _settings_without_home()
    from keepwell.operations import services

    with progress() as report:
        found = services.verify(path=file, passphrase=read_passphrase(passphrase_file), progress=report)
    if as_json:
        emit({"ok": True, **_document(found)})
    else:
        _show(found)
        note("The backup is whole.")


def _settings_without_home() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ["DJANGO_SETTINGS_MODULE"] = "keepwell.foundation.settings"
        django.setup()


def _document(made: Any) -> dict[str, Any]:
    return {
        "file": made.path,
        "taken_at": made.taken_at,
        "bytes": made.size_bytes,
        "version": made.version,
        "state": made.state,
        "rows": made.rows,
        "lake": made.lake,
        "keys": made.keys,
        "seconds": made.seconds,
    }


def _show(made: Any) -> None:
    pairs(
        [
            ("File", made.path),
            ("As of", f"{made.taken_at:%Y-%m-%d %H:%M:%S %Z}"),
            ("Size", f"{made.size_bytes / 1e6:,.1f} MB"),
            ("Database", f"{made.state}, {made.rows:,} rows"),
            ("Facts", ", ".join(made.lake) or "none"),
            ("Key ring", made.keys),
        ]
    )
    if made.keys != "sealed":
        note("The key ring is not in it: keep a copy of keys.json apart from the backups.")
