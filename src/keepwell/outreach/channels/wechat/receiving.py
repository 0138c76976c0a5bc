"""What WeChat tells us: messages, followers who come and go, taps, scans, what became of templates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import (
    Answer,
    Heard,
    HeardKind,
    Inbound,
    Receipt,
    ReceiptKind,
    Received,
    Refusal,
    Settings,
    SignatureError,
)
from keepwell.outreach.channels.stopwords import asks_to_stop

# Of the menu only these three open a window; one that opens a page does not.
EVENTS = {
    "subscribe": HeardKind.FOLLOW,
    "unsubscribe": HeardKind.LEFT,
    "SCAN": HeardKind.SCAN,
    "CLICK": HeardKind.MENU,
    "scancode_push": HeardKind.MENU,
    "scancode_waitmsg": HeardKind.MENU,
}
FINISHED = "TEMPLATESENDJOBFINISH"


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Read a call of WeChat; raises SignatureError, ValueError.

    Where the account has a key only sealed calls count: the signature of others does not cover the body.
    """
    token, key = settings.get("token", ""), settings.get("aes_key", "")
    query = inbound.query
    plain = (token, query.get("timestamp", ""), query.get("nonce", ""))
    if inbound.method == "GET":
        weixin.check(query.get("signature", ""), *plain)
        return Received(answer=Answer(body=query.get("echostr", "").encode()))
    if key:
        if query.get("encrypt_type") != "aes":
            raise SignatureError("not sealed")
        said = weixin.sealed_tree(inbound, token=token, key=key, receiver=settings["app_id"])
    else:
        weixin.check(query.get("signature", ""), *plain)
        said = weixin.tree(inbound.body)
    return Received(
        receipts=tuple(_receipts(said)), heard=tuple(_heard(said)), answer=Answer(body=b"success")
    )


def _at(said: dict[str, str]) -> datetime:
    try:
        return datetime.fromtimestamp(int(said["CreateTime"]), UTC)
    except KeyError as error:
        raise ValueError("not the XML that was expected") from error


def _heard(said: dict[str, str]) -> Iterator[Heard]:
    customer, kind = said.get("FromUserName", ""), said.get("MsgType", "")
    if not customer or not kind:
        return
    if kind == "event":
        event = EVENTS.get(said.get("Event", ""))
        if event is not None:
            key = weixin.event_key(customer, said["Event"], said.get("CreateTime", ""))
            yield Heard(event, customer, _at(said), key)
        return
    text = said.get("Content", "") or said.get("Recognition", "")
    key = weixin.event_key(said.get("MsgId", "") or said.get("CreateTime", ""), customer)
    # A tap on a menu that stands in a message comes as a text, but opens what a tap opens.
    tapped = bool(said.get("bizmsgmenuid"))
    yield Heard(HeardKind.MENU if tapped else HeardKind.MESSAGE, customer, _at(said), key, text)
    if asks_to_stop(text):
        yield Heard(HeardKind.STOP, customer, _at(said), key + ":stop")


def _receipts(said: dict[str, str]) -> Iterator[Receipt]:
    if said.get("Event") != FINISHED or not said.get("MsgID"):
        return
    status = said.get("Status", "").replace(" ", "")
    if status == "success":
        yield Receipt(ReceiptKind.DELIVERED, _at(said), provider_ref=said["MsgID"], key="success")
        return
    blocked = status == "failed:userblock"
    yield Receipt(
        ReceiptKind.FAILED,
        _at(said),
        provider_ref=said["MsgID"],
        key="failed",
        code="user_block" if blocked else "system_failed",
        refusal=Refusal.NEVER_AGAIN if blocked else Refusal.SLOW_DOWN,
    )
