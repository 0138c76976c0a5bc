"""What happens to those left out when customers are merged or erased; messages follow by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.insight.segments import queries as segments
from keepwell.outreach.mailings.models import LeftOut, MailingPart

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("mailings.LeftOut", "mailings.MailingPart")


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("mailings", forget, models=MODELS)
    register_merger(name="mailings", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nobody stays on a list of those left out, nor as the first or last number of a stretch."""
    gone = list(subject.customer_ids)
    count, _by_model = LeftOut.objects.filter(customer_id__in=gone).delete()
    done = MailingPart.objects.exclude(done_at=None)
    done.filter(first_id__in=gone).update(first_id="")
    done.filter(last_id__in=gone).update(last_id="")
    for part in MailingPart.objects.filter(Q(first_id__in=gone) | Q(last_id__in=gone), done_at=None):
        _shorten(part, frozenset(gone))
    return {"left_out": count}


def _shorten(part: MailingPart, gone: frozenset[str]) -> None:
    """Bound a stretch that is still to be prepared by the members who stay."""
    between = (part.first_id, part.last_id)
    members = segments.member_ids(part.mailing.segment_id, between=between)
    rest = [one for one in members if one not in gone]
    # An empty stretch is bounded by numbers that nobody has.
    part.first_id, part.last_id = (rest[0], rest[-1]) if rest else ("", "")
    part.save(update_fields=["first_id", "last_id"])


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Who was left out stays on the list under the number that was asked for."""
    return {}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Nothing went over."""
