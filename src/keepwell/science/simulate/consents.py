"""What the invented customers agreed to when they joined."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("channel", pa.string()),
        ("purpose", pa.string()),
        ("given", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("source", pa.string()),
        ("wording", pa.string()),
    ]
)
# Channel, purpose, share who say yes; of the rest one in ten says no, the others were never asked.
ASKED = (
    ("email", "marketing", 0.70),
    ("sms", "marketing", 0.55),
    ("phone", "marketing", 0.65),
    ("wecom", "marketing", 0.50),
    ("whatsapp", "marketing", 0.40),
    ("phone", "service", 0.85),
)
CHINESE = ("CN",)  # who use WeCom; everybody else uses WhatsApp
SAID_NO = 0.1
STREAM = 0x636F6E73  # its own stream of chance, so that the rest of the shop stays as it was


def consents(customers: pa.Table, *, seed: int) -> pa.Table:
    """Consents of `customers` (with customer_id, country and acquired_at), one row each, by customer.

    The same customers and seed give the same rows: customer_id, channel, purpose, given ("yes" or "no"),
    at (when they joined), source, wording.
    """
    count = customers.num_rows
    random = np.random.default_rng([STREAM, seed])
    chinese = np.asarray(pc.is_in(customers["country"], pa.array(CHINESE)))
    parts = []
    for place, (channel, purpose, share) in enumerate(ASKED):
        draw = random.random(count)
        usable = {"wecom": chinese, "whatsapp": ~chinese}.get(channel, np.ones(count, dtype=bool))
        said = usable & (draw < share + (1 - share) * SAID_NO)
        rows = np.flatnonzero(said)
        taken = customers.take(pa.array(rows))
        parts.append(
            pa.table(
                {
                    "customer_id": taken["customer_id"],
                    "channel": pa.repeat(channel, rows.size),
                    "purpose": pa.repeat(purpose, rows.size),
                    "given": pa.array(np.where(draw[rows] < share, "yes", "no")),
                    "at": taken["acquired_at"].cast(SCHEMA.field("at").type),
                    "source": pa.repeat("joining", rows.size),
                    "wording": pa.repeat(f"{purpose}/1", rows.size),
                    "place": pa.repeat(place, rows.size),
                }
            )
        )
    listed = pa.concat_tables(parts).sort_by([("customer_id", "ascending"), ("place", "ascending")])
    return listed.select(SCHEMA.names).cast(SCHEMA)
