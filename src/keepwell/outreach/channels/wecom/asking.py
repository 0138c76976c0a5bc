"""Ask WeCom what became of tasks: whether the member has sent, and what each customer received."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from keepwell.outreach.channels.contracts import (
    Asked,
    Envelope,
    Receipt,
    ReceiptKind,
    Refusal,
    Reply,
    Settings,
)
from keepwell.outreach.channels.wecom import tasks
from keepwell.outreach.channels.wecom.client import WecomClient

# What `get_groupmsg_send_result` says of a customer.
SENT, NOT_A_FRIEND, ENOUGH = 1, 2, 3


def pull(settings: Settings, asked: Sequence[Asked], now: datetime) -> Sequence[Receipt]:
    """What became of these messages; nothing of those that the member has not sent yet.

    Raises ChannelDownError.
    """
    found: list[Receipt] = []
    with tasks.asking(settings) as wecom:
        for one in asked:
            if one.provider_ref:
                found.extend(_told(wecom, one, now))
    return found


def _told(wecom: WecomClient, one: Asked, now: datetime) -> Iterator[Receipt]:
    for result in tasks.results(wecom, one.provider_ref):
        receipt = _receipt(one, result, now) if result.get("external_userid") == one.to else None
        if receipt is not None:
            yield receipt


def _receipt(one: Asked, result: dict[str, Any], now: datetime) -> Receipt | None:
    status = int(result.get("status", 0))
    at = datetime.fromtimestamp(int(result["send_time"]), UTC) if result.get("send_time") else now
    told = Receipt(
        ReceiptKind.ACCEPTED,
        at,
        message_id=one.message_id,
        provider_ref=one.provider_ref,
        key=f"status-{status}",
    )
    if status == SENT:
        return told
    if status == NOT_A_FRIEND:
        return replace(told, kind=ReceiptKind.FAILED, code="not_a_friend", refusal=Refusal.NEVER_AGAIN)
    if status == ENOUGH:
        return replace(told, kind=ReceiptKind.FAILED, code="day_limit", refusal=Refusal.SLOW_DOWN)
    return None


def find(settings: Settings, envelope: Envelope, begun_at: datetime) -> Reply | None:
    """What became of a task whose answer was lost: looked for by its words and its customer.

    None where WeCom cannot tell yet. Raises ChannelDownError.
    """
    with tasks.asking(settings) as wecom:

        def reached(msgid: str) -> frozenset[str]:
            return frozenset(str(one.get("external_userid")) for one in tasks.results(wecom, msgid))

        return tasks.find(wecom, "single", envelope.text, begun_at, reached, frozenset({envelope.to}))
