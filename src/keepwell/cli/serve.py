"""`keepwell serve`: the web app and its worker, together."""

from __future__ import annotations

import contextlib
import copy
import ipaddress
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError
from keepwell.cli.output import note

log = logging.getLogger("keepwell.serve")

PORT = 8600
STOP_SECONDS_MAX = 20
RESTART_SECONDS = 3.0
# Names the process that a worker stops with, however that one ended.
SUPERVISED = "KEEPWELL_SUPERVISED"
FIGURES = "PROMETHEUS_MULTIPROC_DIR"


@click.command("serve", context_settings=options.CONTEXT)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="The port.")
@click.option(
    "--expose",
    is_flag=True,
    help="Allow an address that other machines reach. Put a proxy with TLS in front of it.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    envvar="KEEPWELL_WEB_PROCESSES",
    show_default=True,
    help="How many processes answer; each takes about 300 MB.",
)
@click.option("--no-worker", is_flag=True, help="Only the web app; run `keepwell work` elsewhere.")
@click.option("--open", "open_browser", is_flag=True, help="Open it in a browser where there is a screen.")
@options.home
def serve_command(
    host: str, port: int, expose: bool, processes: int, no_worker: bool, open_browser: bool, home: Path
) -> None:
    """Serve the web app and do the work that falls due.

    Stop with Ctrl-C. Other machines cannot reach it unless --host and --expose say so.
    """
    boot(home)
    serve(
        host,
        port,
        expose=expose,
        worker=not no_worker,
        processes=processes,
        open_browser=open_browser,
    )


def serve(
    host: str,
    port: int,
    *,
    expose: bool = False,
    worker: bool = True,
    processes: int = 1,
    open_browser: bool = False,
) -> None:
    """Serve until a signal stops it; the worker stops with it."""
    check_address(host, port, expose=expose)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _allow_host(host)
    server = Granian(
        "keepwell.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=4,
        log_level=LogLevels.warning,
        log_dictconfig=log_configuration(),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS_MAX,
    )
    helper = Worker() if worker else None
    if helper:
        helper.start()
    if open_browser:
        open_when_possible(address(host, port))
    announce(f"Keepwell is at {address(host, port)} (Ctrl-C stops it)")
    try:
        with shared_figures():
            server.serve()
    finally:
        if helper:
            helper.stop()


@contextlib.contextmanager
def shared_figures() -> Iterator[None]:
    """A folder through which the web processes share what they count; one that is named already is kept."""
    if os.environ.get(FIGURES):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="keepwell-figures-") as folder:
        os.environ[FIGURES] = folder
        yield


def open_when_possible(url: str) -> None:
    """Open `url` in a browser in a moment, where there is a screen; never fail without one."""
    has_screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if not has_screen or not sys.stdout.isatty():
        return

    def attempt() -> None:
        with contextlib.suppress(Exception):  # the address is printed anyway
            webbrowser.open(url)

    timer = threading.Timer(2.0, attempt)
    timer.daemon = True
    timer.start()


def announce(message: str) -> None:
    """Say it to who looks at the terminal or, where lines are gathered, in a line of the log."""
    from django.conf import settings

    if settings.LOG_FORMAT == "json":
        log.warning(message)
    else:
        note(message)


def log_configuration() -> dict[str, Any]:
    """The web server logs as everything else does."""
    from django.conf import settings

    return copy.deepcopy(settings.LOGGING)


def address(host: str, port: int) -> str:
    """What to type into a browser."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://{shown}:{port}/"


def check_address(host: str, port: int, *, expose: bool) -> None:
    """Raise CommandError where the address is not this machine's own, or the port is taken."""
    if not _is_loopback(host) and not expose:
        raise CommandError(
            f"{host} can be reached from other machines; add --expose if that is meant", field="host"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another --port", field="port"
            ) from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _allow_host(host: str) -> None:
    """The web process answers requests for the host that was asked for, beside those of the settings."""
    from django.conf import settings

    if host not in ("0.0.0.0", "::") and host not in settings.ALLOWED_HOSTS:  # noqa: S104
        os.environ["KEEPWELL_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, host])


class Worker:
    """`keepwell work` as a child of this process group, started again when it fails."""

    def __init__(self) -> None:
        self._arguments = [sys.executable, "-m", "keepwell", "work"]
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, name="worker", daemon=True)

    def start(self) -> None:
        """Start it and watch it."""
        # Here and not in the thread: a fork of the web server in between would keep the pipe open by which
        # Popen learns that the program has started, and Popen would wait for ever.
        self._process = self._spawn()
        self._thread.start()

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, SUPERVISED: str(os.getpid())}
        return subprocess.Popen(  # noqa: S603 - our own program
            self._arguments, stdin=subprocess.DEVNULL, env=environment
        )

    def _watch(self) -> None:
        while self._process is not None:
            self._process.wait()
            if self._stopping.wait(RESTART_SECONDS):
                return
            announce("the worker ended; starting it again")
            self._process = self._spawn()

    def stop(self) -> None:
        """Ask it to stop, wait, and kill it if it does not."""
        self._stopping.set()
        process: Any = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
