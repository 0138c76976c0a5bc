"""What can be done with the history."""

from keepwell.history.durability import replace_file
from keepwell.history.reactions import subscribe
from keepwell.history.services.append import append, append_rows
from keepwell.history.services.erasing import holds_facts_of, rewrite_person
from keepwell.history.services.maintenance import compact, tidy
from keepwell.history.services.outbox import flush, record, record_many

__all__ = [
    "append",
    "append_rows",
    "compact",
    "flush",
    "holds_facts_of",
    "record",
    "record_many",
    "replace_file",
    "rewrite_person",
    "subscribe",
    "tidy",
]
