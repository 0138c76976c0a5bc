"""WeCom's list of tasks: read what each one came to, and find one whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Literal

import requests
from wechatpy.exceptions import WeChatClientException

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import ChannelDownError, Fate, Reply, Settings
from keepwell.outreach.channels.wecom.client import MEANING, WecomClient, client

RESULTS_PAGE, LIST_PAGE = 1_000, 100
# Their clock and ours, and the time that a task takes to appear in the list.
AROUND = timedelta(minutes=10)

Row = dict[str, Any]


@contextmanager
def asking(settings: Settings) -> Iterator[WecomClient]:
    """A client for questions: whatever keeps WeCom from answering becomes ChannelDownError.

    Raises AccountStoppedError where the account itself is refused.
    """
    wecom = client(settings)
    try:
        yield wecom
    except WeChatClientException as error:
        weixin.refused(error, MEANING)
        raise ChannelDownError(f"{error.errcode}") from error
    except requests.RequestException as error:
        raise ChannelDownError(type(error).__name__) from None
    finally:
        wecom.close()


def results(wecom: WecomClient, msgid: str) -> Iterator[Row]:
    """What each customer or group of a task received, member by member who shares in it.

    Nothing where WeCom says no: a task that was made a moment ago is unknown for a while, and so is one of
    more than a month; a member who has left is no longer known either. Raises ChannelDownError,
    AccountStoppedError where it is not the task that is the trouble.
    """
    with _known():
        asked = {"msgid": msgid, "limit": RESULTS_PAGE}
        for task in wecom.pages("externalcontact/get_groupmsg_task", asked, "task_list"):
            yield from _of_member(wecom, msgid, str(task["userid"]))


def _of_member(wecom: WecomClient, msgid: str, userid: str) -> Iterator[Row]:
    about = {"msgid": msgid, "userid": userid, "limit": RESULTS_PAGE}
    with _known():
        yield from wecom.pages("externalcontact/get_groupmsg_send_result", about, "send_list")


@contextmanager
def _known() -> Iterator[None]:
    """What WeCom will not say of one task keeps nobody from asking about the others."""
    try:
        yield
    except WeChatClientException as error:
        if error.errcode is None or error.errcode in weixin.STALE:
            raise
        weixin.refused(error, MEANING)


def find(
    wecom: WecomClient,
    chat_type: Literal["single", "group"],
    text: str,
    begun_at: datetime,
    reached: Callable[[str], frozenset[str]],
    wanted: frozenset[str],
) -> Reply | None:
    """What became of a task whose answer was lost: looked for by its words and whom it reaches.

    `reached` answers, for a task's `msgid`, the IDs that it is for; one of `wanted` must be among them. None
    where WeCom cannot tell yet: a task with these words is still being dealt out. WeCom keeps the list for a
    month.
    """
    window = {
        "chat_type": chat_type,
        "start_time": int((begun_at - AROUND).timestamp()),
        "end_time": int((begun_at + AROUND).timestamp()),
        "filter_type": 0,
        "limit": LIST_PAGE,
    }
    unsure = False
    for task in wecom.pages("externalcontact/get_groupmsg_list_v2", window, "group_msg_list"):
        if (task.get("text") or {}).get("content") != text:
            continue
        there = reached(str(task["msgid"]))
        if there & wanted:
            return Reply(Fate.HANDED, "found", provider_ref=str(task["msgid"]))
        unsure = unsure or not there
    return None if unsure else Reply(Fate.LATER, "not_found")
