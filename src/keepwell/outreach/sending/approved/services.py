"""Keep which of a provider's approved templates stands for which of ours, and fill it when it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.channels.contracts import Envelope
from keepwell.outreach.content import queries as content_queries
from keepwell.outreach.sending.approved import core, queries
from keepwell.outreach.sending.approved.contracts import (
    AccountLine,
    ApprovedError,
    ApprovedView,
    Category,
    State,
)
from keepwell.outreach.sending.approved.models import ApprovedTemplate

CODE = re.compile(r"[A-Za-z0-9_.:@-]{1,60}")


def set_approved(
    *,
    account_id: int,
    content: str,
    language: str,
    category: str,
    provider_code: str,
    values: Mapping[str, str],
    actor: str,
    now: datetime,
    state: str = State.APPROVED,
) -> ApprovedView:
    """Say which template of the provider's stands for ours in a language; what was said before is replaced.

    Audited. Raises ApprovedError, which names each field; LookupError where there is no such account.
    """
    line = queries.account_line(account_id)
    if line is None:
        raise LookupError(f"no account {account_id}")
    cleaned = {name.strip(): source.strip() for name, source in values.items()}
    _check(line, content, language, category, provider_code.strip(), state)
    core.check_values(
        cleaned,
        language=language,
        named=queries.named(content, language),
        numbered=line.numbered_values,
        variable_max=line.variable_max,
    )
    with transaction.atomic():
        row, created = ApprovedTemplate.objects.update_or_create(
            account_id=account_id,
            content=content,
            language=language,
            category=category,
            defaults={
                "provider_code": provider_code.strip(),
                "values": cleaned,
                "state": state,
                "updated_at": now,
                "updated_by": actor,
            },
        )
        _audit("channel.template.add" if created else "channel.template.change", row, actor, now)
    return queries.view(row)


def remove_approved(*, approved_id: int, actor: str, now: datetime) -> bool:
    """Forget one; whether there was one. Its text cannot be sent by that account any more."""
    with transaction.atomic():
        row = ApprovedTemplate.objects.select_for_update().filter(pk=approved_id).first()
        if row is None:
            return False
        _audit("channel.template.remove", row, actor, now)
        row.delete()
    return True


def dress(
    envelope: Envelope, *, account_id: int, content: str, given: Mapping[str, Any], abroad: bool
) -> Envelope:
    """The envelope with the approved template that stands for its text, filled with `given` by dotted name.

    As it was where there is none: the session refuses it, and says so. Raises ContentError where a value is
    missing.
    """
    found = queries.approved_for(
        account_id, content, envelope.language, purpose=envelope.purpose, abroad=abroad
    )
    if found is None:
        return envelope
    values = core.fill(found.values, given, language=envelope.language)
    return replace(envelope, template=found.provider_code, category=str(found.category), values=values)


def _check(
    line: AccountLine, content: str, language: str, category: str, provider_code: str, state: str
) -> None:
    if not line.templates_only:
        raise ApprovedError({"provider_code": "takes_any_text"})
    problems: dict[str, str] = {}
    template = content_queries.get(content)
    if template is None or template.archived_at is not None:
        problems["content"] = "no_such_template"
    elif template.kind is not line.kind:
        problems["content"] = "not_a_text_message"
    elif language not in template.languages:
        problems["language"] = "no_such_language"
    if category not in set(Category):
        problems["category"] = "no_such_category"
    elif (
        template is not None
        and template.purpose == "marketing"
        and category not in (Category.PROMOTION, Category.INTERNATIONAL)
    ):
        problems["category"] = "not_promotion"
    if state not in set(State):
        problems["state"] = "no_such_state"
    if not CODE.fullmatch(provider_code):
        problems["provider_code"] = "not_a_code"
    elif _stands_elsewhere(line.account_id, provider_code, content):
        problems["provider_code"] = "code_taken"
    if problems:
        raise ApprovedError(problems)


def _stands_elsewhere(account_id: int, provider_code: str, content: str) -> bool:
    """Whether the provider's text is another one of ours: its words are fixed, ours differ."""
    same = ApprovedTemplate.objects.filter(account=account_id, provider_code=provider_code)
    return same.exclude(content=content).exists()


def _audit(action: str, row: ApprovedTemplate, actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="channel_account",
        object_id=str(row.account_id),
        details={
            "content": row.content,
            "language": row.language,
            "category": row.category,
            "provider_code": row.provider_code,
            "state": row.state,
        },
        at=now,
    )
