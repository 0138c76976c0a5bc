"""A server on this machine that answers as a provider's documents say."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

CUT = object()  # hang up without an answer
SLOW = object()  # never answer while the test runs


class Loopback:
    """Subclasses say what is answered: `answer` gives a status and what becomes JSON, or bytes."""

    def __init__(self):
        self.over = threading.Event()
        self.calls = []
        self.keep_alive = True
        self.next_answers = {}  # path -> answers that come before the usual ones
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _do(self):
                split = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = dict(parse_qsl(split.query))
                said = json.loads(body) if body else {}
                outer.calls.append((split.path, said))
                waiting = outer.next_answers.get(split.path)
                first = waiting.pop(0) if waiting else None
                if callable(first):
                    first = first(query, said)
                answer = first or outer.answer(self.command, split.path, query, self.headers, said)
                if answer is SLOW:
                    outer.over.wait(30)
                    answer = CUT
                if answer is CUT:
                    self.close_connection = True
                    self.connection.close()
                    return
                status, content = answer
                raw = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                if not outer.keep_alive:
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = _do  # noqa: N815 - the library's names

            def log_message(self, *_args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, _request, _address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def to(self, ending):
        return [said for path, said in self.calls if path.endswith(ending)]

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
