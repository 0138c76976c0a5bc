"""Rows as values."""

from __future__ import annotations

from django.db.models import QuerySet, Sum

from keepwell.outreach.controls.contracts import BOUND
from keepwell.outreach.mailings.contracts import MailingView, Status, Way
from keepwell.outreach.mailings.models import Mailing


def counted() -> QuerySet[Mailing]:
    """Mailings with what `view` counts, in one statement, the newest first."""
    found = Mailing.objects.annotate(
        planned=Sum("parts__queued"), left=Sum("parts__left_out"), kept=Sum("parts__control")
    )
    # Said here: Django leaves a model's own order out where rows are grouped.
    return found.order_by("-pk")


def view(row: Mailing) -> MailingView:
    """A mailing; its counts are sums over its parts."""
    if not hasattr(row, "planned"):
        row = counted().get(pk=row.pk)
    return MailingView(
        mailing_id=row.pk,
        name=row.name,
        segment_id=row.segment_id,
        template_code=row.template_code,
        template_version=row.template_version,
        channel=row.channel,
        purpose=row.purpose,
        priority=row.priority,
        send_at=row.send_at,
        keep_trying_days=row.keep_trying_days,
        status=Status(row.status),
        paused=row.paused,
        revision=row.revision,
        audience=row.audience,
        planned=getattr(row, "planned", None) or 0,
        left_out=getattr(row, "left", None) or 0,
        created_at=row.created_at,
        created_by=row.created_by,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        ended_at=row.ended_at,
        touchpoint=row.touchpoint,
        control_share=row.control_share if row.purpose in BOUND else 0.0,
        chosen_share=row.control_share,
        control=getattr(row, "kept", None) or 0,
        others=tuple(Way(*one) for one in row.others),
        best_hour=row.best_hour,
        from_manager=row.from_manager,
        role=row.role,
    )
