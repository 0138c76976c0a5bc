"""Text messages through Aliyun (Dysmsapi 2017-05-25), by its own SDK.

`OutId` carries our number of the message; Aliyun gives it back in receipts and when it is asked. Its
callbacks are not signed: what shows that they are Aliyun's is the secret in the address they go to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
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
)
from keepwell.outreach.channels.sms import fields, network, outcomes
from keepwell.outreach.channels.sms.contract import CONTRACT
from keepwell.outreach.channels.sms.numbers import CHINA, NumberError, read
from keepwell.outreach.channels.sms.outcomes import FIX, NEVER_AGAIN, SLOW_DOWN, STOP, UNSURE, Outcome
from keepwell.outreach.channels.sms.replies import kind_of

FIELDS = (
    AccountField("access_key_id", _("AccessKey ID")),
    AccountField("access_key_secret", _("AccessKey secret"), secret=True),
    AccountField("sign_name", _("Signature"), help=_("The approved signature, without brackets.")),
    AccountField("region", _("Region"), required=False, default="cn-hangzhou"),
    fields.variable_field("35"),
    fields.timeout_field(),
    fields.endpoint_field("https://dysmsapi.aliyuncs.com"),
)
PAGE_SIZE, PAGES_MAX = 50, 20
NOBODY = "13000000000"
# How near to midnight a message may be listed under the other day.
MIDNIGHT = timedelta(minutes=10)

# Aliyun, "API error codes" of domestic and of international messages; the gateway's own codes.
CODES: dict[str, Outcome] = outcomes.table(
    (
        NEVER_AGAIN,
        "isv.MOBILE_NUMBER_ILLEGAL isv.PHONE_NUMBER_ILLEGAL MOBILE_NUMBER_ILLEGAL",
    ),
    (
        SLOW_DOWN,
        "isv.BUSINESS_LIMIT_CONTROL BUSINESS_LIMIT_CONTROL BUSINESS_LIMIT_CONTROL_PHONE"
        " BUSINESS_LIMIT_CONTROL_MINUTE isv.BUSINESS_LIMIT_HOUR isv.BUSINESS_LIMIT_DAY QPS_LIMIT_CONTROL"
        " Throttling Throttling.User Throttling.Api ServiceUnavailable ONLINE_BILLING_FAILED"
        " isv.FLOW_CONTROL_LIMIT",
    ),
    (
        STOP,
        "isv.OUT_OF_SERVICE OUT_OF_SERVICE isv.AMOUNT_NOT_ENOUGH AMOUNT_NOT_ENOUGH isv.DAY_LIMIT_CONTROL"
        " isv.MONTH_LIMIT_CONTROL isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE PRODUCT_NOT_SUBSCRIBED"
        " isv.ACCOUNT_NOT_EXISTS ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL ACCOUNT_ILLEGAL"
        " isp.RAM_PERMISSION_DENY RAM_PERMISSION_DENY isv.RAM_CHECK_FAILED isv.DENY_IP_RANGE"
        " isv.FORBIDDEN_ACTION FORBIDDEN_ACTION isv.CUSTOMER_REFUSED isv.BILLING_DEDUCTION_ERROR"
        " SignatureDoesNotMatch IncompleteSignature InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive"
        " InvalidAccessKeyId Forbidden.RAM Forbidden.AccessKeyDisabled InvalidTimeStamp.Expired"
        " isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL isv.SIGN_NAME_ILLEGAL"
        " SMS_SIGN_NAME_ILLEGAL",
    ),
    (
        FIX,
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL isv.SMS_CONTENT_ILLEGAL SMS_CONTENT_ILLEGAL isv.SMS_TEMPLATE_ILLEGAL"
        " isv.TEMPLATE_MISSING_PARAMETERS isv.TEMPLATE_PARAMS_ILLEGAL isv.INVALID_PARAMETERS"
        " isv.INVALID_JSON_PARAM isv.BLACK_KEY_CONTROL_LIMIT BLACK_KEY_CONTROL_LIMIT isv.PARAM_LENGTH_LIMIT"
        " PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL isv.MOBILE_COUNT_OVER_LIMIT isv.EXTEND_CODE_ERROR"
        " isv.DOMESTIC_NUMBER_NOT_SUPPORTED isv.NOT_SUPPORTED_COUNTRY NOT_SUPPORTED_COUNTRY"
        " SMS_CONTENT_CODE_ILLEGAL CONTENT_MISSING_PARAMETERS SMS_SECURITY_INTERCEPTED",
    ),
    (UNSURE, "isp.SYSTEM_ERROR isp.GATEWAY_ERROR isp.UNKNOWN SYSTEM_ERROR InternalError"),
)
# Aliyun, "error codes of receipts": what a failed delivery says of the number.
RECEIPT_CODES: dict[str, Refusal] = {
    "MOBILE_ACCOUNT_ABNORMAL": Refusal.NEVER_AGAIN,
    "INVALID_NUMBER": Refusal.NEVER_AGAIN,
    "MOBILE_NOT_ON_SERVICE": Refusal.NEVER_AGAIN,
    "USER_REJECT": Refusal.NEVER_AGAIN,
    "MOBILE_IN_BLACK": Refusal.NEVER_AGAIN,
    "MOBILE_SEND_LIMIT": Refusal.SLOW_DOWN,
    "MOBILE_TERMINAL_ERROR": Refusal.SLOW_DOWN,
    "MOBLLE_TERMINAL_ERROR": Refusal.SLOW_DOWN,
    "CONTENT_KEYWORD": Refusal.FIX,
    "CONTENT_ERROR": Refusal.FIX,
    "PORT_NOT_REGISTERED": Refusal.FIX,
}


class AliyunSession:
    """Calls of one account; see `channels.contracts.Session`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client, self._runtime = _client(settings)
        self._variable_max = int(fields.value_of(settings, FIELDS, "variable_max"))

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        from alibabacloud_dysmsapi20170525 import models

        number = outcomes.number_of(envelope, country=CHINA)
        if isinstance(number, Reply):
            return number
        refused = outcomes.refused_template(
            envelope, number, variable_max=self._variable_max, text_max=CONTRACT.text_max or 0
        )
        if refused is not None:
            return refused
        request = models.SendSmsRequest(
            phone_numbers=number.national,
            sign_name=self._settings["sign_name"],
            template_code=envelope.template,
            template_param=orjson.dumps(dict(envelope.values)).decode() if envelope.values else None,
            out_id=envelope.message_id,
        )
        committing()
        try:
            body = self._client.send_sms_with_options(request, self._runtime).body
            code, said, ref = str(body.code or ""), str(body.message or ""), str(body.biz_id or "")
        except Exception as error:  # the SDK has no common class of what it raises
            network.raise_if_unreached(error)
            return _failed(error)
        if code == "OK":
            return Reply(Fate.ACCEPTED, code, provider_ref=ref)
        return outcomes.reply(_outcome(code), code.removeprefix("isv."), f"{code} {said}")

    def close(self) -> None:
        """Nothing is kept open."""


def _client(settings: Settings) -> tuple[Any, Any]:
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_tea_openapi import models
    from darabonba.runtime import RuntimeOptions

    where = network.endpoint(fields.value_of(settings, FIELDS, "endpoint"))
    if where is None:
        raise ChannelDownError("endpoint")
    milliseconds = int(float(fields.value_of(settings, FIELDS, "timeout_seconds")) * 1_000)
    config = models.Config(
        access_key_id=settings["access_key_id"],
        access_key_secret=settings["access_key_secret"],
        region_id=fields.value_of(settings, FIELDS, "region"),
        endpoint=where[1],
        protocol=where[0].upper(),
    )
    # The SDK repeats nothing by itself: no retry options.
    return Client(config), RuntimeOptions(read_timeout=milliseconds, connect_timeout=milliseconds)


def _outcome(code: str, status: int = 200) -> Outcome:
    if code in CODES:
        return CODES[code]
    # A code that is not in the books: the provider's own trouble may have come after it took the message.
    return UNSURE if code.startswith("isp.") or not code or status >= 500 else FIX


def _failed(error: Exception) -> Reply:
    """A call that raised: the gateway's refusal, or no answer that can be understood."""
    status, code = getattr(error, "status_code", None), str(getattr(error, "code", None) or "")
    if not status or not code:
        return Reply(Fate.UNKNOWN, "lost", network.lost(error))
    said = str(getattr(error, "message", ""))
    return outcomes.reply(_outcome(code, int(status)), code.removeprefix("isv."), f"{code} {said}")


def pull(settings: Settings, asked: Sequence[Asked], now: datetime) -> list[Receipt]:
    """Ask what became of messages (QuerySendDetails): by number and day, told apart by our own number."""
    client, runtime = _client(settings)
    return [receipt for one in asked for receipt in _about(client, runtime, one, now)]


def _about(client: Any, runtime: Any, one: Asked, now: datetime) -> Iterator[Receipt]:
    try:
        number = read(one.to).national
    except NumberError:
        return
    for day in _days(one.sent_at):
        for row in _details(client, runtime, number, day, one.provider_ref):
            if row.out_id == one.message_id:
                yield _of_detail(row, one, now)
                return


def _days(sent_at: datetime) -> list[str]:
    """The day that it was sent on in Beijing, and the next one where that had almost begun."""
    local = sent_at.astimezone(fields.BEIJING)
    return list(dict.fromkeys(at.strftime("%Y%m%d") for at in (local, local + MIDNIGHT)))


def _details(client: Any, runtime: Any, number: str, day: str, ref: str) -> Iterator[Any]:
    from alibabacloud_dysmsapi20170525 import models

    for page in range(1, PAGES_MAX + 1):
        request = models.QuerySendDetailsRequest(
            phone_number=number, send_date=day, biz_id=ref or None, page_size=PAGE_SIZE, current_page=page
        )
        try:
            body = client.query_send_details_with_options(request, runtime).body
        except Exception as error:
            _raise_closed(str(getattr(error, "code", None) or ""), error)
            return
        if body.code != "OK":
            _raise_closed(str(body.code))
            return
        rows = (body.sms_send_detail_dtos.sms_send_detail_dto if body.sms_send_detail_dtos else None) or []
        yield from rows
        if len(rows) < PAGE_SIZE:
            return


def _raise_closed(code: str, error: Exception | None = None) -> None:
    """Raise what a refusal to answer means; nothing where it is about this one question alone."""
    outcome = CODES.get(code, UNSURE)
    if outcome is STOP:
        raise AccountStoppedError(code) from error
    if outcome not in (FIX, NEVER_AGAIN):
        raise ChannelDownError(code or type(error).__name__) from error


def _of_detail(row: Any, one: Asked, now: datetime) -> Receipt:
    """SendStatus 1: waiting for the receipt, 2: failed, 3: delivered."""
    code = str(row.err_code or "")
    kind = {2: ReceiptKind.FAILED, 3: ReceiptKind.DELIVERED}.get(int(row.send_status), ReceiptKind.ACCEPTED)
    at = fields.beijing(str(row.receive_date or "")) or fields.beijing(str(row.send_date or "")) or now
    return Receipt(
        kind,
        at,
        message_id=one.message_id,
        provider_ref=one.provider_ref,
        code=code,
        refusal=RECEIPT_CODES.get(code) if kind is ReceiptKind.FAILED else None,
    )


def probe(settings: Settings) -> None:
    """Ask about a number that nobody has: the answer shows that the keys open the door."""
    client, runtime = _client(settings)
    day = clock.now().astimezone(fields.BEIJING).strftime("%Y%m%d")
    list(_details(client, runtime, NOBODY, day, ""))


def receive(_settings: Settings, inbound: Inbound) -> Received:
    """Read SmsReport and SmsUp, which come as lists; raises ValueError for what is neither."""
    told = orjson.loads(inbound.body)
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise ValueError("not a list of receipts")
    receipts = [receipt for item in told if (receipt := _of_item(item)) is not None]
    return Received(receipts, Answer(200, b'{"code":0,"msg":"ok"}', "application/json"))


def _of_item(item: dict[str, Any]) -> Receipt | None:
    if "success" in item:
        code, arrived = str(item.get("err_code") or ""), item["success"] in (True, "true")
        return Receipt(
            ReceiptKind.DELIVERED if arrived else ReceiptKind.FAILED,
            fields.beijing(str(item.get("report_time") or "")) or clock.now(),
            message_id=str(item.get("out_id") or ""),
            provider_ref=str(item.get("biz_id") or ""),
            code=code,
            detail=str(item.get("err_msg") or "")[: outcomes.DETAIL_MAX],
            refusal=None if arrived else RECEIPT_CODES.get(code),
        )
    if "content" in item and item.get("phone_number"):
        words = str(item["content"])
        return Receipt(
            kind_of(words),
            fields.beijing(str(item.get("send_time") or "")) or clock.now(),
            key=str(item.get("sequence_id") or ""),
            detail=words,
            address=str(item["phone_number"]),
        )
    return None  # news of signatures and templates


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot be."""
    fields.raise_problems(fields.check_common(settings, FIELDS))


def open_session(settings: Settings) -> Session:
    """Calls with the settings of an account; nothing is connected yet."""
    return AliyunSession(settings)


ALIYUN = Provider(
    code="sms.aliyun",
    label=_("Aliyun SMS"),
    contract=CONTRACT,
    fields=FIELDS,
    open=open_session,
    receive=receive,
    pull=pull,
    check=check,
    probe=probe,
    # Every message that it took is listed by number and day with our own number in it.
    reports_all=lambda _settings: True,
)
