"""Messages of an official account: answers in the window, notices by template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
from wechatpy.exceptions import WeChatClientException

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import Envelope, Fate, Refusal, Reply, Settings
from keepwell.outreach.channels.wechat.contract import BASE_URL, CONTRACT, TEXT_BYTES_MAX

SUBSCRIPTION = "subscribe:"

# The codes of WeChat's list of global return codes; what is not here must be mended (FIX).
MEANING: Mapping[int, Refusal | int] = {
    40001: Refusal.STOP,
    40013: Refusal.STOP,
    40125: Refusal.STOP,
    40164: Refusal.STOP,  # our address is not on their list
    48001: Refusal.STOP,  # the interface is not open to this account
    50002: Refusal.STOP,  # the account is restricted
    40003: Refusal.NEVER_AGAIN,  # no such openid
    43004: Refusal.NEVER_AGAIN,  # does not follow us
    43019: Refusal.NEVER_AGAIN,  # is on our black list there
    43101: Refusal.SLOW_DOWN,  # has not ticked the subscription
    45015: Refusal.SLOW_DOWN,  # outside the window
    45047: Refusal.SLOW_DOWN,  # no place left in the window
}


class WechatClient(weixin.Client):
    """The interface of one official account."""

    def ask_for_token(self) -> requests.Response:
        """`stable_token`: asked again it gives the same, so that workers do not end each other's."""
        data = {"grant_type": "client_credential", "appid": self.identity, "secret": self.secret}
        return self._http.post(self.API_BASE_URL + "stable_token", json=data, timeout=self.timeout)


class WechatSession:
    """See `channels.contracts.Session`."""

    def __init__(self, settings: Settings) -> None:
        self._client = WechatClient(
            identity=settings["app_id"],
            secret=settings["secret"],
            base_url=settings.get("base_url") or BASE_URL,
        )
        # So that a wrong secret or an outage is known before anything is begun.
        _token = self._client.access_token

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        problem = unfit(envelope)
        if problem:
            return Reply(Fate.REFUSED, problem, "", Refusal.FIX)
        endpoint, data = request(envelope)
        _token = self._client.access_token
        committing()
        try:
            said = self._client.call(endpoint, data)
        except WeChatClientException as error:
            return weixin.refused(error, MEANING)
        except requests.RequestException as error:
            return weixin.lost(error)
        if "errcode" not in said:
            return Reply(Fate.UNKNOWN, "no_answer")
        return Reply(Fate.ACCEPTED, "0", provider_ref=str(said.get("msgid", "")))

    def close(self) -> None:
        """End it; never raises."""
        self._client.close()


def request(envelope: Envelope) -> tuple[str, dict[str, Any]]:
    """The endpoint and what it is sent.

    `template` is the number of a template message, or `subscribe:` and that of a subscription message. The
    value called `url` is the page that a tap opens.
    """
    if not envelope.template:
        text = {"touser": envelope.to, "msgtype": "text", "text": {"content": envelope.text}}
        return "message/custom/send", text
    data = {name: {"value": value} for name, value in envelope.values.items() if name != "url"}
    url = envelope.values.get("url", "")
    if envelope.template.startswith(SUBSCRIPTION):
        template = envelope.template.removeprefix(SUBSCRIPTION)
        made = {"touser": envelope.to, "template_id": template, "data": data}
        return "message/subscribe/bizsend", {**made, "page": url} if url else made
    made = {"touser": envelope.to, "template_id": envelope.template, "data": data}
    # WeChat sends one with the same name once only, for ten minutes.
    made["client_msg_id"] = envelope.message_id
    return "message/template/send", {**made, "url": url} if url else made


def unfit(envelope: Envelope) -> str:
    """Why WeChat would not take it, or must not be given it; "" where it may."""
    if not envelope.to.strip():
        return "no_address"
    if envelope.template:
        return "" if envelope.purpose in CONTRACT.template_purposes else "template_marketing"
    if not envelope.text.strip():
        return "no_words"
    return "too_long" if len(envelope.text.encode()) > TEXT_BYTES_MAX else ""
