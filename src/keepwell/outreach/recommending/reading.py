"""What was shown, from the messages, and what was bought after it, from the history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa
from django.db.models import Q, QuerySet

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.channels.contracts import ReceiptKind
from keepwell.outreach.recommending.contracts import Shown
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.marks.scanners import What
from keepwell.outreach.sending.models import MessageProduct, ReceiptRow
from keepwell.outreach.sending.reached import came_to

SECONDS_A_DAY = 86_400
HELD_OUT = "held_out"
COUNTED = ("placed", "paid")
CHUNK = 1_000
OPENED = frozenset(came_to("opened"))


class Placed(NamedTuple):
    """A product in a message, without what the message says: there are hundreds of thousands."""

    pk: int
    message: int
    link: int | None
    place: int
    product_id: str
    message_id: str
    customer_id: str
    content: str
    status: str
    channel: str
    standing: str
    at: datetime


PLACED = (
    "pk", "message", "link", "place", "product_id", "message__message_id", "message__customer_id",
    "message__content", "message__status", "message__channel", "message__standing", "message__finished_at",
)  # fmt: skip


def placed(rows: QuerySet[MessageProduct]) -> list[Placed]:
    """Rows of messages that have finished, oldest first."""
    found = (Placed(*one) for one in rows.order_by().values_list(*PLACED).iterator())
    return sorted(found, key=lambda one: (one.at, one.message, one.place))


def shown(*, since: datetime, until: datetime) -> list[Shown]:
    """What messages recommended between two instants, also to those who were kept aside; oldest first."""
    rows = MessageProduct.objects.filter(
        Q(message__status=Status.SENT) | Q(message__status=Status.WITHHELD, message__reason=HELD_OUT),
        message__finished_at__gte=since,
        message__finished_at__lte=until,
    )
    listed = placed(rows)
    pressed = clicked(listed)
    return [
        Shown(
            message_id=one.message_id,
            customer_id=one.customer_id,
            product_id=one.product_id,
            content=one.content,
            at=one.at,
            is_aside=one.status != Status.SENT,
            by_mail=one.channel == "email",
            opened=one.standing in OPENED,
            clicked=one.pk in pressed,
        )
        for one in listed
    ]


def clicked(rows: Sequence[Placed]) -> set[int]:
    """Which of them a person clicked on, by the number of their link."""
    linked = {(one.message, one.link): one.pk for one in rows if one.link}
    found: set[int] = set()
    begins = f"own/{What.CLICK}/"
    for start in range(0, len(numbers := sorted({number for number, _link in linked})), CHUNK):
        receipts = ReceiptRow.objects.filter(
            message_id__in=numbers[start : start + CHUNK],
            kind=ReceiptKind.CLICKED,
            by_machine=False,
            key__startswith=begins,
        )
        for number, key in receipts.values_list("message_id", "key"):
            link = int(key.removeprefix(begins).partition("/")[0])
            if (number, link) in linked:
                found.add(linked[number, link])
    return found


def bought(units: Sequence[Shown], *, days: int, as_of: datetime) -> np.ndarray:
    """Whether each customer bought that product within `days` after it was shown, (n,) boolean."""
    found = np.zeros(len(units), dtype=bool)
    if not units:
        return found
    asked = pa.table(
        {
            "customer_id": [one.customer_id for one in units],
            "product_id": [one.product_id for one in units],
            "place": np.arange(len(units)),
            "entered": [one.at.timestamp() for one in units],
        }
    )
    with engine() as running:
        lines = _lines(running, as_of, min(one.at for one in units))
        both = ibis.memtable(asked).join(lines, ["customer_id", "product_id"])
        after = both.at - both.entered
        inside = both.filter(after > 0, after <= days * SECONDS_A_DAY)
        found[running.execute(inside.select("place").distinct())["place"].to_numpy()] = True
    return found


def bought_by_others(units: Sequence[Shown], *, days: int, as_of: datetime) -> dict[tuple[str, int], int]:
    """How many customers to whom a product was never shown bought it in the `days` after each day of `units`.

    By product and day since 1970; pairs with none are left out.
    """
    pairs = sorted({(one.product_id, day_of(one.at)) for one in units})
    if not pairs:
        return {}
    sent = pa.table({"product_id": [p for p, _day in pairs], "day": [d for _product, d in pairs]})
    told = pa.table(
        {
            "product_id": [one.product_id for one in units],
            "customer_id": [one.customer_id for one in units],
        }
    )
    with engine() as running:
        lines = _lines(running, as_of, min(one.at for one in units))
        lines = lines.anti_join(ibis.memtable(told), ["customer_id", "product_id"])
        both = ibis.memtable(sent).join(lines, "product_id")
        after = (both.at / SECONDS_A_DAY).floor().cast("int64") - both.day
        inside = both.filter(after > 0, after <= days)
        counted = inside.group_by(["product_id", "day"]).agg(people=inside.customer_id.nunique())
        rows = running.execute(counted).to_pylist()
    return {(row["product_id"], row["day"]): row["people"] for row in rows}


def day_of(at: datetime) -> int:
    """The day of an instant since 1970, in UTC."""
    return int(at.timestamp() // SECONDS_A_DAY)


def _lines(running: Any, as_of: datetime, since: datetime) -> Any:
    """customer_id, product_id and the instant (seconds since 1970) of what was bought since and kept."""
    orders = history.scan("orders", as_of=as_of, engine=running)
    orders = orders.filter(orders.status.isin(COUNTED), orders.ordered_at > ibis.timestamp(since))
    orders = orders.select("order_id", "customer_id", at=orders.ordered_at.epoch_seconds().cast("float64"))
    items = history.scan("order_items", engine=running)
    items = items.filter(items.quantity > 0).select("order_id", "product_id")
    lines = items.join(orders, "order_id").select("customer_id", "product_id", "at")
    aliases = identity.canonical_ids()
    if not aliases:
        return lines
    known = ibis.memtable(pa.table({"alias_id": list(aliases), "canonical_id": list(aliases.values())}))
    joined = lines.left_join(known, lines.customer_id == known.alias_id)
    person = ibis.coalesce(joined.canonical_id, joined.customer_id)
    return joined.select("product_id", "at", customer_id=person).distinct()
