"""Text messages through Twilio, by its own SDK: any text, in segments.

Twilio takes no number of ours; the address of the status callback carries it instead, so that a message whose
answer was lost is told of all the same. Callbacks are signed with the account's token (X-Twilio-Signature).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import (
    AccountField,
    AccountStoppedError,
    Answer,
    Asked,
    ChannelDownError,
    Envelope,
    Fate,
    Inbound,
    Provider,
    Receipt,
    ReceiptKind,
    Received,
    Refusal,
    Reply,
    Session,
    Settings,
    SignatureError,
)
from keepwell.outreach.channels.sms import fields, network, outcomes
from keepwell.outreach.channels.sms.contract import FREE_TEXT
from keepwell.outreach.channels.sms.numbers import NumberError, read
from keepwell.outreach.channels.sms.outcomes import FIX, NEVER_AGAIN, SLOW_DOWN, STOP, UNSURE, Outcome
from keepwell.outreach.channels.sms.replies import kind_of

FIELDS = (
    AccountField("account_sid", _("Account SID")),
    AccountField("auth_token", _("Auth token"), secret=True),
    AccountField(
        "sender",
        _("Sender"),
        help=_("A number or name that you own at Twilio, or a messaging service (MG…)."),
    ),
    AccountField(
        "country",
        _("Country code of numbers without one"),
        required=False,
        default="1",
        help=_("Digits only, such as 1 or 44."),
    ),
    AccountField(
        "callback",
        _("Where Twilio reports"),
        required=False,
        help=_("The public address of this account. Without it Twilio is asked from time to time."),
    ),
    fields.timeout_field(),
    fields.endpoint_field("https://api.twilio.com"),
)
MESSAGE = "message"
EMPTY_ANSWER = Answer(200, b"<?xml version='1.0' encoding='UTF-8'?><Response></Response>", "text/xml")

# Twilio, "error and warning dictionary".
CODES: dict[str, Outcome] = outcomes.table(
    (NEVER_AGAIN, "21211 21214 21217 21610 21614 21635 60205"),
    (SLOW_DOWN, "20429 21611 21730 14107 63017"),
    (STOP, "10001 20003 20005 20006 20403 21212 21603 21606 21608 21659 21660 21703 21704 30002 63038"),
    (FIX, "21408 21602 21604 21609 21612 21617 21619 21654 21656"),
)
RECEIPT_CODES: dict[str, Refusal] = {
    "21610": Refusal.NEVER_AGAIN,
    "30001": Refusal.SLOW_DOWN,
    "30002": Refusal.STOP,
    "30003": Refusal.SLOW_DOWN,  # switched off or out of reach: it may be there tomorrow
    "30004": Refusal.NEVER_AGAIN,
    "30005": Refusal.NEVER_AGAIN,
    "30006": Refusal.NEVER_AGAIN,
    "30007": Refusal.FIX,
    "30008": Refusal.SLOW_DOWN,
    "30034": Refusal.STOP,
}
# Twilio, "message status values".
KINDS = {
    "delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.DELIVERED,
    "undelivered": ReceiptKind.FAILED,
    "failed": ReceiptKind.FAILED,
    "canceled": ReceiptKind.FAILED,
}
TAKEN = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})


class TwilioSession:
    """Calls of one account; see `channels.contracts.Session`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = _client(settings)
        self._country = fields.value_of(settings, FIELDS, "country")

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol. The detail of a taken one says its segments."""
        number = outcomes.number_of(envelope, country=self._country)
        if isinstance(number, Reply):
            return number
        if not envelope.text or len(envelope.text) > (FREE_TEXT.text_max or 0):
            return outcomes.reply(FIX, "text_too_long" if envelope.text else "no_text")
        wanted: dict[str, Any] = {"to": number.e164, "body": envelope.text}
        sender = self._settings["sender"]
        wanted["messaging_service_sid" if sender.startswith("MG") else "from_"] = sender
        if callback := self._settings.get("callback"):
            mark = "&" if "?" in callback else "?"
            wanted["status_callback"] = callback + mark + urlencode({MESSAGE: envelope.message_id})
        committing()
        try:
            made = self._client.messages.create(**wanted)
        except Exception as error:  # requests, JSON, and two classes of Twilio's own
            network.raise_if_unreached(error)
            return _failed(error)
        segments = f"segments={made.num_segments}"
        return Reply(Fate.ACCEPTED, str(made.status or ""), segments, provider_ref=str(made.sid))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.http_client.session.close()


def _client(settings: Settings) -> Any:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    where = network.endpoint(fields.value_of(settings, FIELDS, "endpoint"))
    if where is None:
        raise ChannelDownError("endpoint")
    http = TwilioHttpClient(timeout=float(fields.value_of(settings, FIELDS, "timeout_seconds")))
    client = Client(settings["account_sid"], settings["auth_token"], http_client=http)
    client.api.base_url = "://".join(where)
    return client


def _failed(error: Exception) -> Reply:
    status, code = getattr(error, "status", None), str(getattr(error, "code", None) or "")
    if not status:
        return Reply(Fate.UNKNOWN, "lost", network.lost(error))
    said = str(getattr(error, "msg", "") or getattr(error, "detail", "") or "")
    return outcomes.reply(_outcome(code, int(status)), code or str(status), said)


def _outcome(code: str, status: int) -> Outcome:
    if code in CODES:
        return CODES[code]
    if status == 429:
        return SLOW_DOWN
    if status in (401, 403):
        return STOP
    return UNSURE if status >= 500 else FIX


def pull(settings: Settings, asked: Sequence[Asked], now: datetime) -> list[Receipt]:
    """Ask what became of messages whose number at Twilio is known; it cannot be asked by ours."""
    client = _client(settings)
    found = []
    for one in asked:
        if not one.provider_ref:
            continue
        try:
            row = client.messages(one.provider_ref).fetch()
        except Exception as error:
            if getattr(error, "status", None) in (400, 404):
                continue  # it has forgotten this one, or never knew it
            raise _closed(error) from error
        receipt = _receipt(str(row.status), str(row.error_code or ""), row.date_updated or now)
        if receipt is not None:
            found.append(_named(receipt, one.message_id, one.provider_ref))
    return found


def probe(settings: Settings) -> None:
    """Ask for the account itself: the answer shows that the token opens the door."""
    try:
        _client(settings).api.accounts(settings["account_sid"]).fetch()
    except Exception as error:
        raise _closed(error) from error


def _closed(error: Exception) -> ChannelDownError:
    """Why it cannot be asked: stopped where a person must see to it, else down for a while."""
    status, code = getattr(error, "status", None), str(getattr(error, "code", None) or "")
    stopped = bool(status) and _outcome(code, int(status or 0)) is STOP
    return (AccountStoppedError if stopped else ChannelDownError)(code or type(error).__name__)


def _receipt(status: str, code: str, at: datetime) -> Receipt | None:
    kind = KINDS.get(status) or (ReceiptKind.ACCEPTED if status in TAKEN else None)
    if kind is None:
        return None
    failed = kind is ReceiptKind.FAILED
    return Receipt(kind, at, code=code or status, refusal=RECEIPT_CODES.get(code) if failed else None)


def _named(receipt: Receipt, message_id: str, provider_ref: str) -> Receipt:
    return replace(receipt, message_id=message_id, provider_ref=provider_ref)


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the signature and read a status, or the answer of a customer.

    Raises SignatureError, and ValueError for a form that says neither.
    """
    from twilio.request_validator import RequestValidator

    try:
        form = QueryDict(inbound.body)
    except SuspiciousOperation as error:
        raise ValueError(type(error).__name__) from error
    signature = inbound.headers.get("x-twilio-signature", "")
    if not RequestValidator(settings["auth_token"]).validate(inbound.url, form, signature):
        raise SignatureError("X-Twilio-Signature")
    if form.get("AccountSid", settings["account_sid"]) != settings["account_sid"]:
        raise SignatureError("AccountSid")
    now = clock.now()
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if status := form.get("MessageStatus"):
        receipt = _receipt(status, form.get("ErrorCode") or "", now)
        receipts = [_named(receipt, inbound.query.get(MESSAGE, ""), sid)] if receipt else []
        return Received(receipts, Answer(204))
    if "Body" in form and form.get("From"):
        words = form["Body"]
        kind = ReceiptKind.UNSUBSCRIBED if form.get("OptOutType") == "STOP" else kind_of(words)
        reply = Receipt(kind, now, key=sid, detail=words, address=form["From"].lstrip("+"))
        return Received([reply], EMPTY_ANSWER)
    raise ValueError("neither a status nor an answer")


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot be."""
    problems = fields.check_common(settings, FIELDS)
    if not settings.get("account_sid", "").startswith("AC"):
        problems["account_sid"] = "not_an_account"
    if not fields.value_of(settings, FIELDS, "country").isdecimal():
        problems["country"] = "not_a_number"
    sender = settings.get("sender", "")
    if sender.startswith("+"):
        try:
            read(sender, country="1")
        except NumberError:
            problems["sender"] = "not_a_number"
    fields.raise_problems(problems)


def open_session(settings: Settings) -> Session:
    """Calls with the settings of an account; nothing is connected yet."""
    return TwilioSession(settings)


TWILIO = Provider(
    code="sms.twilio",
    label="Twilio",
    contract=FREE_TEXT,
    fields=FIELDS,
    open=open_session,
    receive=receive,
    pull=pull,
    check=check,
    probe=probe,
)
