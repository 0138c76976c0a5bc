"""Postmark: its API, its words, its webhooks (which it does not sign: a password keeps others out)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import httpx
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    AccountField,
    Asked,
    Inbound,
    Provider,
    Receipt,
    ReceiptKind,
    Received,
    Refusal,
    Settings,
)
from keepwell.outreach.channels.email import forms, hooks
from keepwell.outreach.channels.email.api import NAME, Api, Body, Verdict, open_api
from keepwell.outreach.channels.email.asking import found_at, puller
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT

URL = "https://api.postmarkapp.com/"
# postmarkapp.com/developer/api/overview, "API error codes".
BAD_REQUEST, INACTIVE = 300, 406
STOPPED = {10, 400, 401, 405, 412, 413, 1235, 1236}
_TO_IS_WRONG = re.compile(r"(?:invalid|error parsing) 'to'", re.IGNORECASE)
# The kinds of bounce after which the address takes nothing ("Bounce types" there); a spam mark is no bounce.
DEAD = frozenset({"HardBounce", "BadEmailAddress"})


def judge(_status: int, body: Body) -> Verdict:
    """What an error code means."""
    if not isinstance(body, dict) or not isinstance(body.get("ErrorCode"), int) or not body["ErrorCode"]:
        return Verdict()
    code = body["ErrorCode"]
    dead = code == INACTIVE or (code == BAD_REQUEST and _TO_IS_WRONG.search(str(body.get("Message"))))
    refusal = Refusal.STOP if code in STOPPED else Refusal.NEVER_AGAIN if dead else None
    return Verdict(str(code), refusal)


def _options(settings: Settings) -> dict[str, Any]:
    stream = {"message_stream": settings["message_stream"]} if settings.get("message_stream") else {}
    return {"server_token": settings["server_token"], **stream}


API = Api(
    backend="postmark",
    options=_options,
    judge=judge,
    # Without it Postmark writes a Message-ID of its own.
    headers={"X-PM-KeepID": "true"},
)


@cache
def _view() -> PostmarkTrackingWebhookView:
    return hooks.reader(PostmarkTrackingWebhookView)


def _read(event: hooks.Event) -> Iterable[Receipt]:
    said = _view().esp_to_anymail_event(event)
    # What has no number of its own counts once for its time.
    key = said.event_id or hooks.digest(event["RecordType"], event["MessageID"], said.timestamp)
    dead = event.get("Type") in DEAD if "Type" in event else None
    return hooks.receipts_of(said, key=key, at=_at(event), dead=dead)


def _at(event: hooks.Event) -> datetime | None:
    """The time of what happened; the library takes another where there are several."""
    stamp = event.get("ChangedAt") or event.get("BouncedAt") or event.get("DeliveredAt")
    return datetime.fromisoformat(stamp) if isinstance(stamp, str) else None


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the password, read the one event."""
    hooks.check_word(inbound, settings.get("hook_word", ""))
    return hooks.received([hooks.read_json(inbound)], _read)


def _look(client: httpx.Client, _settings: Settings, asked: Asked) -> Iterable[Receipt]:
    """The message among those to its receiver, by what was kept beside it."""
    params = {"count": "50", "offset": "0", "recipient": asked.to, f"metadata_{NAME}": asked.message_id}
    for one in found_at(client, "messages/outbound", params).get("Messages") or ():
        yield Receipt(
            ReceiptKind.ACCEPTED,
            datetime.fromisoformat(one["ReceivedAt"]).astimezone(UTC),
            hooks.named(one.get("Metadata")),
            str(one["MessageID"]),
        )


POSTMARK = Provider(
    code="email.postmark",
    label=_("Postmark"),
    contract=TOLD_CONTRACT,
    fields=(
        forms.SENDER,
        AccountField("server_token", _("Server API token"), secret=True),
        AccountField(
            "message_stream",
            _("Message stream"),
            required=False,
            default="broadcast",
            help=_("Advertising must go through a stream for broadcasts."),
        ),
        forms.HOOK_WORD,
        forms.api_url(URL),
    ),
    open=partial(open_api, API),
    receive=receive,
    pulls_lost_only=True,
    pull=puller(
        URL,
        _look,
        lambda settings: {
            "headers": {"X-Postmark-Server-Token": settings["server_token"], "Accept": "application/json"}
        },
    ),
    check=forms.check,
)
