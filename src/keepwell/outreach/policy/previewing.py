"""What rules would have done with the contacts that took place, whoever made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import ibis

from keepwell.customers import queries as customers
from keepwell.customers.privacy.contracts import Purpose
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.policy import core, zones
from keepwell.outreach.policy.contracts import Cap, Cause, Intent, PolicyPreview, Rules
from keepwell.outreach.policy.gathering import stage_caps

# The statuses of a contact that reached the customer or was on its way.
REACHED = ("sent", "delivered", "opened", "clicked", "answered", "complained", "unsubscribed", "bounced")
ROWS_MAX = 20_000  # more are looked at by a share of the customers, always the same ones
CHUNK = 10_000
Row = tuple[str, datetime, str, str]


def preview_of(rules: Rules, *, span: timedelta, now: datetime) -> PolicyPreview:
    """Go through the contacts of the `span` before the newest one, customer by customer, in order of time.

    What would have been held back leaves room for what follows. A contact that says no purpose counts as
    marketing.
    """
    with engine() as running:
        table = history.scan("contacts", engine=running)
        reached = table.filter((table.at <= ibis.timestamp(now)) & table.status.isin(REACHED))
        until = running.execute(reached.aggregate(newest=reached.at.max()))["newest"][0].as_py()
        if until is None:
            return PolicyPreview(None, 0, 0, 0, 0, 0, 1.0)
        wanted = reached.filter(reached.at > ibis.timestamp(until - span))
        total = int(running.execute(wanted.aggregate(n=wanted.count()))["n"][0].as_py())
        every = max(1, -(-total // ROWS_MAX))
        if every > 1:
            wanted = wanted.filter(wanted.customer_id.hash().abs() % every == 0)
        chosen = wanted.select("customer_id", "at", "channel", "purpose").order_by(["customer_id", "at"])
        found = running.execute(chosen).to_pylist()
    rows = [(row["customer_id"], row["at"], row["channel"], row["purpose"] or "") for row in found]
    return _counted(rows, rules, until, 1 / every)


def _counted(rows: list[Row], rules: Rules, until: datetime, share: float) -> PolicyPreview:
    counted: Counter[str] = Counter()
    people = spared = 0
    for places, own, grouped in _by_customer(rows, rules):
        held = _held_back(grouped, zones.zones_of(*places, rules.time_zone), rules, own)
        counted += held
        people += 1
        spared += bool(held)
    return PolicyPreview(
        until=until,
        contacts=len(rows),
        too_often=counted[Cause.TOO_OFTEN],
        at_quiet_hours=counted[Cause.QUIET_HOURS],
        customers=people,
        customers_spared=spared,
        share=share,
        by_pace=counted[core.PACE],
        by_stage=counted[core.STAGE],
    )


def _by_customer(
    rows: list[Row], rules: Rules
) -> Iterator[tuple[tuple[str, str], tuple[Cap, ...], list[Row]]]:
    """Where each customer is, the caps that count for them (pace and stage of today), their contacts."""
    groups = [list(group) for _number, group in groupby(rows, key=itemgetter(0))]
    for start in range(0, len(groups), CHUNK):
        chunk = groups[start : start + CHUNK]
        numbers = {group[0][0] for group in chunk}
        places, stages = customers.whereabouts(numbers), stage_caps(numbers)
        paces = pacing.paces(numbers) if rules.adapt_pace else {}
        for group in chunk:
            number = group[0][0]
            caps = core.paced(rules, str(paces[number].level) if number in paces else "")
            own = (*caps, stages[number]) if number in stages else caps
            yield places.get(number, ("", "")), own, group


def _held_back(rows: list[Row], where: tuple[Any, ...], rules: Rules, caps: tuple[Cap, ...]) -> Counter[str]:
    """How many came too often, how many of them by pace and by stage, and how many at quiet hours."""
    past: list[core.Past] = []
    counted: Counter[str] = Counter()
    for number, at, channel, purpose in rows:
        intent = Intent("", number, channel, purpose or Purpose.MARKETING)
        _free, cap = core.free_from(intent, past, caps, at)
        if cap is not None:
            counted[Cause.TOO_OFTEN] += 1
            if cap.reason:
                counted[cap.reason] += 1
        elif core.opens(at, where, rules, intent) > at:
            counted[Cause.QUIET_HOURS] += 1
        else:
            past.append(core.Past(at, channel, intent.purpose))
    return counted
