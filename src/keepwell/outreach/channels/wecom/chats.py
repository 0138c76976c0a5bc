"""Groups of customers in WeCom: read them, make tasks for their owners, ask what became of those.

The interfaces are `externalcontact/groupchat/list` and `/get` (pages 92120 and 92122 of WeCom's documents),
`add_msg_template` with `chat_type` group (92135: the sender is the owner of the groups, at most 2,000 at
once; each group receives at most as many a month as it has days, or 7 a week, or 1 a day, as the corporation
chose) and `get_groupmsg_send_result` (93338).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from wechatpy.exceptions import WeChatClientException

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import Fate, Refusal, Reply, Settings
from keepwell.outreach.channels.wecom import tasks
from keepwell.outreach.channels.wecom.client import MEANING, WecomClient, client, members
from keepwell.outreach.channels.wecom.contract import TEXT_BYTES_MAX

LIST_PAGE, OWNERS_AT_ONCE, GROUPS_AT_ONCE = 1_000, 100, 2_000
TOO_MANY_OWNERS, DISSOLVED = 81017, frozenset({49008, 90501})
CUSTOMER = 2  # `type` of a member: 1 is a colleague
SENT, ENOUGH = 1, 3


@dataclass(frozen=True)
class ReadGroup:
    """A group as WeCom tells it: `people` are the customers' side, by external user ID and when they came."""

    chat_id: str
    name: str
    owner: str
    status: int
    started_at: datetime | None
    members: int
    people: tuple[tuple[str, datetime | None], ...]


def read(settings: Settings) -> Iterator[ReadGroup]:
    """Every group that the application may see; one that was dissolved meanwhile is left out.

    Raises ChannelDownError, AccountStoppedError.
    """
    with tasks.asking(settings) as wecom:
        for row in _listed(wecom, settings):
            found = _one(wecom, row)
            if found is not None:
                yield found


def _listed(wecom: WecomClient, settings: Settings) -> Iterator[dict[str, Any]]:
    """The list; by owners, 100 at once, where WeCom finds all at once too many."""
    endpoint, field = "externalcontact/groupchat/list", "group_chat_list"
    try:
        yield from list(wecom.pages(endpoint, {"status_filter": 0, "limit": LIST_PAGE}, field))
        return
    except WeChatClientException as error:
        if error.errcode != TOO_MANY_OWNERS:
            raise
    owners = sorted(set(members(settings.get("members", "")).values()))
    for start in range(0, len(owners), OWNERS_AT_ONCE):
        asked = {"userid_list": owners[start : start + OWNERS_AT_ONCE]}
        wanted = {"status_filter": 0, "owner_filter": asked, "limit": LIST_PAGE}
        yield from wecom.pages(endpoint, wanted, field)


def _one(wecom: WecomClient, row: dict[str, Any]) -> ReadGroup | None:
    try:
        said = wecom.call("externalcontact/groupchat/get", {"chat_id": row["chat_id"], "need_name": 0})
    except WeChatClientException as error:
        if error.errcode in DISSOLVED:
            return None
        raise
    group = said["group_chat"]
    there = group.get("member_list") or ()
    people = {
        one["userid"]: _moment(one.get("join_time")) for one in there if int(one.get("type", 0)) == CUSTOMER
    }
    return ReadGroup(
        chat_id=str(group["chat_id"]),
        name=str(group.get("name", "")),
        owner=str(group.get("owner", "")),
        status=int(row.get("status", 0)),
        started_at=_moment(group.get("create_time")),
        members=len(there),
        people=tuple(people.items()),
    )


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def hand(settings: Settings, owner: str, chat_ids: Sequence[str], text: str) -> tuple[Reply, frozenset[str]]:
    """Make one task for `owner` of these groups; the reply, and the groups that WeCom would not take.

    Raises ChannelDownError where nothing of it was taken.
    """
    if not text.strip() or len(text.encode()) > TEXT_BYTES_MAX:
        return Reply(Fate.REFUSED, "too_long" if text.strip() else "no_words", "", Refusal.FIX), frozenset()
    if not owner or not chat_ids or len(chat_ids) > GROUPS_AT_ONCE:
        # Without groups the owner would be asked to choose, and could send it to any.
        return Reply(Fate.REFUSED, "no_groups", "", Refusal.FIX), frozenset()
    wecom = client(settings)
    data = {
        "chat_type": "group",
        "sender": owner,
        "chat_id_list": list(chat_ids),
        "allow_select": False,
        "text": {"content": text},
    }
    try:
        _token = wecom.access_token
        said = wecom.call("externalcontact/add_msg_template", data)
    except WeChatClientException as error:
        return weixin.refused(error, MEANING), frozenset()
    except requests.RequestException as error:
        return weixin.lost(error), frozenset()
    finally:
        wecom.close()
    if not said.get("msgid"):
        return Reply(Fate.UNKNOWN, "no_msgid"), frozenset()
    failed = frozenset(said.get("fail_list") or ())
    return Reply(Fate.HANDED, "0", provider_ref=str(said["msgid"])), failed


@dataclass(frozen=True)
class GroupFate:
    """What became of a task in one group: sent, not taken because it has had enough, or failed."""

    sent: bool
    reason: str
    at: datetime | None


def results(settings: Settings, msgid: str) -> dict[str, GroupFate]:
    """What became of a task by group, whoever owns it now; those that still wait to be sent are left out.

    Raises ChannelDownError.
    """
    found = {}
    with tasks.asking(settings) as wecom:
        for row in tasks.results(wecom, msgid):
            status = int(row.get("status", 0))
            if status:
                reason = {SENT: "", ENOUGH: "day_limit"}.get(status, "not_in_group")
                found[str(row.get("chat_id"))] = GroupFate(
                    status == SENT, reason, _moment(row.get("send_time"))
                )
    return found


def find(settings: Settings, chat_ids: Sequence[str], text: str, begun_at: datetime) -> Reply | None:
    """What became of a task whose answer was lost: looked for by its words and one of its groups.

    None where WeCom cannot tell yet. Raises ChannelDownError.
    """
    with tasks.asking(settings) as wecom:

        def reached(msgid: str) -> frozenset[str]:
            return frozenset(str(row.get("chat_id")) for row in tasks.results(wecom, msgid))

        return tasks.find(wecom, "group", text, begun_at, reached, frozenset(chat_ids))
