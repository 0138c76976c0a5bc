"""`keepwell restore`: a backup becomes a home again."""

from __future__ import annotations

from pathlib import Path

import click

from keepwell.cli import options
from keepwell.cli.backup import passphrase_option, read_passphrase
from keepwell.cli.boot import boot
from keepwell.cli.output import emit, note, pairs, progress


@click.command("restore", context_settings=options.CONTEXT)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="A copy of keys.json, where the backup does not hold the key ring.",
)
@click.option("--without-keys", is_flag=True, help="The key ring is lost: contact data stays unreadable.")
@click.option(
    "--erasures",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="The erasures.jsonl of the home that is replaced, where none lies beside the backup.",
)
@options.as_json
@options.home
def restore_command(
    file: Path,
    passphrase_file: Path | None,
    keys: Path | None,
    without_keys: bool,
    erasures: Path | None,
    as_json: bool,
    home: Path,
) -> None:
    """Restore a backup into a new home.

    The home must be empty, and so must the database that DATABASE_URL names, where it names one. A backup
    of SQLite may be restored into PostgreSQL. Everything is checked on the way.
    """
    root = home.expanduser().resolve()
    _set_up(root)
    from keepwell.operations import services

    with progress() as report:
        services.unpack(
            path=file,
            home=root,
            passphrase=read_passphrase(passphrase_file),
            ring=keys,
            without_keys=without_keys,
            progress=report,
        )
        boot(root, migrate=False)
        done = services.restore(path=file, erasures=erasures, actor="cli", progress=report)
    if as_json:
        emit(
            {
                "home": done.home,
                "taken_at": done.backup.taken_at,
                "version": done.backup.version,
                "facts": done.facts,
                "after": done.after,
            }
        )
        return
    pairs(
        [
            ("Home", done.home),
            ("As of", f"{done.backup.taken_at:%Y-%m-%d %H:%M:%S %Z}"),
            ("Facts", ", ".join(f"{name} {rows:,}" for name, rows in done.facts.items()) or "none"),
            *((name.capitalize(), said) for name, said in done.after.items()),
        ]
    )
    note(f"Check it with: keepwell doctor --home {done.home}")


def _set_up(root: Path) -> None:
    """Django with the new home's settings; the home itself is not made yet."""
    import os

    import django
    from django.apps import apps

    if not apps.ready:
        os.environ["KEEPWELL_HOME"] = str(root)
        os.environ["DJANGO_SETTINGS_MODULE"] = "keepwell.foundation.settings"
        django.setup()
