"""Kill `keepwell work` while it moves recorded facts to the lake."""

from __future__ import annotations

import json

from crash_parts.asking import ask
from crash_parts.running import Bench, Companion, conclude, keepwell, killed, timed

WORKER = ("work", "--cycle-hour", "off")
ONCE = (*WORKER, "--once")
# A worker that has come up flushes once a second: long enough to meet several flushes.
WORKING_SECONDS = 4.0


def run(bench: Bench, rounds: int) -> None:
    """Feed, kill and carry on `rounds` times, then compare the lake with what was recorded."""
    with Companion(bench, "feeder", str(bench.rng.randrange(10**6)), "f") as feeder:
        coming_up = timed(bench, *ONCE)
        with Companion(bench, "reader", "flush", str(feeder.out)) as reader:
            for number in range(rounds):  # each worker finds what the one before it left
                end = killed(bench, coming_up + WORKING_SECONDS, *WORKER)
                print(
                    f"  flush {number + 1}: killed after {end.after_seconds:.2f} s; {_state(bench)}",
                    flush=True,
                )
                bench.check(not end.finished, f"the worker ended by itself: {end.last_words}")
            feeder.kill()
            keepwell(bench, *ONCE)
            conclude(bench, reader)
    _compare(bench, feeder)


def _state(bench: Bench) -> str:
    """What the killed process left: rows of the outbox, taken or not, and the lake's version."""
    answer = ask(
        bench,
        "from keepwell.history.models import OutboxFact as O; from keepwell.history import queries as q;"
        "taken = O.objects.exclude(batch_id='').count();"
        "print(json.dumps([O.objects.count() - taken, taken, q.versions().get('orders', -1)]))",
    )
    waiting, taken, version = json.loads(answer)
    return f"{waiting} facts wait, {taken} taken, lake at version {version}"


def _compare(bench: Bench, feeder: Companion) -> None:
    intended: dict[int, list[int]] = {}
    committed: dict[int, list[int]] = {}
    for line in feeder.lines():
        for name, target in (("intended", intended), ("committed", committed)):
            for number, revision in line.get(name, ()):
                known = target.setdefault(number, [])
                if revision not in known:
                    known.append(revision)
    answer = ask(
        bench,
        "from keepwell.history import queries as q; from keepwell.history.engine import engine;"
        "from keepwell.history.models import OutboxFact as O;"
        "r = engine(); t = q.scan('orders', engine=r);"
        "rows = r.execute(t.filter(t.source == 'feeder').select('order_id', 'amount')).to_pylist();"
        "print(json.dumps([O.objects.count(), [[int(x['order_id'][1:]), int(x['amount'])] for x in rows]]))",
    )
    waiting, rows = json.loads(answer)
    stored = dict(rows)
    print(f"  {len(committed)} facts committed, {len(stored)} in the lake, {waiting} left in the outbox")
    bench.check(waiting == 0, f"{waiting} facts were left in the outbox")
    bench.check(len(rows) == len(stored), f"{len(rows) - len(stored)} facts are there twice")
    bench.check(not committed.keys() - stored.keys(), f"lost: {sorted(committed.keys() - stored.keys())[:5]}")
    bench.check(not stored.keys() - intended.keys(), "facts that nobody recorded")
    wrong = [
        number
        for number, amount in stored.items()
        if amount not in (committed.get(number, [0])[-1], intended[number][-1])
    ]
    bench.check(not wrong, f"not the newest revision: {wrong[:5]}")
