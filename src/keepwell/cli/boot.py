"""Bring up one installation: its home folder, Django, and a database of the present shape."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path

from keepwell.cli import options
from keepwell.cli.errors import CommandError

LOCK_NAME = "migrate.lock"
# Any number that no other program is likely to choose; one migration at a time in one database.
POSTGRES_LOCK = 7_311_946_201


def boot(home: Path, *, language: str | None = None, migrate: bool = True) -> None:
    """Point Django at `home`, make what is missing, and speak `language`.

    Safe where several processes start at once; quick where there is nothing to do.

    Raises CommandError where `home` cannot be used.
    """
    from django.apps import apps

    root = home.expanduser().resolve()
    if apps.ready:
        _refuse_another_home(root)
    else:
        _set_up(root)
    if migrate:
        ensure_migrated(root)
    from django.utils import translation

    translation.activate(language or options.default_language())


def _set_up(root: Path) -> None:
    os.environ["KEEPWELL_HOME"] = str(root)
    os.environ["DJANGO_SETTINGS_MODULE"] = "keepwell.foundation.settings"
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CommandError(f"cannot use {root} as home: {error.strerror}", field="home") from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise CommandError(f"cannot write to the home folder {root}", field="home")
    import django

    # Loading makes much and leaves no garbage: the collector would look through all of it again and again.
    gc.disable()
    try:
        django.setup()
    finally:
        gc.freeze()
        gc.enable()


def _refuse_another_home(root: Path) -> None:
    from django.conf import settings

    if Path(settings.KEEPWELL_HOME).resolve() != root:
        raise CommandError("one process serves one home", field="home")


def pending_migrations() -> list[str]:
    """Names of the changes that the database still needs; empty for a database of the present shape."""
    from keepwell.operations.shape import pending_migrations as pending

    return pending()


def ensure_migrated(root: Path) -> bool:
    """Bring the database to the present shape; whether there was anything to do."""
    if not pending_migrations():
        return False
    from django.core.management import call_command

    with _one_at_a_time(root):
        if pending_migrations():
            call_command("migrate", interactive=False, verbosity=0)
    return True


@contextlib.contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, in the database where it is a server, else in the home."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [POSTGRES_LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [POSTGRES_LOCK])
        return
    from django.core.files import locks

    with open(root / LOCK_NAME, "a") as file:
        locks.lock(file, locks.LOCK_EX)
        yield
