import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from keepwell.cli.errors import CommandError
from keepwell.cli.serve import address, check_address


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=60):
    """Wait for a condition of another process; its value."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < end:
        if found := condition():
            return found
        pause.wait(0.1)
    raise AssertionError("it did not happen in time")


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def children(group):
    """Processes of a group: (pid, command line)."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 3) for line in listing.stdout.splitlines())
    return [(int(row[0]), row[3]) for row in rows if int(row[1]) == group and not row[2].startswith("Z")]


@contextlib.contextmanager
def running(program, *arguments, **environment):
    """A command that does not end by itself, in a process group of its own."""
    process = subprocess.Popen(
        program.command(*arguments),
        env={**program.environment, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def server(ready):
    port = free_port()
    with running(ready, "serve", "--port", port) as process:
        assert until(lambda: answers(port)) < 500
        yield process, port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_web_and_worker_start_together_and_stop_together(server, number):
    process, port = server
    assert any(args.endswith("keepwell work") for _, args in children(process.pid))
    process.send_signal(number)
    assert process.wait(60) == 0
    assert until(lambda: not children(process.pid))
    assert answers(port) is None


def test_a_worker_that_ended_is_started_again(server):
    process, _port = server

    def worker():
        return next((pid for pid, args in children(process.pid) if args.endswith("keepwell work")), None)

    first = until(worker)
    os.kill(first, signal.SIGKILL)
    assert until(lambda: worker() not in (None, first))


def test_a_worker_does_not_outlive_a_server_that_was_killed(server):
    process, _port = server

    def workers():
        return [pid for pid, args in children(process.pid) if args.endswith("keepwell work")]

    assert until(workers)
    process.kill()
    process.wait()
    assert until(lambda: not workers())
    for pid, _ in children(process.pid):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.one_store
def test_nothing_is_shown_to_other_machines_by_accident(program):
    answer = program("serve", "--host", "0.0.0.0", "--port", free_port())
    assert answer.code == 1
    assert "--expose" in answer.err


def test_a_taken_port_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError) as refused:
            check_address("127.0.0.1", taken.getsockname()[1], expose=False)
    assert refused.value.field == "port"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
def test_this_machine_is_allowed(host):
    check_address(host, free_port(), expose=False)


def test_the_address_can_be_typed_into_a_browser():
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert address("shop.internal", 8600) == "http://shop.internal:8600/"
