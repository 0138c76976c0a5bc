"""Text messages through Tencent Cloud (sms 2021-01-11), by its own SDK.

`SessionContext` carries our number of the message; Tencent gives it back in what one asks for only where its
support has opened that for the account, so a message whose answer was lost may stay of unknown fate. Its
callbacks are not signed: what shows that they are Tencent's is the secret in the address they go to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
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
from keepwell.outreach.channels.sms.contract import NUMBERED
from keepwell.outreach.channels.sms.numbers import CHINA, NumberError, read
from keepwell.outreach.channels.sms.outcomes import FIX, NEVER_AGAIN, SLOW_DOWN, STOP, UNSURE, Outcome
from keepwell.outreach.channels.sms.replies import kind_of

FIELDS = (
    AccountField("secret_id", _("SecretId")),
    AccountField("secret_key", _("SecretKey"), secret=True),
    AccountField("sdk_app_id", _("SdkAppId"), help=_("The number of the application in the SMS console.")),
    AccountField("sign_name", _("Signature"), help=_("The approved signature, without brackets.")),
    AccountField("region", _("Region"), required=False, default="ap-guangzhou"),
    AccountField(
        "may_ask",
        _("Asking what became of messages"),
        required=False,
        choices=(("", _("not opened")), ("yes", _("opened by Tencent’s support"))),
        help=_("Without it only callbacks tell what became of messages."),
    ),
    # New accounts since 2024-01-25: six characters.
    fields.variable_field("6"),
    fields.timeout_field(),
    fields.endpoint_field("https://sms.tencentcloudapi.com"),
)
PAGE_SIZE, PAGES_MAX = 100, 10
# Receipts come within three days; asking further back is refused after seven.
SPAN = timedelta(days=3)

# tencentcloud.sms.v20210111.errorcodes, and the codes that all of Tencent Cloud has.
CODES: dict[str, Outcome] = outcomes.table(
    (
        NEVER_AGAIN,
        "FailedOperation.PhoneNumberInBlacklist InvalidParameterValue.IncorrectPhoneNumber"
        " FailedOperation.PhoneNumberParseFail",
    ),
    (
        SLOW_DOWN,
        "LimitExceeded.DeliveryFrequencyLimit LimitExceeded.PhoneNumberDailyLimit"
        " LimitExceeded.PhoneNumberOneHourLimit LimitExceeded.PhoneNumberSameContentDailyLimit"
        " LimitExceeded.PhoneNumberThirtySecondLimit LimitExceeded.GlobalSmsSendingRateLimit"
        " FailedOperation.MarketingSendTimeConstraint RequestLimitExceeded LimitExceeded"
        " RequestLimitExceeded.IPLimitExceeded RequestLimitExceeded.UinLimitExceeded",
    ),
    (
        STOP,
        "FailedOperation.InsufficientBalanceInSmsPackage UnauthorizedOperation.ServiceSuspendDueToArrears"
        " UnauthorizedOperation.SdkAppIdIsDisabled UnauthorizedOperation.RequestIpNotInWhitelist"
        " UnauthorizedOperation.RequestPermissionDeny UnauthorizedOperation.SmsSdkAppIdVerifyFail"
        " UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny UnauthorizedOperation"
        " LimitExceeded.AppDailyLimit LimitExceeded.AppMainlandChinaDailyLimit LimitExceeded.DailyLimit"
        " LimitExceeded.AppGlobalDailyLimit LimitExceeded.AppCountryOrRegionDailyLimit"
        " InvalidParameterValue.SdkAppIdNotExist FailedOperation.SignatureIncorrectOrUnapproved"
        " FailedOperation.ProhibitSubAccountUse FailedOperation.NotEnterpriseCertification"
        " AuthFailure AuthFailure.SignatureFailure AuthFailure.SignatureExpire AuthFailure.SecretIdNotFound"
        " AuthFailure.InvalidSecretId AuthFailure.TokenFailure AuthFailure.UnauthorizedOperation"
        " InternalError.SigVerificationFail InternalError.SigFieldMissing InternalError.RequestTimeException",
    ),
    (
        UNSURE,
        "InternalError InternalError.Timeout InternalError.SendAndRecvFail InternalError.OtherError"
        " InternalError.UnknownError InternalError.ParseBackendResponseFail FailedOperation.OtherError",
    ),
    # All others are about the text, its template or a parameter.
)
# Reports of the carriers: the codes that mean that the number takes none.
RECEIPT_CODES: dict[str, Refusal] = {
    "MK:0001": Refusal.NEVER_AGAIN,
    "MK:0005": Refusal.NEVER_AGAIN,
    "MK:0013": Refusal.NEVER_AGAIN,
    "MBBLACK": Refusal.NEVER_AGAIN,
    "DBBLACK": Refusal.NEVER_AGAIN,
    "REJECTD": Refusal.FIX,
    "-106": Refusal.FIX,
    "002": Refusal.SLOW_DOWN,
    "EXPIRED": Refusal.SLOW_DOWN,
    "UNDELIV": Refusal.SLOW_DOWN,
}


class TencentSession:
    """Calls of one account; see `channels.contracts.Session`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = _client(settings)
        self._variable_max = int(fields.value_of(settings, FIELDS, "variable_max"))

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        from tencentcloud.sms.v20210111 import models

        number = outcomes.number_of(envelope, country=CHINA)
        if isinstance(number, Reply):
            return number
        refused = outcomes.refused_template(
            envelope, number, variable_max=self._variable_max, text_max=NUMBERED.text_max or 0
        )
        if refused is not None:
            return refused
        if sorted(envelope.values) != sorted(str(place + 1) for place in range(len(envelope.values))):
            return outcomes.reply(FIX, "value_names")
        request = models.SendSmsRequest()
        request.PhoneNumberSet = [number.e164]
        request.SmsSdkAppId = self._settings["sdk_app_id"]
        request.SignName = self._settings["sign_name"]
        request.TemplateId = envelope.template
        # Variables are {1}, {2}, …: they are told by their place.
        request.TemplateParamSet = [envelope.values[name] for name in sorted(envelope.values, key=int)]
        request.SessionContext = envelope.message_id
        committing()
        try:
            (status,) = self._client.SendSms(request).SendStatusSet
            code, said, ref = str(status.Code), str(status.Message or ""), str(status.SerialNo or "")
        except Exception as error:  # JSON, sockets, its own class: whatever comes is without a clear answer
            network.raise_if_unreached(error)
            return _failed(error)
        if code.lower() == "ok":
            return Reply(Fate.ACCEPTED, code, provider_ref=ref)
        return outcomes.reply(_outcome(code), _short(code), f"{code} {said}")

    def close(self) -> None:
        """Let go of the connection."""
        self._client.request.conn._session.close()


def _client(settings: Settings) -> Any:
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.sms.v20210111.sms_client import SmsClient

    where = network.endpoint(fields.value_of(settings, FIELDS, "endpoint"))
    if where is None:
        raise ChannelDownError("endpoint")
    http = HttpProfile(
        protocol=where[0],
        endpoint=where[1],
        reqTimeout=float(fields.value_of(settings, FIELDS, "timeout_seconds")),
    )
    # Signed by TC3-HMAC-SHA256; the SDK repeats nothing by itself and goes to no other region.
    profile = ClientProfile(signMethod="TC3-HMAC-SHA256", httpProfile=http)
    credential = Credential(settings["secret_id"], settings["secret_key"])
    return SmsClient(credential, fields.value_of(settings, FIELDS, "region"), profile)


def _outcome(code: str) -> Outcome:
    if code in CODES:
        return CODES[code]
    family = code.partition(".")[0]
    if family in ("AuthFailure", "UnauthorizedOperation"):
        return STOP
    if family in ("RequestLimitExceeded", "LimitExceeded"):
        return SLOW_DOWN
    return UNSURE if family == "InternalError" or not code else FIX


def _short(code: str) -> str:
    """The last part of a code: the whole may be longer than we keep."""
    return code.rpartition(".")[2]


def _code_of(error: Exception) -> str:
    """Tencent's code; "" where there is no answer of Tencent's.

    Whatever goes wrong on this side comes as the same class; an answer of Tencent has a request's number.
    """
    return str(getattr(error, "code", "")) if getattr(error, "requestId", None) else ""


def _failed(error: Exception) -> Reply:
    code = _code_of(error)
    if not code:
        return Reply(Fate.UNKNOWN, "lost", network.lost(error))
    said = getattr(error, "message", "")
    return outcomes.reply(_outcome(code), _short(code), f"{code} {said}")


def pull(settings: Settings, asked: Sequence[Asked], now: datetime) -> list[Receipt]:
    """Ask what became of messages and what was answered, by number.

    Nothing where Tencent's support has not opened it for the account. The calls by number tell the same as
    often as they are asked; those that empty a queue (PullSmsSendStatus, PullSmsReplyStatus) tell once, and
    lose what a dying process had not kept.
    """
    if settings.get("may_ask") != "yes":
        return []
    client, app = _client(settings), settings["sdk_app_id"]
    found: dict[tuple[str, ...], Receipt] = {}
    for one in asked:
        for receipt in _about(client, app, one, now):
            found.setdefault((receipt.kind, receipt.message_id, receipt.address, receipt.key), receipt)
    return list(found.values())


def _about(client: Any, app: str, one: Asked, now: datetime) -> Iterator[Receipt]:
    from tencentcloud.sms.v20210111 import models

    try:
        number = read(one.to).e164
    except NumberError:
        return
    span = (one.sent_at - timedelta(minutes=1), min(now, one.sent_at + SPAN))
    states = models.PullSmsSendStatusByPhoneNumberRequest()
    for row in _pages(client.PullSmsSendStatusByPhoneNumber, states, app, number, span):
        mine = row.SessionContext == one.message_id or (one.provider_ref and row.SerialNo == one.provider_ref)
        if mine:
            yield _of_status(row, one)
    replies = models.PullSmsReplyStatusByPhoneNumberRequest()
    for row in _pages(client.PullSmsReplyStatusByPhoneNumber, replies, app, number, span):
        yield _reply(row.ReplyContent, row.ReplyTime, number.lstrip("+"))


def _pages(
    call: Callable[[Any], Any], request: Any, app: str, number: str, span: tuple[datetime, datetime]
) -> Iterator[Any]:
    request.SmsSdkAppId, request.PhoneNumber = app, number
    request.BeginTime, request.EndTime = (int(at.timestamp()) for at in span)
    request.Limit = PAGE_SIZE
    for page in range(PAGES_MAX):
        request.Offset = page * PAGE_SIZE
        try:
            answer = call(request)
        except Exception as error:
            if _outcome(_code_of(error)) in (FIX, NEVER_AGAIN):
                return  # it is about this one question alone
            raise _closed(error) from error
        rows = getattr(answer, "PullSmsSendStatusSet", None) or getattr(answer, "PullSmsReplyStatusSet", None)
        yield from rows or []
        if not rows or len(rows) < PAGE_SIZE:
            return


def _of_status(row: Any, one: Asked) -> Receipt:
    arrived = row.ReportStatus == "SUCCESS"
    said = str(row.Description or "")
    return Receipt(
        ReceiptKind.DELIVERED if arrived else ReceiptKind.FAILED,
        datetime.fromtimestamp(int(row.UserReceiveTime), UTC),
        message_id=one.message_id,
        provider_ref=str(row.SerialNo or ""),
        code="DELIVRD" if arrived else said[: outcomes.CODE_MAX],
        detail=said[: outcomes.DETAIL_MAX],
        refusal=None if arrived else RECEIPT_CODES.get(said),
    )


def _reply(words: str, seconds: Any, address: str) -> Receipt:
    at = datetime.fromtimestamp(int(seconds), UTC)
    # Tencent numbers no answers: the same words at the same second are the same one.
    key = hashlib.sha256(f"{address}\n{seconds}\n{words}".encode()).hexdigest()[:32]
    return Receipt(kind_of(words), at, key=key, detail=words, address=address)


def probe(settings: Settings) -> None:
    """Ask how much was sent in the last hour: the answer shows that the keys open the door."""
    from tencentcloud.sms.v20210111 import models

    request = models.SendStatusStatisticsRequest()
    local = clock.now().astimezone(fields.BEIJING)
    request.SmsSdkAppId, request.Limit, request.Offset = settings["sdk_app_id"], 0, 0
    request.BeginTime = (local - timedelta(hours=1)).strftime("%Y%m%d%H")
    request.EndTime = local.strftime("%Y%m%d%H")
    try:
        _client(settings).SendStatusStatistics(request)
    except Exception as error:
        raise _closed(error) from error


def _closed(error: Exception) -> ChannelDownError:
    """Why it cannot be asked: stopped where a person must see to it, else down for a while."""
    code = _code_of(error)
    kind = AccountStoppedError if _outcome(code) is STOP else ChannelDownError
    return kind(code or network.lost(error))


def receive(_settings: Settings, inbound: Inbound) -> Received:
    """Read status callbacks, which come as a list, and answers of customers, one by one.

    Raises ValueError for what is neither.
    """
    told = orjson.loads(inbound.body)
    if isinstance(told, dict) and "text" in told and told.get("mobile"):
        address = f"{told.get('nationcode') or CHINA}{told['mobile']}"
        receipts = [_reply(str(told["text"]), told.get("time") or clock.now().timestamp(), address)]
    elif isinstance(told, list) and all(isinstance(item, dict) and "sid" in item for item in told):
        receipts = [_of_callback(item) for item in told]
    else:
        raise ValueError("neither a status nor an answer")
    return Received(receipts, Answer(200, b'{"result":0,"errmsg":"OK"}', "application/json"))


def _of_callback(item: dict[str, Any]) -> Receipt:
    arrived, code = item.get("report_status") == "SUCCESS", str(item.get("errmsg") or "")
    return Receipt(
        ReceiptKind.DELIVERED if arrived else ReceiptKind.FAILED,
        fields.beijing(str(item.get("user_receive_time") or "")) or clock.now(),
        message_id=str(item.get("ext") or ""),
        provider_ref=str(item["sid"]),
        code=code[: outcomes.CODE_MAX],
        detail=str(item.get("description") or "")[: outcomes.DETAIL_MAX],
        refusal=None if arrived else RECEIPT_CODES.get(code),
    )


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot be."""
    problems = fields.check_common(settings, FIELDS)
    if not settings.get("sdk_app_id", "").isdecimal():
        problems["sdk_app_id"] = "not_a_number"
    fields.raise_problems(problems)


def open_session(settings: Settings) -> Session:
    """Calls with the settings of an account; nothing is connected yet."""
    return TencentSession(settings)


TENCENT = Provider(
    code="sms.tencent",
    label=_("Tencent Cloud SMS"),
    contract=NUMBERED,
    fields=FIELDS,
    open=open_session,
    receive=receive,
    pull=pull,
    check=check,
    probe=probe,
)
