"""Mail providers on this machine, which hold whoever calls them to what their documents ask."""

from __future__ import annotations

import base64
import json
import re
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

KEY, SECRET = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0", "s3cret-of-mailjet"
HANG, CUT, HANG_UP = "hang", "cut", "hang up"


class BreachError(Exception):
    """A request that the provider's documents do not allow; the answer that it gives."""

    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.answer = (status, body, headers or {})


class Peer(ThreadingHTTPServer):
    """One provider; `taken` are the messages that it took, `next` what it does with the next requests.

    Something to do is a status, a body and headers, or HANG (no answer),
    CUT (it ends in the middle), HANG_UP.
    """

    daemon_threads = True
    path, ok, ref = "/", 200, ""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken, self.next, self.seen, self.connections = [], [], [], 0
        self.released = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}{self.root}"

    def stop(self):
        self.released.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, request, client_address):
        """Whoever hangs up on us is no trouble."""

    def find(self, path, asked):
        """What the provider finds of messages that it took."""
        raise BreachError(404, {"message": "no such address"})

    def answer(self, request):
        """The answer to a request: what the provider says to a right one, after it has looked at it."""
        if request.path != self.path:
            raise BreachError(404, {"message": "no such address"})
        self.authorize(request)
        self.taken.append(self.read(request))
        return self.ok, self.receipt(), {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections += 1

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self)
        todo = self.server.next.pop(0) if self.server.next else None
        if todo == HANG:
            self.server.released.wait()
        if todo in (HANG, HANG_UP):
            self.close_connection = True
            return
        if isinstance(todo, tuple):
            self.say(*todo)
            return
        try:
            self.say(*self.server.answer(self), cut=todo == CUT)
        except BreachError as error:
            self.say(*error.answer)

    def do_GET(self):
        self.server.seen.append(self)
        todo = self.server.next.pop(0) if self.server.next else None
        if todo:
            self.say(*todo)
            return
        try:
            self.server.authorize(self)
            place = urlsplit(self.path)
            self.say(200, self.server.find(place.path, dict(parse_qsl(place.query))))
        except BreachError as error:
            self.say(*error.answer)

    def say(self, status, body, headers=None, cut=False):
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(content) + 10 if cut else len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = cut or self.close_connection

    def log_message(self, *_args):
        """Say nothing."""


def body_json(request):
    if request.headers["Content-Type"].partition(";")[0] != "application/json":
        raise BreachError(415, {"message": "JSON, please"})
    return json.loads(request.body)


def basic(request):
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return tuple(base64.b64decode(given).decode().split(":", 1)) if kind == "Basic" else ("", "")


def need(condition, status, body):
    if not condition:
        raise BreachError(status, body)


ADDRESS = re.compile(r"[^@\s]+@[a-z0-9-]+(\.[a-z0-9-]+)+")


class Postmark(Peer):
    root, path, ref = "/", "/email", "0a129aee-e1cd-480d-b08d-4f48548ff48d"
    wrong_address = (422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'nobody'."})
    wrong_text = (422, {"ErrorCode": 300, "Message": "Invalid 'ReplyTo' address: 'nobody'."})
    no_money = (422, {"ErrorCode": 405, "Message": "Not allowed to send: you ran out of credits."})
    settings = {"server_token": KEY, "message_stream": "broadcast"}

    def authorize(self, request):
        token = request.headers.get("X-Postmark-Server-Token")
        need(token == KEY, 401, {"ErrorCode": 10, "Message": "Bad or missing Server API token."})
        need("application/json" in request.headers["Accept"], 406, {"ErrorCode": 0, "Message": "Accept"})

    def read(self, request):
        said = body_json(request)
        for name in ("From", "To", "TextBody"):
            need(said.get(name), 422, {"ErrorCode": 300, "Message": f"Missing '{name}'."})
        metadata = said.get("Metadata", {})
        need(
            all(len(name) <= 20 and len(value) <= 80 for name, value in metadata.items()),
            422,
            {"ErrorCode": 300, "Message": "Invalid metadata content."},
        )
        headers = {one["Name"]: one["Value"] for one in said["Headers"]}
        need(headers.pop("X-PM-KeepID", "") == "true", 422, {"ErrorCode": 300, "Message": "test"})
        need(said["MessageStream"] == "broadcast", 422, {"ErrorCode": 1235, "Message": "No such stream"})
        return _message(
            said["From"], said["To"], said["Subject"], said["TextBody"], said["HtmlBody"], headers, metadata
        )

    def receipt(self):
        return {
            "To": self.taken[-1]["to"],
            "SubmittedAt": "2014-02-17T07:25:01.4178645-05:00",
            "MessageID": self.ref,
            "ErrorCode": 0,
            "Message": "OK",
        }

    def find(self, path, asked):
        need(path == "/messages/outbound" and asked["count"] and asked["offset"], 422, {"ErrorCode": 700})
        found = [
            {"MessageID": self.ref, "ReceivedAt": "2026-11-23T03:59:01.123-05:00", "Metadata": mail["kept"]}
            for mail in self.taken
            if mail["to"] == asked["recipient"]
        ]
        return {"TotalCount": len(found), "Messages": found}


class SendGrid(Peer):
    root, path, ok, ref = "/v3/", "/v3/mail/send", 202, "14c5d75ce93.dfd.64b469"
    wrong_address = (
        400,
        {
            "errors": [
                {
                    "message": "Does not contain a valid address.",
                    "field": "personalizations.0.to.0.email",
                    "help": "http://sendgrid.com/docs/API_Reference/errors.html#message.personalizations.to",
                }
            ]
        },
    )
    wrong_text = (
        400,
        {"errors": [{"message": "The subject is required.", "field": "subject", "help": None}]},
    )
    no_money = (401, {"errors": [{"message": "Maximum credits exceeded", "field": None, "help": None}]})
    settings = {"api_key": KEY}
    # "You can't set these headers", docs of the Mail Send endpoint.
    RESERVED = frozenset(
        (
            "x-sg-id",
            "x-sg-eid",
            "received",
            "dkim-signature",
            "content-type",
            "content-transfer-encoding",
            "to",
            "from",
            "subject",
            "reply-to",
            "cc",
            "bcc",
        )
    )

    def authorize(self, request):
        error = {"message": "The provided authorization grant is invalid, expired, or revoked"}
        need(request.headers.get("Authorization") == f"Bearer {KEY}", 401, {"errors": [error]})

    def read(self, request):
        said = body_json(request)
        (one,) = said["personalizations"]
        headers = said.get("headers", {})
        kinds = [part["type"] for part in said["content"]]
        error = {"errors": [{"message": "Bad Request", "field": "content", "help": None}]}
        need(kinds == ["text/plain", "text/html"] and said["from"]["email"], 400, error)
        need(not {name.lower() for name in headers} & self.RESERVED, 400, error)
        args = said.get("custom_args", {})
        need(all(isinstance(value, str) for value in args.values()), 400, error)
        need(ADDRESS.fullmatch(one["to"][0]["email"]), *self.wrong_address)
        text, html = (part["value"] for part in said["content"])
        sender = f"{said['from'].get('name', '')} <{said['from']['email']}>"
        return _message(sender, one["to"][0]["email"], said["subject"], text, html, headers, args)

    def answer(self, request):
        super().answer(request)
        return 202, "", {"X-Message-Id": self.ref}

    def receipt(self):
        return ""


class Mailgun(Peer):
    root, path = "/v3/", "/v3/shop.example/messages"
    ref = "<20111114174239.25659.5817@samples.mailgun.org>"
    wrong_address = (400, {"message": "'to' parameter is not a valid address. please check documentation"})
    wrong_text = (400, {"message": "'from' parameter is missing"})
    no_money = (402, {"message": "Request failed"})
    settings = {"api_key": KEY}

    def authorize(self, request):
        need(basic(request) == ("api", KEY), 401, "Forbidden")

    def read(self, request):
        kind = request.headers["Content-Type"]
        if kind.startswith("multipart/form-data"):
            mime = message_from_bytes(
                f"Content-Type: {kind}\r\n\r\n".encode() + request.body, policy=policy.HTTP
            )
            said = {
                part.get_param("name", header="content-disposition"): part.get_payload(decode=True).decode()
                for part in mime.iter_parts()
            }
        else:
            said = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        need(said.get("from"), *self.wrong_text)
        need(ADDRESS.search(said.get("to", "")), *self.wrong_address)
        headers = {name[2:]: value for name, value in said.items() if name.startswith("h:")}
        kept = {name[2:]: value for name, value in said.items() if name.startswith("v:")}
        return _message(said["from"], said["to"], said["subject"], said["text"], said["html"], headers, kept)

    def receipt(self):
        return {"id": self.ref, "message": "Queued. Thank you."}

    def find(self, path, asked):
        need(path == "/v3/shop.example/events" and asked["ascending"] == "yes", 400, {"message": "bad"})
        return {
            "items": [
                {
                    "event": kind,
                    "id": "Ase7i2zsRYeDXztHGENqRA",
                    "timestamp": 1795406341.5,
                    "message": {"headers": {"message-id": self.ref.strip("<>")}},
                    "user-variables": mail["kept"],
                }
                for mail in self.taken
                if mail["headers"]["message-id"] == f"<{asked['message-id']}>"
                for kind in ("accepted", "delivered")
            ],
            "paging": {},
        }


class SparkPost(Peer):
    root, path, ref = "/api/v1/", "/api/v1/transmissions/", "11668787484950529"
    wrong_address = (
        200,
        {"results": {"total_rejected_recipients": 1, "total_accepted_recipients": 0, "id": "1166"}},
    )
    wrong_text = (422, {"errors": [{"message": "required field is missing", "code": "1400"}]})
    no_money = (400, {"errors": [{"message": "Unconfigured Sending Domain <shop.example>", "code": "7001"}]})
    settings = {"api_key": KEY}

    def authorize(self, request):
        need(request.headers.get("Authorization") == KEY, 401, {"errors": [{"message": "Unauthorized."}]})

    def read(self, request):
        said = body_json(request)
        content, (recipient,) = said["content"], said["recipients"]
        need(content.get("from") and content.get("subject"), *self.wrong_text)
        address, headers = recipient["address"], content.get("headers", {})
        sender = content["from"]
        sender = sender if isinstance(sender, str) else f"{sender.get('name', '')} <{sender['email']}>"
        return _message(
            sender,
            address["email"],
            content["subject"],
            content["text"],
            content["html"],
            headers,
            said["metadata"],
        )

    def receipt(self):
        return {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": self.ref}}

    def find(self, path, asked):
        need(path == "/api/v1/events/message" and asked["from"].endswith("Z"), 400, {"errors": []})
        return {
            "results": [
                {
                    "type": kind,
                    "event_id": f"9235692769381385{len(kind)}",
                    "timestamp": "2026-11-23T03:59:01.000Z",
                    "transmission_id": self.ref,
                    "rcpt_meta": mail["kept"],
                }
                for mail in self.taken
                if mail["to"] == asked["recipients"]
                for kind in ("injection", "delivery")
            ],
            "total_count": 2 * len(self.taken),
        }


class Brevo(Peer):
    root, path, ok, ref = "/v3/", "/v3/smtp/email", 201, "<201798300811.5787683@relay.domain.com>"
    wrong_address = (400, {"code": "invalid_parameter", "message": "email is not valid in to"})
    wrong_text = (400, {"code": "missing_parameter", "message": "subject is missing"})
    no_money = (402, {"code": "not_enough_credits", "message": "You do not have enough credits"})
    settings = {"api_key": KEY}

    def authorize(self, request):
        right = request.headers.get("api-key") == KEY
        need(right, 401, {"message": "Key not found", "code": "unauthorized"})

    def read(self, request):
        said = body_json(request)
        need(said.get("sender", {}).get("email") and said.get("subject"), *self.wrong_text)
        need(said.get("htmlContent") or said.get("textContent"), *self.wrong_text)
        headers = dict(said.get("headers", {}))
        kept = json.loads(headers.pop("X-Mailin-custom", "{}"))
        sender = f"{said['sender'].get('name', '')} <{said['sender']['email']}>"
        return _message(
            sender,
            said["to"][0]["email"],
            said["subject"],
            said["textContent"],
            said["htmlContent"],
            headers,
            kept,
        )

    def receipt(self):
        return {"messageId": self.ref}


class Mailjet(Peer):
    root, path, ref = "/v3.1/", "/v3.1/send", "70650219165027410"
    settings = {"api_key": KEY, "secret_key": SECRET}
    no_money = (403, {"ErrorIdentifier": "x", "StatusCode": 403, "ErrorMessage": "Account suspended"})

    @staticmethod
    def _error(code, about, text):
        error = {
            "ErrorIdentifier": "f987008f-251a-4dff-8ffc-40f1583ad7bc",
            "ErrorCode": code,
            "StatusCode": 400,
            "ErrorMessage": text,
            "ErrorRelatedTo": [about],
        }
        return (400, {"Messages": [{"Status": "error", "Errors": [error]}]})

    @property
    def wrong_address(self):
        return self._error("mj-0013", "To[0].Email", '"nobody" is an invalid email address.')

    @property
    def wrong_text(self):
        return self._error("send-0003", "TextPart", "At least HTMLPart, TextPart or TemplateID.")

    def authorize(self, request):
        text = "API key authentication/authorization failure."
        need(basic(request) == (KEY, SECRET), 401, {"StatusCode": 401, "ErrorMessage": text})

    def read(self, request):
        said = body_json(request)
        (message,) = said["Messages"]
        message = {**said.get("Globals", {}), **message}
        kept = json.loads(message.get("EventPayload", "{}"))
        need(ADDRESS.fullmatch(message["To"][0]["Email"]), *self.wrong_address)
        sender = f"{message['From'].get('Name', '')} <{message['From']['Email']}>"
        return _message(
            sender,
            message["To"][0]["Email"],
            message["Subject"],
            message["TextPart"],
            message["HTMLPart"],
            message.get("Headers", {}),
            kept,
        )

    def receipt(self):
        to = {
            "Email": self.taken[-1]["to"],
            "MessageUUID": "cb927469-36fd-4c02-bce4-0d199929a207",
            "MessageID": int(self.ref),
            "MessageHref": f"https://api.mailjet.com/v3/REST/message/{self.ref}",
        }
        return {"Messages": [{"Status": "success", "CustomID": "", "To": [to], "Cc": [], "Bcc": []}]}


class Resend(Peer):
    root, path, ref = "/", "/emails", "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"
    wrong_address = (
        422,
        {
            "statusCode": 422,
            "name": "validation_error",
            "message": "Invalid `to` field. It needs to follow the `email@example.com` format.",
        },
    )
    wrong_text = (
        422,
        {"statusCode": 422, "name": "missing_required_field", "message": "Missing `subject` field."},
    )
    no_money = (
        429,
        {"statusCode": 429, "name": "monthly_quota_exceeded", "message": "You have reached your quota."},
    )
    settings = {"api_key": KEY}

    def authorize(self, request):
        right = request.headers.get("Authorization") == f"Bearer {KEY}"
        need(right, 401, {"statusCode": 401, "name": "missing_api_key", "message": "Missing API Key"})

    def read(self, request):
        said = body_json(request)
        need(said.get("subject") and said.get("from"), *self.wrong_text)
        need(ADDRESS.search(said["to"][0]), *self.wrong_address)
        tags = {one["name"]: one["value"] for one in said.get("tags", ())}
        need(
            all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", part) for one in tags.items() for part in one),
            422,
            {"statusCode": 422, "name": "validation_error", "message": "Tags should only contain ASCII"},
        )
        need(1 <= len(request.headers["Idempotency-Key"]) <= 256, *self.wrong_text)
        headers = dict(said.get("headers", {}))
        assert json.loads(headers.pop("X-Metadata")) == tags
        return _message(
            said["from"], said["to"][0], said["subject"], said["text"], said["html"], headers, tags
        )

    def receipt(self):
        return {"id": self.ref}


def _message(sender, to, subject, text, html, headers, kept):
    return {
        "from": sender,
        "to": to,
        "subject": subject,
        "text": text,
        "html": html,
        "headers": {name.lower(): value for name, value in headers.items()},
        "kept": kept,
    }


PEERS = {
    "postmark": Postmark,
    "sendgrid": SendGrid,
    "mailgun": Mailgun,
    "sparkpost": SparkPost,
    "brevo": Brevo,
    "mailjet": Mailjet,
    "resend": Resend,
}
