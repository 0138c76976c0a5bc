"""Calls to WeCom, through wechatpy, and what its error codes mean for a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import Refusal, Settings
from keepwell.outreach.channels.wecom.contract import BASE_URL

DAY = 24 * 60
NOT_RELATED = 84061

# The codes of WeCom's list of global return codes; what is not here must be mended (FIX).
MEANING: Mapping[int, Refusal | int] = {
    40001: Refusal.STOP,  # secret
    40013: Refusal.STOP,  # corporation
    40056: Refusal.STOP,  # agent
    48002: Refusal.STOP,  # the interface is not open to this secret
    50001: Refusal.STOP,
    60020: Refusal.STOP,  # our address is not on their list
    301002: Refusal.STOP,  # no right to the application
    301005: Refusal.STOP,
    40096: Refusal.NEVER_AGAIN,  # no such external contact
    NOT_RELATED: Refusal.NEVER_AGAIN,  # not a friend of anybody here
    41048: DAY,  # nobody left to send to: the customer has had what a day allows
}


class WecomClient(weixin.Client):
    """The interface of one corporation."""

    def ask_for_token(self) -> requests.Response:
        """`gettoken`; asked again within its time it gives the same token."""
        params = {"corpid": self.identity, "corpsecret": self.secret}
        return self._http.get(self.API_BASE_URL + "gettoken", params=params, timeout=self.timeout)

    def pages(self, endpoint: str, data: Mapping[str, Any], field: str) -> Iterator[dict[str, Any]]:
        """The items of all pages of a list; raises as `call` does."""
        cursor = ""
        while True:
            said = self.call(endpoint, {**data, "cursor": cursor} if cursor else data)
            yield from said.get(field) or ()
            before, cursor = cursor, str(said.get("next_cursor") or "")
            if not cursor or cursor == before:
                return


def client(settings: Settings) -> WecomClient:
    """The client of an account."""
    return WecomClient(
        identity=settings["corp_id"],
        secret=settings["secret"],
        base_url=settings.get("base_url") or BASE_URL,
    )


def members(text: str) -> dict[str, str]:
    """WeCom user ids by our user names, from lines such as `mei = WangMei`; raises ValueError."""
    found = {}
    for line in text.splitlines():
        if line.strip():
            ours, equals, theirs = (part.strip() for part in line.partition("="))
            if not (ours and equals and theirs):
                raise ValueError(line)
            found[ours] = theirs
    return found
