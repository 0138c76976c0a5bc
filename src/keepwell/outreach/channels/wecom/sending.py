"""Make a task for a colleague: the call sends nothing, the colleague does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from wechatpy.exceptions import WeChatClientException

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import Envelope, Fate, Refusal, Reply, Settings
from keepwell.outreach.channels.wecom.client import MEANING, NOT_RELATED, WecomClient, client, members
from keepwell.outreach.channels.wecom.contract import TEXT_BYTES_MAX


class WecomSession:
    """See `channels.contracts.Session`."""

    def __init__(self, settings: Settings) -> None:
        self._client: WecomClient = client(settings)
        self._members = members(settings.get("members", ""))
        # So that a wrong secret or an outage is known before anything is begun.
        _token = self._client.access_token

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        problem = unfit(envelope)
        if problem:
            return Reply(Fate.REFUSED, problem, "", Refusal.FIX)
        data = self._task(envelope)
        _token = self._client.access_token
        committing()
        try:
            said = self._client.call("externalcontact/add_msg_template", data)
        except WeChatClientException as error:
            return self._refused(error, data)
        except requests.RequestException as error:
            return weixin.lost(error)
        if envelope.to in (said.get("fail_list") or ()):
            return Reply(Fate.REFUSED, "fail_list", "", Refusal.NEVER_AGAIN)
        if not said.get("msgid"):
            return Reply(Fate.UNKNOWN, "no_msgid")
        return Reply(Fate.HANDED, "0", provider_ref=str(said["msgid"]))

    def _task(self, envelope: Envelope) -> dict[str, Any]:
        data: dict[str, Any] = {
            "chat_type": "single",
            "external_userid": [envelope.to],
            "text": {"content": envelope.text},
        }
        # Without a sender WeCom takes the member who was last in touch with the customer.
        sender = self._members.get(envelope.member, "")
        return {**data, "sender": sender} if sender else data

    def _refused(self, error: WeChatClientException, data: dict[str, Any]) -> Reply:
        if error.errcode == NOT_RELATED and "sender" in data:
            # Not this member's customer in WeCom, perhaps somebody else's.
            return Reply(Fate.REFUSED, "not_with_member", str(error.errmsg)[:100], Refusal.FIX)
        return weixin.refused(error, MEANING)

    def close(self) -> None:
        """End it; never raises."""
        self._client.close()


def unfit(envelope: Envelope) -> str:
    """Why WeCom would not take it, "" where it may."""
    if not envelope.to.strip():
        # A task with a sender and nobody to send to goes to all customers of that member.
        return "no_address"
    if not envelope.text.strip():
        return "no_words"
    return "too_long" if len(envelope.text.encode()) > TEXT_BYTES_MAX else ""
