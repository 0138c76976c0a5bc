"""Providers of text messages on this machine, which keep to what their documents say.

Each checks the signature of a request by its own arithmetic, then the parameters, and answers with the codes
of its documents. `plan` says what to do with the next requests that send: a code to refuse with, an HTTP
status, CUT (take the message, hang up without a word), DROP (hang up without taking it), HANG (take it and
say nothing while the test runs) or GARBAGE.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
import socket
import threading
import uuid
from collections import deque
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

from keepwell.foundation import clock

CUT, DROP, HANG, GARBAGE = "cut", "drop", "hang", "garbage"
BEIJING = ZoneInfo("Asia/Shanghai")
MOBILE = re.compile(r"1[3-9]\d{9}")


class Refused(Exception):  # noqa: N818
    """What the documents refuse."""

    def __init__(self, code, status=200):
        super().__init__(code)
        self.code, self.status = code, status


class Peer:
    """A provider; a context manager."""

    def __init__(self):
        self.plan = deque()
        self.calls = []
        self.taken = []
        self.refusals = []
        self.released = threading.Event()
        self.open = set()
        self.unasked = deque()  # codes that the next questions are refused with

    def __enter__(self):
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                peer.open.add(self.connection)

            def finish(self):
                peer.open.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def log_message(self, *_words):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                peer.handle(self, self.command, self.path, dict(self.headers.items()), body)

            do_GET = do_POST  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_error):
        self.released.set()
        self._server.shutdown()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    def handle(self, handler, method, path, headers, body):
        headers = {name.lower(): value for name, value in headers.items()}
        try:
            action, params = self.authorised(method, path, headers, body)
            self.calls.append((action, params))
            if action != self.SENDING and self.unasked:
                code = self.unasked.popleft()
                raise Refused(code, self.STATUS_OF_CODE(code))
            if action != self.SENDING:
                return self.answer(handler, 200, self.ask(action, params))
            step = self.plan.popleft() if self.plan else ""
            if step == DROP:
                return self.hang_up(handler)
            if step == GARBAGE:
                return self.write(handler, 200, b"<html>busy</html>", "text/html")
            if isinstance(step, int):
                return self.answer(handler, step, self.error(f"Http{step}", step))
            if step and step not in (CUT, HANG):
                raise Refused(step, self.STATUS_OF_CODE(step))
            made = self.take(params)
            if step == HANG:
                self.released.wait(30)
            if step:
                return self.hang_up(handler)
            return self.answer(handler, self.CREATED, made)
        except Refused as error:
            self.refusals.append(error.code)
            return self.answer(handler, error.status, self.error(error.code, error.status))

    CREATED = 200
    SENDING = ""

    @staticmethod
    def STATUS_OF_CODE(_code):
        return 200

    def hang_up(self, handler):
        handler.close_connection = True
        handler.connection.close()

    def answer(self, handler, status, document):
        self.write(handler, status, json.dumps(document).encode(), "application/json")

    def write(self, handler, status, body, content_type):
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def hmac256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Aliyun(Peer):
    """Dysmsapi 2017-05-25 behind the gateway's signature version 3."""

    SENDING = "SendSms"
    KEY, SECRET, SIGN = "LTAI5tKeepwell", "aliyun-secret", "莲花茶舍"
    # code -> (kind, variables); kinds: 0 code, 1 notice, 2 promotion, 3 international
    TEMPLATES = {
        "SMS_1001": (1, ("name", "date")),
        "SMS_2001": (2, ("name",)),
        "SMS_3001": (3, ("name",)),
        "SMS_2002": (2, ()),
    }
    SIGNED = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"}
    GATEWAY = ("SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound", "Throttling", "ServiceUnavailable")

    def __init__(self):
        super().__init__()
        self._nonces = set()

    @staticmethod
    def STATUS_OF_CODE(code):
        if code.startswith("ServiceUnavailable"):
            return 503
        return 400 if code.startswith(Aliyun.GATEWAY) else 200

    def authorised(self, method, path, headers, body):
        found = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
            headers.get("authorization", ""),
        )
        if not found:
            raise Refused("IncompleteSignature", 400)
        key, names, signature = found.groups()
        signed = names.split(";")
        if key != self.KEY:
            raise Refused("InvalidAccessKeyId.NotFound", 404)
        if not set(signed) >= self.SIGNED or headers["x-acs-content-sha256"] != sha256(body):
            raise Refused("IncompleteSignature", 400)
        parts = urlsplit(path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(params.items()))
        canonical = "\n".join(
            (
                method,
                parts.path or "/",
                query,
                "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
                names,
                sha256(body),
            )
        )
        expected = hmac256(self.SECRET.encode(), "ACS3-HMAC-SHA256\n" + sha256(canonical.encode())).hex()
        if not hmac.compare_digest(expected, signature):
            raise Refused("SignatureDoesNotMatch", 400)
        at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(clock.now() - at) > timedelta(minutes=15):
            raise Refused("InvalidTimeStamp.Expired", 400)
        nonce = headers["x-acs-signature-nonce"]
        if nonce in self._nonces:
            raise Refused("SignatureNonceUsed", 400)
        self._nonces.add(nonce)
        if headers["x-acs-version"] != "2017-05-25":
            raise Refused("InvalidVersion", 400)
        return headers["x-acs-action"], params

    def take(self, params):
        numbers = params.get("PhoneNumbers", "").split(",")
        if len(numbers) > 1_000:
            raise Refused("isv.MOBILE_COUNT_OVER_LIMIT")
        if params.get("SignName") != self.SIGN:
            raise Refused("isv.SMS_SIGNATURE_ILLEGAL")
        kind, variables = self.TEMPLATES.get(params.get("TemplateCode"), (None, ()))
        if kind is None:
            raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
        self._values(params.get("TemplateParam"), variables)
        for number in numbers:
            self._number(number, kind)
        ref = f"{uuid.uuid4().int % 10**15}^0"
        now = clock.now().astimezone(BEIJING)
        for number in numbers:
            self.taken.append(
                {"number": number, "ref": ref, "at": now, "out_id": params.get("OutId", ""), "state": 1}
                | {"template": params["TemplateCode"], "code": "", "params": params.get("TemplateParam")}
            )
        return {"Code": "OK", "Message": "OK", "BizId": ref, "RequestId": str(uuid.uuid4())}

    def _values(self, given, variables):
        try:
            values = json.loads(given) if given else {}
        except ValueError:
            raise Refused("isv.INVALID_JSON_PARAM") from None
        if any(name not in values for name in variables):
            raise Refused("isv.TEMPLATE_MISSING_PARAMETERS")
        for value in values.values():
            if not isinstance(value, str):
                raise Refused("isv.INVALID_JSON_PARAM")
            if len(value) > 35:
                raise Refused("isv.PARAM_LENGTH_LIMIT")
            if "http" in value:
                raise Refused("isv.PARAM_NOT_SUPPORT_URL")

    def _number(self, number, kind):
        bare = re.sub(r"^(\+86|0086|86|\+)(?=1[3-9]\d{9}$)", "", number)
        if MOBILE.fullmatch(bare):
            if kind == 3:
                raise Refused("isv.DOMESTIC_NUMBER_NOT_SUPPORTED")
        elif not re.fullmatch(r"[1-9]\d{7,14}", number) or kind != 3:
            raise Refused("isv.MOBILE_NUMBER_ILLEGAL")

    def ask(self, action, params):
        if action != "QuerySendDetails":
            raise Refused("InvalidAction.NotFound", 404)
        number, day = params.get("PhoneNumber", ""), params.get("SendDate", "")
        if not re.fullmatch(r"\d{8}", day) or not 1 <= int(params["PageSize"]) <= 50:
            raise Refused("isv.INVALID_PARAMETERS")
        size, page = int(params["PageSize"]), int(params["CurrentPage"])
        rows = [
            one
            for one in self.taken
            if one["number"] == number
            and one["at"].strftime("%Y%m%d") == day
            and params.get("BizId") in (None, one["ref"])
        ]
        shown = [
            {
                "PhoneNum": one["number"],
                "SendStatus": one["state"],
                "ErrCode": one["code"],
                "OutId": one["out_id"],
                "TemplateCode": one["template"],
                "SendDate": one["at"].strftime("%Y-%m-%d %H:%M:%S"),
                "ReceiveDate": one["at"].strftime("%Y-%m-%d %H:%M:%S") if one["state"] != 1 else None,
            }
            for one in rows[(page - 1) * size : page * size]
        ]
        return {
            "Code": "OK",
            "Message": "OK",
            "RequestId": str(uuid.uuid4()),
            "TotalCount": len(rows),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown},
        }

    def error(self, code, _status):
        return {"Code": code, "Message": f"refused: {code}", "RequestId": str(uuid.uuid4())}


class Tencent(Peer):
    """sms 2021-01-11 behind TC3-HMAC-SHA256."""

    SENDING = "SendSms"
    KEY, SECRET = "AKIDkeepwell", "tencent-secret"
    SIGN, APP = "莲花茶舍", "1400006666"
    TEMPLATES = {"110": ("notice", 2), "210": ("promotion", 1), "310": ("international", 1)}

    def __init__(self):
        super().__init__()
        self.inside = deque()  # refusals of single numbers
        self.replies = []
        self.gives_context = True

    def authorised(self, method, path, headers, body):
        found = re.fullmatch(
            r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/(\w+)/tc3_request, "
            r"SignedHeaders=content-type;host, Signature=([0-9a-f]{64})",
            headers.get("authorization", ""),
        )
        if not found:
            raise Refused("AuthFailure.SignatureFailure")
        key, day, service, signature = found.groups()
        if key != self.KEY:
            raise Refused("AuthFailure.SecretIdNotFound")
        at = headers["x-tc-timestamp"]
        if abs(clock.now().timestamp() - int(at)) > 300:
            raise Refused("AuthFailure.SignatureExpire")
        canonical = "\n".join(
            (
                method,
                path,
                "",
                f"content-type:{headers['content-type']}\nhost:{headers['host']}\n",
                "content-type;host",
                sha256(body),
            )
        )
        scope = f"{day}/{service}/tc3_request"
        text = f"TC3-HMAC-SHA256\n{at}\n{scope}\n{sha256(canonical.encode())}"
        chain = hmac256(hmac256(hmac256(f"TC3{self.SECRET}".encode(), day), service), "tc3_request")
        if service != "sms" or not hmac.compare_digest(hmac256(chain, text).hex(), signature):
            raise Refused("AuthFailure.SignatureFailure")
        if headers["x-tc-version"] != "2021-01-11":
            raise Refused("NoSuchVersion")
        return headers["x-tc-action"], json.loads(body)

    def take(self, params):
        numbers = params.get("PhoneNumberSet") or []
        if not numbers:
            raise Refused("MissingParameter.EmptyPhoneNumberSet")
        if len(numbers) > 200:
            raise Refused("LimitExceeded.PhoneNumberCountLimit")
        if params.get("SmsSdkAppId") != self.APP:
            raise Refused("InvalidParameterValue.SdkAppIdNotExist")
        kind, count = self.TEMPLATES.get(params.get("TemplateId"), (None, 0))
        if kind is None:
            raise Refused("FailedOperation.TemplateUnapprovedOrNotExist")
        if kind != "international" and params.get("SignName") != self.SIGN:
            raise Refused("FailedOperation.SignatureIncorrectOrUnapproved")
        values = params.get("TemplateParamSet") or []
        if len(values) != count:
            raise Refused("FailedOperation.TemplateParamSetNotMatchApprovedTemplate")
        if any(len(value) > 6 for value in values):
            raise Refused("InvalidParameterValue.TemplateParameterLengthLimit")
        if len((params.get("SessionContext") or "").encode()) >= 512:
            raise Refused("InvalidParameter")
        statuses = [self._one(number, kind, params) for number in numbers]
        return {"Response": {"SendStatusSet": statuses, "RequestId": str(uuid.uuid4())}}

    def _one(self, number, kind, params):
        context = params.get("SessionContext") or ""
        shown = {"PhoneNumber": number, "SessionContext": context, "Fee": 0, "SerialNo": "", "IsoCode": "CN"}
        if not re.fullmatch(r"\+[1-9]\d{7,14}", number):
            return shown | {"Code": "InvalidParameterValue.IncorrectPhoneNumber", "Message": "no"}
        mainland = number.startswith("+86")
        if mainland and kind == "international":
            code = "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone"
            return shown | {"Code": code, "Message": "no"}
        if not mainland and kind != "international":
            code = "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"
            return shown | {"Code": code, "Message": "no"}
        if self.inside:
            return shown | {"Code": self.inside.popleft(), "Message": "no"}
        ref = f"5000:{uuid.uuid4().int % 10**12}"
        self.taken.append(
            {"number": number, "ref": ref, "context": context, "at": clock.now(), "report": None}
            | {"values": params.get("TemplateParamSet")}
        )
        return shown | {"Code": "Ok", "Message": "send success", "Fee": 1, "SerialNo": ref}

    def ask(self, action, params):
        if action == "SendStatusStatistics":
            hours = [params["BeginTime"], params["EndTime"]]
            if params["SmsSdkAppId"] != self.APP or not all(re.fullmatch(r"\d{10}", one) for one in hours):
                raise Refused("InvalidParameter")
            return {"Response": {"SendStatusStatistics": {"FeeCount": 0}, "RequestId": "r"}}
        begin, end = (datetime.fromtimestamp(params[name], UTC) for name in ("BeginTime", "EndTime"))
        if end < begin or not 1 <= params["Limit"] <= 100 or params["SmsSdkAppId"] != self.APP:
            raise Refused("InvalidParameter")
        cut = slice(params["Offset"], params["Offset"] + params["Limit"])
        number = params["PhoneNumber"]
        if action == "PullSmsSendStatusByPhoneNumber":
            rows = [one for one in self.taken if one["number"] == number and one["report"]]
            shown = [self._status(one) for one in rows][cut]
            return {"Response": {"PullSmsSendStatusSet": shown, "RequestId": "r"}}
        if action == "PullSmsReplyStatusByPhoneNumber":
            rows = [one for one in self.replies if one["PhoneNumber"] == number][cut]
            return {"Response": {"PullSmsReplyStatusSet": rows, "RequestId": "r"}}
        raise Refused("InvalidAction")

    def _status(self, one):
        state, words = one["report"]
        return {
            "UserReceiveTime": int(one["at"].timestamp()),
            "CountryCode": "86",
            "SubscriberNumber": one["number"][3:],
            "PhoneNumber": one["number"],
            "SerialNo": one["ref"],
            "ReportStatus": state,
            "Description": words,
            "SessionContext": one["context"] if self.gives_context else "",
        }

    def error(self, code, _status):
        return {"Response": {"Error": {"Code": code, "Message": code}, "RequestId": str(uuid.uuid4())}}


class Twilio(Peer):
    """Programmable Messaging, 2010-04-01, behind basic authentication; it calls back, signed."""

    SENDING = "create"
    CREATED = 201
    SID, TOKEN = "AC" + "0" * 31 + "1", "twilio-token"
    SENDERS = ("+14155550100", "MG" + "0" * 31 + "2")

    @staticmethod
    def STATUS_OF_CODE(code):
        return {"20429": 429, "20003": 401, "10001": 403}.get(code, 400)

    def authorised(self, method, path, headers, body):
        wanted = base64.b64encode(f"{self.SID}:{self.TOKEN}".encode()).decode()
        if headers.get("authorization") != f"Basic {wanted}":
            raise Refused("20003", 401)
        base = f"/2010-04-01/Accounts/{self.SID}/Messages"
        if method == "POST" and path == base + ".json":
            return "create", dict(parse_qsl(body.decode(), keep_blank_values=True))
        if method == "GET" and (found := re.fullmatch(re.escape(base) + r"/(SM\w{32})\.json", path)):
            return "fetch", {"sid": found[1]}
        if method == "GET" and path == f"/2010-04-01/Accounts/{self.SID}.json":
            return "account", {}
        raise Refused("20404", 404)

    def take(self, params):
        if not re.fullmatch(r"\+[1-9]\d{7,14}", params.get("To", "")):
            raise Refused("21211", 400)
        if params.get("From", params.get("MessagingServiceSid")) not in self.SENDERS:
            raise Refused("21606" if "From" in params else "21703", 400)
        if not params.get("Body"):
            raise Refused("21602", 400)
        if len(params["Body"]) > 1_600:
            raise Refused("21617", 400)
        gsm = params["Body"].isascii()
        single, joined = (160, 153) if gsm else (70, 67)
        length = len(params["Body"])
        self.taken.append(
            {
                "sid": "SM" + uuid.uuid4().hex,
                "to": params["To"],
                "body": params["Body"],
                "callback": params.get("StatusCallback", ""),
                "status": "queued",
                "error": None,
                "segments": 1 if length <= single else -(-length // joined),
            }
        )
        return self._shown(self.taken[-1])

    def ask(self, action, params):
        if action == "account":
            return {"sid": self.SID, "status": "active"}
        for one in self.taken:
            if one["sid"] == params["sid"]:
                return self._shown(one)
        raise Refused("20404", 404)

    def _shown(self, one):
        now = "Mon, 23 Nov 2026 04:00:00 +0000"
        return {
            "sid": one["sid"],
            "account_sid": self.SID,
            "to": one["to"],
            "body": one["body"],
            "status": one["status"],
            "error_code": one["error"],
            "error_message": None,
            "num_segments": str(one["segments"]),
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
        }

    def error(self, code, status):
        number = int(re.sub(r"\D", "", code) or 0)
        return {"code": number if number > 999 else None, "message": code, "more_info": "", "status": status}

    def signature(self, url, form):
        """As "Security" says: the address, then the fields by name, HMAC-SHA1 with the token."""
        text = url + "".join(name + form[name] for name in sorted(form))
        return base64.b64encode(hmac.new(self.TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
