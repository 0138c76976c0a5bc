"""Give a text to chosen groups; the worker hands it over, the owners of the groups confirm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.channels.wecom.contract import TEXT_BYTES_MAX
from keepwell.outreach.chats.contracts import CHANNEL, ChatError, State
from keepwell.outreach.chats.models import ChatGroup, GroupDelivery, GroupPost
from keepwell.outreach.content import queries as content
from keepwell.outreach.content import services as texts
from keepwell.outreach.content.contracts import ContentError, Kind
from keepwell.outreach.sending import queries as sending

GROUPS_MAX = 2_000
PURPOSES = ("marketing", "service")


def post(*, group_ids: Sequence[int], template_code: str, language: str, actor: str, now: datetime) -> int:
    """Queue a published chat text for these groups; its number. Audited.

    A group reads one text, so it names nobody: of values only the company's and the day. Raises ChatError.
    """
    if sending.in_use(CHANNEL) is None:
        raise ChatError("no_account")
    wanted = list(dict.fromkeys(group_ids))
    groups = ChatGroup.objects.filter(pk__in=wanted, gone_at=None)
    if not wanted or groups.count() < len(wanted):
        raise ChatError("no_groups")
    if len(wanted) > GROUPS_MAX:
        raise ChatError("too_many")
    purpose, version, words = wording(template_code, language, now=now)
    with transaction.atomic():
        row = GroupPost.objects.create(
            template_code=template_code,
            template_version=version,
            language=language,
            purpose=purpose,
            text=words,
            created_at=now,
            created_by=actor,
        )
        GroupDelivery.objects.bulk_create(
            [GroupDelivery(post=row, group=group, due_at=now) for group in groups]
        )
        _log("post", row.pk, {"template": template_code, "groups": len(wanted)}, actor, now)
    return int(row.pk)


def wording(template_code: str, language: str, *, now: datetime) -> tuple[str, int, str]:
    """Purpose, version and words of a template as a group reads it; raises ChatError."""
    template, version = content.get(template_code), content.published(template_code)
    if template is None or version is None or template.archived_at or template.kind is not Kind.CHAT:
        raise ChatError("no_template")
    if template.purpose not in PURPOSES:
        raise ChatError("no_consent")
    for_all = [one for one in version.texts if one.language == language and not one.variant.facets()]
    if not for_all:
        raise ChatError("no_text")
    prepared = texts.prepare(text_id=for_all[0].text_id)
    if any(not name.startswith("company.") and name != "today" for name in prepared.variables()):
        raise ChatError("names_reader")
    try:
        made = prepared.fill({**texts.company_values(), "today": now.date()})
    except ContentError:
        raise ChatError("missing_value") from None
    if len(made.text.encode()) > TEXT_BYTES_MAX:
        raise ChatError("too_long")
    return str(template.purpose), version.number, made.text


def stop(*, post_id: int, actor: str, now: datetime) -> int:
    """Hand over no more of it; how many groups were still waiting. What an owner has is with them."""
    with transaction.atomic():
        row = GroupPost.objects.select_for_update().get(pk=post_id)
        waiting = GroupDelivery.objects.filter(post=row, state=State.WAITING)
        count = waiting.update(state=State.STOPPED, finished_at=now)
        if row.stopped_at is None:
            row.stopped_at = now
            row.save(update_fields=["stopped_at"])
            _log("stop", row.pk, {"groups": count}, actor, now)
    return count


def _log(action: str, post_id: int, details: dict[str, object], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"chats.{action}",
        object_type="group_post",
        object_id=str(post_id),
        details=details,
        at=now,
    )
