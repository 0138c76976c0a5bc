"""What WeCom tells us: that a customer added or removed a colleague."""

from __future__ import annotations

from datetime import UTC, datetime

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import Answer, Heard, HeardKind, Inbound, Received, Settings

# The customer did it; what a member does to a customer says nothing about the customer's wish.
KINDS = {"add_external_contact": HeardKind.FOLLOW, "del_follow_user": HeardKind.LEFT}


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Read a call of WeCom; raises SignatureError, ValueError."""
    token, key = settings.get("token", ""), settings.get("aes_key", "")
    receiver = settings["corp_id"]
    query = inbound.query
    if inbound.method == "GET":
        echo = query.get("echostr", "")
        parts = (query.get("timestamp", ""), query.get("nonce", ""), echo)
        weixin.check(query.get("msg_signature", ""), token, *parts)
        return Received(answer=Answer(body=weixin.opened(echo, key=key, receiver=receiver).encode()))
    said = weixin.sealed_tree(inbound, token=token, key=key, receiver=receiver)
    kind = KINDS.get(said.get("ChangeType", ""))
    customer = said.get("ExternalUserID", "")
    if said.get("Event") != "change_external_contact" or kind is None or not customer:
        return Received()
    at = datetime.fromtimestamp(int(said["CreateTime"]), UTC)
    key_ = weixin.event_key(customer, said.get("UserID", ""), said["ChangeType"], said["CreateTime"])
    return Received(heard=(Heard(kind, customer, at, key_),))
