"""The pages of a demo, whose own process has worked with the lake before it serves."""

import urllib.error
import urllib.request

import pytest

from tests.cli.test_serve import free_port, running, until

pytestmark = pytest.mark.slow


def test_the_server_of_a_demo_reads_the_lake(program):
    port = free_port()

    def ready():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    with running(program, "demo", "--customers", 60, "--port", port, BROWSER="true"):
        assert until(lambda: ready() == 200, seconds=180)
