"""What can be done with reply times."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.outreach.replying.contracts import CHANNELS, MINUTES_MAX, StandardError
from keepwell.outreach.replying.models import ReplyStandard


def set_standard(*, channel: str, minutes: int | None, is_public: bool, actor: str, now: datetime) -> None:
    """Say within how long a channel's customers get a first answer; None takes the standard away. Audited.

    Raises StandardError for a channel that nobody asks by, and a time of nothing or more than 30 days.
    """
    if channel not in CHANNELS:
        raise StandardError(_("Please choose one of the list."))
    if minutes is not None and not 1 <= minutes <= MINUTES_MAX:
        raise StandardError(_("Please type a time from one minute to 30 days."))
    with transaction.atomic():
        row = ReplyStandard.objects.select_for_update().filter(channel=channel).first()
        before = [row.minutes, row.is_public] if row else None
        after = [minutes, is_public] if minutes is not None else None
        if before == after:
            return
        if minutes is None:
            ReplyStandard.objects.filter(channel=channel).delete()
        else:
            values = {"minutes": minutes, "is_public": is_public, "updated_at": now, "updated_by": actor}
            ReplyStandard.objects.update_or_create(channel=channel, defaults=values)
        audit.log(
            actor=actor,
            action="reply_standard.set",
            object_type="reply_standard",
            object_id=channel,
            details={"minutes": [before, after]},
            at=now,
        )
