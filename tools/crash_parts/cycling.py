"""Kill `keepwell cycle` while it works."""

from __future__ import annotations

import json

from crash_parts.asking import ask
from crash_parts.running import Bench, Companion, conclude, keepwell, killed, timed

CUSTOMERS = 1_000


def run(bench: Bench, rounds: int) -> None:
    """Run `rounds` cycles over a simulated shop, each killed and then carried on."""
    shop = bench.work / "shop"
    seed = str(bench.rng.randrange(10**6))
    keepwell(bench, "simulate", "--customers", str(CUSTOMERS), "--seed", seed, "--out", str(shop), home=False)
    keepwell(bench, "import", *(str(path) for path in sorted(shop.glob("*.csv"))), "--json", codes=(0, 3))
    days = _days(bench, rounds + 1)
    usual = timed(bench, "cycle", "--as-of", days[0], "--json")
    with Companion(bench, "reader", "cycle") as reader:
        for number, day in enumerate(days[1:], 1):
            end = killed(bench, usual, "cycle", "--as-of", day)
            how = "ended before" if end.finished else "killed"
            print(f"  cycle {number}: {how} after {end.after_seconds:.2f} s; {end.last_words}", flush=True)
            done = json.loads(keepwell(bench, "cycle", "--as-of", day, "--json"))
            _compare(bench, done["cycle_id"], day)
        conclude(bench, reader)


def _days(bench: Bench, count: int) -> list[str]:
    """Days one apart, the last of them that of the newest order."""
    answer = ask(
        bench,
        "from datetime import timedelta as d; from keepwell.history import queries as q;"
        "from keepwell.history.engine import engine;"
        "r = engine(); t = q.scan('orders', engine=r);"
        "last = r.execute(t.agg(x=t.ordered_at.max())).to_pylist()[0]['x'].date();"
        f"print(json.dumps([str(last - d(days=n)) for n in range({count})]))",
    )
    return list(reversed(json.loads(answer)))


def _compare(bench: Bench, cycle_id: str, day: str) -> None:
    """The current scores are those of the finished cycle, in state and in the lake, each customer once."""
    answer = ask(
        bench,
        "from keepwell.insight import queries as i; from keepwell.history import queries as q;"
        "from keepwell.history.engine import engine; r = engine(); t = q.scan('scores', engine=r);"
        f"lake = r.execute(t.filter(t.cycle_id == '{cycle_id}').select('customer_id')).to_pylist();"
        "state = [(s.cycle_id, s.customer_id) for s in i.iter_scores()]; c = i.current_cycle();"
        "print(json.dumps([c.cycle_id, str(c.as_of.date()), state, [x['customer_id'] for x in lake]]))",
    )
    current, as_of, state, lake = json.loads(answer)
    bench.check(current == cycle_id, f"{current} is current, not {cycle_id}")
    bench.check(as_of == day, f"{cycle_id} judges {as_of}, not {day}")
    bench.check({row[0] for row in state} == {cycle_id}, f"{cycle_id}: scores of other cycles in state")
    bench.check(
        len(lake) == len(set(lake)) > 0, f"{cycle_id}: {len(lake)} scores of {len(set(lake))} customers"
    )
    bench.check(
        sorted(row[1] for row in state) == sorted(lake),
        f"{cycle_id}: {len(state)} in state, {len(lake)} in lake",
    )
