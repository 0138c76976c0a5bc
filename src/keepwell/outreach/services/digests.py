"""The daily message: claimed by a row with a lease, sent outside of any transaction, then marked.

A process that dies between the mail server's yes and the mark leaves a message that the next one sends
again, under the same Message-ID, which mail programs show once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.db.models import F

from keepwell.outreach.contracts import Digest
from keepwell.outreach.models import DigestMessage
from keepwell.outreach.queries import digests as queries

LEASE = timedelta(minutes=15)
ATTEMPTS_MAX = 4
Write = Callable[[Digest], EmailMessage]


def send_due(*, now: datetime, write: Write) -> dict[str, int]:
    """Send every daily message that is due; `write` puts one into words.

    Who has nothing to do gets none. What fails is tried again after a quarter of an hour, four times in all.
    """
    done = {"sent": 0, "empty": 0, "failed": 0}
    for digest in queries.due(now):
        claimed = _claim(digest, now)
        if claimed is not None:
            done[_send(claimed, digest, write, now)] += 1
    return done


def _claim(digest: Digest, now: datetime) -> DigestMessage | None:
    """The row of the day, leased to this process; None where another has it, or it was tried too often."""
    row, is_new = DigestMessage.objects.get_or_create(
        user_id=digest.user_id, day=digest.day, defaults={"lease_until": now + LEASE}
    )
    if is_new:
        return row
    free = DigestMessage.objects.filter(
        pk=row.pk, finished_at=None, lease_until__lte=now, attempts__lt=ATTEMPTS_MAX
    )
    taken = free.update(lease_until=now + LEASE, attempts=F("attempts") + 1)
    return DigestMessage.objects.get(pk=row.pk) if taken else None


def _send(row: DigestMessage, digest: Digest, write: Write, now: datetime) -> str:
    if not digest.total and not digest.notices:
        _finish(row, "empty", now)
        return "empty"
    message = write(digest)
    domain = message.from_email.rpartition("@")[2].strip(">") or "keepwell"
    message.extra_headers["Message-ID"] = f"<digest-{digest.user_id}-{digest.day.isoformat()}@{domain}>"
    message.extra_headers.setdefault("Auto-Submitted", "auto-generated")
    try:
        message.send(fail_silently=False)
    except (SMTPException, OSError) as error:
        # An address may stand in the server's answer: only the kind of error is kept.
        row.error = type(error).__name__
        row.outcome = "failed"
        row.finished_at = now if row.attempts >= ATTEMPTS_MAX else None
        row.save(update_fields=["error", "outcome", "finished_at"])
        return "failed"
    _finish(row, "sent", now)
    return "sent"


def _finish(row: DigestMessage, outcome: str, now: datetime) -> None:
    row.outcome, row.finished_at, row.error = outcome, now, ""
    row.save(update_fields=["outcome", "finished_at", "error"])
