"""What people say of an enquiry afterwards: was it routine, that a machine could have answered?"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.firstreply.models import Enquiry


def set_routine(*, enquiry_id: int, routine: bool, actor: str, now: datetime) -> bool:
    """Say whether an enquiry was routine; whether there is one. Those that are not count for no share."""
    with transaction.atomic():
        changed = Enquiry.objects.filter(pk=enquiry_id).exclude(routine=routine).update(routine=routine)
        if changed:
            audit.log(
                actor=actor,
                action="enquiry.routine",
                object_type="enquiry",
                object_id=str(enquiry_id),
                details={"routine": routine},
                at=now,
            )
    return bool(changed) or Enquiry.objects.filter(pk=enquiry_id).exists()
