"""Search by name, pinyin, phone and number: time to index, size, and 95th percentile of the answers.

python -m bench.search --customers 100000 --home /tmp/bench-search

Beside each kind of question stands the bare query: one look-up of the same token in the database.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from pathlib import Path

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红春梅建国志文慧子涵欣怡宇轩"
    "浩然嘉豪佳诗琪梦婷雪晨思雨俊凯瑞晓琳倩楠博睿泽鑫鹏飞云龙海燕"
)
LATIN = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Klara", "Leo")
FAMILY = ("Schmidt", "Garcia", "Dubois", "Rossi", "Novak", "Walker", "Jensen", "Kowalski", "Silva", "Martin")


def people(count: int, seed: int):
    """Names as they are in a Chinese shop, a tenth of them in Latin letters, some companies."""
    from keepwell.customers.contracts import CustomerRow

    chance = random.Random(seed)
    for number in range(count):
        if chance.random() < 0.1:
            name = f"{chance.choice(LATIN)} {chance.choice(FAMILY)}"
        else:
            name = chance.choice(SURNAMES) + "".join(
                chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2)))
            )
        yield CustomerRow(
            f"C{number:08}",
            name=name,
            phone=f"+861{chance.randrange(3, 10)}{chance.randrange(10**9):09}",
            email=f"user{chance.randrange(10**7)}@example.com" if chance.random() < 0.5 else None,
        )


def main() -> None:
    """Index and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--ask-only", action="store_true", help="the index is there from before")
    given = parser.parse_args()
    os.environ |= {"KEEPWELL_HOME": str(given.home), "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings"}
    from keepwell.cli.boot import boot

    boot(given.home)
    from keepwell.customers import queries as records
    from keepwell.customers import services as customers
    from keepwell.customers.search import queries, services
    from keepwell.foundation import clock

    listed = list(people(given.customers, seed=7))
    started = time.perf_counter()
    if records.count() < given.customers:
        customers.upsert_many(rows=listed, source="bench", at=clock.now(), actor="bench")
    stored = time.perf_counter() - started
    started = time.perf_counter()
    if not given.ask_only:
        services.rebuild(now=clock.now())
    indexed = time.perf_counter() - started
    chance = random.Random(1)
    some = chance.sample(listed, given.questions)
    from pypinyin import lazy_pinyin

    kinds = {
        "name": [row.name for row in some],
        "surname and one": [row.name[:2] for row in some],
        "pinyin": ["".join(lazy_pinyin(row.name)) for row in some],
        "pinyin, beginning": ["".join(lazy_pinyin(row.name))[:4] for row in some],
        "two letters": ["".join(lazy_pinyin(row.name))[:2] for row in some],
        "initials": ["".join(one[0] for one in lazy_pinyin(row.name)) for row in some],
        "phone": [row.phone for row in some],
        "last four digits": [row.phone[-4:] for row in some],
        "customer number": [row.customer_id for row in some],
        "nobody": [f"zzqx{n}" for n in range(given.questions)],
    }
    report = {"customers": given.customers, "store_seconds": stored, "index_seconds": indexed}
    report["state_mb"] = round(sum(p.stat().st_size for p in given.home.glob("state.sqlite3*")) / 1e6)
    report["questions"] = {kind: ask(queries, texts) for kind, texts in kinds.items()}
    report["bare_ms_p95"] = bare([row.name for row in some])
    print(json.dumps(report, indent=1, ensure_ascii=False))


def ask(queries, texts) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, and how many were found on average."""
    times, counts = [], []
    for text in texts:
        started = time.perf_counter()
        counts.append(len(queries.find(text)))
        times.append((time.perf_counter() - started) * 1000)
    return {
        "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1], 2),
        "found": round(statistics.mean(counts), 2),
    }


def bare(names) -> float:
    """One look-up of the whole name's token, nothing else."""
    from django.db import connection

    from keepwell.customers.search import spelling, tokens

    times = []
    for name in names:
        (number,) = tokens.seal([f"n{spelling.compact(name)}"])
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT document_id FROM search_posting WHERE token = %s LIMIT 300", [number])
            cursor.fetchall()
        times.append((time.perf_counter() - started) * 1000)
    return round(statistics.quantiles(times, n=20)[-1], 3)


if __name__ == "__main__":
    main()
