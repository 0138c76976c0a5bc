"""The pages of a demo, whose own process has worked with the lake before it serves."""

import os
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.cli.test_serve import free_port, until

pytestmark = pytest.mark.slow


def test_the_server_of_a_demo_reads_the_lake(program):
    port = free_port()
    process = subprocess.Popen(
        program.command("demo", "--customers", 60, "--port", port),
        env={**program.environment, "BROWSER": "true"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def ready():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    try:
        assert until(lambda: ready() == 200, seconds=180)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
