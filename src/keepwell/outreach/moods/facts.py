"""What the history is told of feelings: figures and codes, never what somebody wrote."""

from __future__ import annotations

import hashlib
from datetime import datetime

import orjson

from keepwell.history import services as history
from keepwell.outreach.moods.models import Reading

SOURCE = "keepwell"
TYPE = "mood"


def told(row: Reading, *, live: bool, changed_at: datetime | None = None) -> None:
    """That a text was read so, or is corrected: a fact beside the text's own, which stays as it is.

    A correction that is taken back says what was said before: `changed_at` makes it another revision.
    """
    digest = hashlib.sha256(row.key.encode()).hexdigest()[:32]
    said = {
        "about": row.origin,
        "channel": row.channel,
        "confidence": row.confidence,
        "model": row.model,
        "corrected": bool(row.corrected),
        "changed_at": changed_at.isoformat() if changed_at else None,
    }
    fact = {
        "interaction_id": f"mood-{digest}",
        "customer_id": row.customer_id,
        "at": row.at,
        # What customers begin themselves is counted by channel: this is our own reading of it.
        "channel": None,
        "type": TYPE,
        "subject": row.corrected or row.feeling,
        "value": row.polarity,
        "properties": orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode(),
    }
    history.record(table="interactions", fact=fact, source=SOURCE, live=live)
