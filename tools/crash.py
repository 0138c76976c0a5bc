"""Kill the real program at random moments and look whether a fact is lost, doubled or half seen.

    python tools/crash.py [--rounds 50] [--seed S] [--parts flush,import,cycle] [--keep DIR]

Each part has a home folder of its own. A reader polls throughout. The last line is "N passed, N failed";
the exit code is 1 where anything failed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from crash_parts import cycling, flushing, importing
from crash_parts.running import Bench, BrokenError, keepwell

PARTS = ("import", "flush", "cycle")


def main() -> int:
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50, help="kills in all, shared by the parts")
    parser.add_argument("--seed", type=int, default=None, help="of the random moments")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--rows", type=int, default=60_000, help="orders in each imported file")
    parser.add_argument("--keep", type=Path, default=None, help="work here and leave everything behind")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if not set(parts) <= set(PARTS) or options.rounds < len(parts):
        parser.error(f"--parts takes some of {','.join(PARTS)}, and --rounds at least one for each")
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    root = options.keep or Path(tempfile.mkdtemp(prefix="keepwell-crash-"))
    passed = failed = 0
    try:
        for index, part in enumerate(parts):
            rounds = options.rounds // len(parts) + (index < options.rounds % len(parts))
            bench = _bench(root / part, random.Random(f"{seed}-{part}"))
            _run(part, bench, rounds, options.rows)
            passed, failed = passed + bench.passed, failed + len(bench.violations)
    finally:
        if options.keep is None:
            shutil.rmtree(root, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _bench(folder: Path, rng: random.Random) -> Bench:
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    return Bench(home=folder / "home", work=work, rng=rng)


def _run(part: str, bench: Bench, rounds: int, rows: int) -> None:
    print(f"{part}: {rounds} rounds", flush=True)
    start = time.monotonic()
    try:
        keepwell(bench, "work", "--once", "--cycle-hour", "off", codes=(0, 1))  # makes the home
        if part == "import":
            importing.run(bench, rounds, rows)
        elif part == "flush":
            flushing.run(bench, rounds)
        else:
            cycling.run(bench, rounds)
    except BrokenError as error:
        bench.check(False, str(error))
    print(f"  {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
