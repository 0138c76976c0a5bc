"""What can be done with other programs' messages and for other programs."""

from keepwell.integrations.services import mail, webhooks
from keepwell.integrations.services.appending import append
from keepwell.integrations.services.deadletters import discard, open_letter, replay
from keepwell.integrations.services.delivering import deliver_due
from keepwell.integrations.services.keeping import tidy
from keepwell.integrations.services.receiving import receive
from keepwell.integrations.services.telling import tell
from keepwell.integrations.services.watching import watch

__all__ = [
    "append",
    "deliver_due",
    "discard",
    "mail",
    "open_letter",
    "receive",
    "replay",
    "tell",
    "tidy",
    "watch",
    "webhooks",
]
