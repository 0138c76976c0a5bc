"""What happens to enquiries when customers write, are merged or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Value
from django.db.models.functions import Concat

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.foundation import clock
from keepwell.outreach.firstreply.contracts import OPEN, Stage
from keepwell.outreach.firstreply.models import Enquiry, EnquiryLine, TrialExample
from keepwell.outreach.firstreply.services.taking import take
from keepwell.outreach.questions.services import let_take

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("firstreply.Enquiry", "firstreply.TrialExample")


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    let_take(take)
    register_eraser("firstreply", forget, models=MODELS)
    register_merger(name="firstreply", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """No word of the person stays; enquiries stay nameless, for the figures."""
    numbers = list(subject.customer_ids)
    TrialExample.objects.filter(customer_id__in=numbers).delete()
    mine = Enquiry.objects.filter(customer_id__in=numbers)
    ids = _ids(mine)
    # The keys would lead back to the facts.
    lines = EnquiryLine.objects.filter(enquiry__in=ids)
    lines.filter(done_at=None).update(done_at=clock.now())
    lines.update(text="", reference="", key=Concat(Value("erased-"), "pk"))
    mine.filter(stage__in=OPEN).update(stage=Stage.DROPPED, closed_at=clock.now())
    Enquiry.objects.filter(pk__in=ids).update(customer_id=subject.pseudonym, feedback_key="")
    return {"enquiries": len(ids)}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Enquiries go over; where both have one open on a channel, the one that went over is dropped."""
    ids = _ids(Enquiry.objects.filter(customer_id=merged_id))
    theirs = {row.channel: row for row in Enquiry.objects.filter(customer_id=kept_id, stage__in=OPEN)}
    for row in Enquiry.objects.filter(pk__in=ids, stage__in=OPEN, channel__in=theirs):
        row.lines.filter(done_at=None).update(enquiry=theirs[row.channel])
        Enquiry.objects.filter(pk=row.pk).update(stage=Stage.DROPPED, closed_at=at)
    Enquiry.objects.filter(pk__in=ids).update(customer_id=kept_id)
    examples = _ids(TrialExample.objects.filter(customer_id=merged_id))
    TrialExample.objects.filter(pk__in=examples).update(customer_id=kept_id)
    return {"enquiries": ids, "examples": examples}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Enquiry.objects.filter(pk__in=memo["enquiries"], customer_id=kept_id).update(customer_id=merged_id)
    TrialExample.objects.filter(pk__in=memo["examples"], customer_id=kept_id).update(customer_id=merged_id)


def _ids(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
