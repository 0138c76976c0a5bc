"""What the processes of the backup test run, on the home that the environment names.

`write`: facts in the transaction of the change that they tell of, printing each number once it is
acknowledged, until standard input closes. `look`: what state and lake hold, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from decimal import Decimal
from pathlib import Path


def write() -> None:
    from django.db import transaction

    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.services import upsert_many
    from keepwell.foundation import clock
    from keepwell.history import services

    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    number = 0
    while not stop.is_set():
        number += 1
        name = f"n{number:06d}"
        with transaction.atomic():
            row = CustomerRow(customer_id=name, name=name)
            upsert_many(rows=[row], source="till", at=clock.now(), actor="till")
            services.record(
                table="orders",
                fact={
                    "order_id": name,
                    "customer_id": name,
                    "ordered_at": clock.now(),
                    "amount": Decimal(10),
                    "currency": "EUR",
                    "status": "paid",
                },
                source="till",
            )
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def look() -> None:
    from keepwell.customers import queries as customers
    from keepwell.foundation.audit.services import verify
    from keepwell.history import engine, queries, services

    services.flush()
    with engine.engine() as own:
        rows = own.execute(queries.scan("orders", engine=own).order_id)
    facts = [int(row[1:]) for row in rows["order_id"].to_pylist()]
    names = [f"n{number:06d}" for number in range(1, max(facts, default=0) + 500)]
    people = [int(name[1:]) for name, shown in customers.names(names).items() if shown == name]
    answer = {"facts": sorted(facts), "people": sorted(people), "audit": verify()}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    from keepwell.cli.boot import boot

    boot(Path(os.environ["KEEPWELL_HOME"]), migrate=False)
    {"write": write, "look": look}[sys.argv[1]]()
