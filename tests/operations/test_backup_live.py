"""Backups while others write: every acknowledged fact exactly once, state and lake of one instant."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = str(Path(__file__).with_name("script.py"))
BACKUPS = 2


def look(program):
    done = subprocess.run(
        [sys.executable, SCRIPT, "look"],
        env=program.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


class Writer:
    """A process that writes facts until it is told to stop."""

    def __init__(self, program) -> None:
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, "write"],
            env=program.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def acknowledged(self) -> int:
        """Wait for the next acknowledgement."""
        return int(self.process.stdout.readline())

    def stop(self) -> int:
        """Stop it; the last number that it acknowledged."""
        self.process.stdin.close()
        last = [int(line) for line in self.process.stdout]
        assert self.process.wait(60) == 0
        self.process.stdout.close()
        return last[-1]


def test_a_backup_of_a_shop_at_work(ready, elsewhere, phrase, tmp_path):
    worker = subprocess.Popen(
        ready.command("work", "--cycle-hour", "off"),
        env=ready.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    writer = Writer(ready)
    try:
        before = []
        for number in range(BACKUPS):
            while writer.acknowledged() < 20 * (number + 1):
                pass
            before.append(writer.acknowledged())
            out = tmp_path / f"{number}.kwb"
            made = ready("backup", "--out", out, "--passphrase-file", phrase, "--json")
            assert made.code == 0, made.err
    finally:
        last = writer.stop()
        worker.terminate()
        worker.wait(60)
    verified = ready("backup", "verify", out, "--passphrase-file", phrase, "--json")
    assert verified.code == 0, verified.err
    assert verified.json["ok"]

    restored = elsewhere("restore", out, "--passphrase-file", phrase, "--json")
    assert restored.code == 0, restored.err
    found = look(elsewhere)
    facts = found["facts"]
    assert facts == list(range(1, len(facts) + 1))  # none missing, none twice
    assert before[-1] <= len(facts) < last  # all that was acknowledged before, and the shop went on
    assert found["people"] == facts  # the change and its fact: both or neither
    assert found["audit"] is None
    assert elsewhere("doctor").code == 0
    assert look(ready)["facts"] == list(range(1, last + 1))
