"""What can be done with the history."""

from keepwell.history.reactions import subscribe
from keepwell.history.services.append import append, append_rows
from keepwell.history.services.maintenance import compact, tidy
from keepwell.history.services.outbox import flush, record, record_many

__all__ = ["append", "append_rows", "compact", "flush", "record", "record_many", "subscribe", "tidy"]
