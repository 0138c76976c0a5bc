"""Ask WeCom what became of tasks: whether the member has sent, and what each customer received."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from wechatpy.exceptions import WeChatClientException

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import (
    Asked,
    ChannelDownError,
    Envelope,
    Fate,
    Receipt,
    ReceiptKind,
    Refusal,
    Reply,
    Settings,
)
from keepwell.outreach.channels.wecom.client import MEANING, NO_SUCH_TASK, WecomClient, client

TASKS_PAGE, RESULTS_PAGE, LIST_PAGE = 1_000, 1_000, 100
# What `get_groupmsg_send_result` says of a customer.
SENT, NOT_A_FRIEND, ENOUGH = 1, 2, 3
# Their clock and ours, and the time that a task takes to appear in the list.
AROUND = timedelta(minutes=10)


def pull(settings: Settings, asked: Sequence[Asked], now: datetime) -> Sequence[Receipt]:
    """What became of these messages; nothing of those that the member has not sent yet.

    Raises ChannelDownError.
    """
    found: list[Receipt] = []
    wecom = client(settings)
    try:
        for one in asked:
            if one.provider_ref:
                found.extend(_told(wecom, one, now))
    finally:
        wecom.close()
    return found


def _told(wecom: WecomClient, one: Asked, now: datetime) -> Iterator[Receipt]:
    try:
        for result in _results(wecom, one.provider_ref):
            receipt = _receipt(one, result, now) if result.get("external_userid") == one.to else None
            if receipt is not None:
                yield receipt
    except WeChatClientException as error:
        if error.errcode not in NO_SUCH_TASK:
            weixin.refused(error, MEANING)
            raise ChannelDownError(f"{error.errcode}") from error
    except requests.RequestException as error:
        raise ChannelDownError(type(error).__name__) from None


def _results(wecom: WecomClient, msgid: str) -> Iterator[dict[str, Any]]:
    """What every customer of a task received, member by member."""
    tasks = {"msgid": msgid, "limit": TASKS_PAGE}
    for task in wecom.pages("externalcontact/get_groupmsg_task", tasks, "task_list"):
        about = {"msgid": msgid, "userid": task["userid"], "limit": RESULTS_PAGE}
        yield from wecom.pages("externalcontact/get_groupmsg_send_result", about, "send_list")


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

    None where WeCom cannot tell yet: a task with these words is still being dealt out. Raises
    ChannelDownError. WeCom keeps the list for a month.
    """
    wecom = client(settings)
    window = {
        "chat_type": "single",
        "start_time": int((begun_at - AROUND).timestamp()),
        "end_time": int((begun_at + AROUND).timestamp()),
        "filter_type": 0,
        "limit": LIST_PAGE,
    }
    unsure = False
    try:
        for task in wecom.pages("externalcontact/get_groupmsg_list_v2", window, "group_msg_list"):
            if (task.get("text") or {}).get("content") != envelope.text:
                continue
            try:
                reached = {result.get("external_userid") for result in _results(wecom, task["msgid"])}
            except WeChatClientException as error:
                if error.errcode not in NO_SUCH_TASK:
                    raise
                reached = set()
            if envelope.to in reached:
                return Reply(Fate.HANDED, "found", provider_ref=str(task["msgid"]))
            unsure = unsure or not reached
    except WeChatClientException as error:
        weixin.refused(error, MEANING)
        raise ChannelDownError(f"{error.errcode}") from error
    except requests.RequestException as error:
        raise ChannelDownError(type(error).__name__) from None
    finally:
        wecom.close()
    return None if unsure else Reply(Fate.LATER, "not_found")
