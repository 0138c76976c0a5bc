"""Write a mailing: who, what, when. Nothing goes before it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ROLES, Kind
from keepwell.outreach.controls.contracts import CONTROL_SHARE, CONTROL_SHARE_MAX
from keepwell.outreach.mailings.contracts import (
    KEEP_TRYING_DAYS,
    KEEP_TRYING_MAX,
    NAME_MAX,
    PRIORITY,
    MailingError,
    MailingView,
    Status,
)
from keepwell.outreach.mailings.models import Mailing
from keepwell.outreach.mailings.rows import view
from keepwell.outreach.policy.contracts import PRIORITY_MAX, PRIORITY_MIN
from keepwell.outreach.tailoring import queries as tailoring

# The channels that a kind of text goes by.
CHANNELS = {
    Kind.EMAIL: ("email",),
    Kind.SMS: ("sms",),
    Kind.CHAT: ("wecom", "wechat", "whatsapp"),
    Kind.BANNER: ("web",),
    Kind.POPUP: ("web", "app"),
    Kind.CALL_SCRIPT: ("phone", "visit", "store"),
    Kind.LETTER: ("post", "parcel"),
}

# The channel by which people at a company are written to by their role.
BY_ROLE = "email"


@dataclass(frozen=True)
class Plan:
    """What a mailing says."""

    name: str
    segment_id: int | None
    template_code: str
    channel: str = ""
    send_at: datetime | None = None
    keep_trying_days: int | None = KEEP_TRYING_DAYS
    priority: int | None = PRIORITY
    touchpoint: str = ""
    control_share: float | None = CONTROL_SHARE
    others: tuple[tuple[str, str], ...] = ()  # further channels, each with its text
    best_hour: bool = False
    from_manager: bool = False
    role: str = ""  # of the contact person at each company; "": whoever the address on record belongs to


def create(*, plan: Plan, actor: str, now: datetime) -> MailingView:
    """A new draft; raises MailingError, which names each field."""
    with transaction.atomic():
        row = Mailing(created_at=now, created_by=actor)
        _write(row, plan, actor, now, "mailing.add")
    return view(row)


def change(*, mailing_id: int, revision: int, plan: Plan, actor: str, now: datetime) -> MailingView:
    """Change a draft that nobody has changed since `revision`; raises MailingError."""
    with transaction.atomic():
        row = draft(mailing_id, revision)
        row.revision += 1
        _write(row, plan, actor, now, "mailing.change")
    return view(row)


def discard(*, mailing_id: int, revision: int, actor: str, now: datetime) -> None:
    """Throw a draft away; raises MailingError where it is none any more."""
    with transaction.atomic():
        row = draft(mailing_id, revision)
        log("mailing.discard", row, {"name": row.name}, actor, now)
        row.delete()


def draft(mailing_id: int, revision: int) -> Mailing:
    """The draft, locked; raises MailingError where it was confirmed or changed."""
    row = Mailing.objects.select_for_update().get(pk=mailing_id)
    if row.status != Status.DRAFT:
        raise MailingError({"": "not_draft"})
    if row.revision != revision:
        raise MailingError({"": "changed"})
    return row


def log(action: str, row: Mailing, details: dict[str, object], actor: str, now: datetime) -> None:
    """Put it into the audit log."""
    audit.log(
        actor=actor,
        action=action,
        object_type="mailing",
        object_id=str(row.pk),
        details={"segment": row.segment_id, "template": row.template_code, **details},
        at=now,
    )


def _write(row: Mailing, plan: Plan, actor: str, now: datetime, action: str) -> None:
    problems = _problems(plan)
    if problems:
        raise MailingError(problems)
    template = content.get(plan.template_code)
    assert template is not None  # or there would have been a problem
    assert plan.segment_id is not None
    channels = CHANNELS[template.kind]
    row.name, row.segment_id, row.template_code = plan.name.strip(), plan.segment_id, plan.template_code
    row.channel = plan.channel or channels[0]
    row.purpose = template.purpose
    row.touchpoint, row.role = plan.touchpoint, plan.role
    assert plan.control_share is not None
    before, row.control_share = row.control_share if row.pk else None, plan.control_share
    row.others = [[channel, code, None] for channel, code in plan.others]
    row.best_hour, row.from_manager = plan.best_hour, plan.from_manager
    row.send_at = plan.send_at
    row.keep_trying_days = plan.keep_trying_days or KEEP_TRYING_DAYS
    row.priority = PRIORITY if plan.priority is None else plan.priority
    row.save()
    log(
        action,
        row,
        {
            "channel": row.channel,
            "send_at": row.send_at and row.send_at.isoformat(),
            "touchpoint": row.touchpoint,
            "control": row.control_share
            if before in (None, row.control_share)
            else [before, row.control_share],
            "others": [channel for channel, _code in plan.others],
            "best_hour": row.best_hour,
            "from_manager": row.from_manager,
            "role": row.role,
        },
        actor,
        now,
    )


def _problems(plan: Plan) -> dict[str, str]:
    found = {}
    if not plan.name.strip() or len(plan.name.strip()) > NAME_MAX:
        found["name"] = "no_name"
    segment = segments.segment(plan.segment_id) if plan.segment_id is not None else None
    if segment is None or segment.archived_at is not None:
        found["segment_id"] = "no_segment"
    template = content.get(plan.template_code) if plan.template_code else None
    if template is None or template.archived_at is not None:
        found["template_code"] = "no_template"
    elif template.kind not in CHANNELS or (plan.channel and plan.channel not in CHANNELS[template.kind]):
        found["template_code"] = "wrong_kind"
    else:
        first = plan.channel or CHANNELS[template.kind][0]
        found |= other_ways(plan.others, first=first, purpose=template.purpose)
        if plan.role and (first != BY_ROLE or plan.others):
            found["role"] = "role_by_email"
    if plan.role and plan.role not in ROLES:
        found["role"] = "no_role"
    if plan.touchpoint and plan.touchpoint not in tailoring.places_named():
        found["touchpoint"] = "no_touchpoint"
    if plan.keep_trying_days is None or not 1 <= plan.keep_trying_days <= KEEP_TRYING_MAX:
        found["keep_trying_days"] = "not_days"
    if plan.priority is None or not PRIORITY_MIN <= plan.priority <= PRIORITY_MAX:
        found["priority"] = "not_priority"
    if plan.control_share is None or not 0 <= plan.control_share <= CONTROL_SHARE_MAX:
        found["control_share"] = "not_share"
    return found


def other_ways(ways: Sequence[tuple[str, str]], *, first: str, purpose: str) -> dict[str, str]:
    """Why further channels, each with its text, cannot stand beside the `first`; by "others.<place>"."""
    found, taken = {}, {first}
    for place, (channel, code) in enumerate(ways):
        template = content.get(code) if code else None
        name = f"others.{place}"
        if template is None or template.archived_at is not None:
            found[name] = "no_template"
        elif channel not in CHANNELS.get(template.kind, ()):
            found[name] = "wrong_kind"
        elif template.purpose != purpose:
            found[name] = "other_purpose"
        elif channel in taken:
            found[name] = "same_channel"
        taken.add(channel)
    return found
