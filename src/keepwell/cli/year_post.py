"""Who takes the messages of `keepwell year`: a system of the shop's own, on this machine, that says yes.

Messages go the whole way: queue, contact policy, signed hand-over (Standard Webhooks). What arrives here is
what the simulated customers get.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class PostOffice:
    """Takes signed messages on a port of 127.0.0.1 until it is closed; `arrived` are their numbers."""

    def __init__(self) -> None:
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.arrived: dict[str, int] = {}
        self.refused = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where messages are posted."""
        return f"http://127.0.0.1:{self._server.server_port}/messages"

    def __enter__(self) -> PostOffice:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, body: bytes, headers: dict[str, str]) -> bool:
        """Note a message; False where it is not signed with our secret."""
        from standardwebhooks import Webhook, WebhookVerificationError

        try:
            told = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            with self._lock:
                self.refused += 1
            return False
        if told.get("type") == "message.send":
            number = told["data"]["message_id"]
            with self._lock:
                self.arrived[number] = self.arrived.get(number, 0) + 1
        return True

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        office = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                taken = office.take(body, {name.lower(): value for name, value in self.headers.items()})
                said = json.dumps({"ref": self.headers.get("webhook-id", "")} if taken else {}).encode()
                self.send_response(200 if taken else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing: the queue keeps the record."""

        return Handler
