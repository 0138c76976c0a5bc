"""Colleagues who know better how a customer feels."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.outreach.moods import facts
from keepwell.outreach.moods.contracts import Feeling, MoodError, NoReadingError
from keepwell.outreach.moods.models import Reading


def correct(*, reading_id: int, feeling: str, actor: str, now: datetime) -> None:
    """Say how the customer felt; what was read stays beside it. The same as was read takes a correction back.

    The next fit learns from it. Raises MoodError for no feeling, NoReadingError for no such text.
    """
    if feeling not in tuple(Feeling):
        raise MoodError(_("Please choose how the customer feels."))
    with transaction.atomic():
        row = Reading.objects.select_for_update().filter(pk=reading_id).first()
        if row is None:
            raise NoReadingError(reading_id)
        wanted = "" if feeling == row.feeling else feeling
        if wanted == row.corrected:
            return
        row.corrected = wanted
        row.corrected_at, row.corrected_by = (now, actor) if wanted else (None, "")
        row.save(update_fields=["corrected", "corrected_at", "corrected_by"])
        facts.told(row, live=True, changed_at=now)
        audit.log(
            actor=actor,
            action="mood.correct",
            object_type="customer",
            object_id=row.customer_id,
            details={"reading": row.pk, "read": row.feeling, "said": feeling},
            at=now,
        )
