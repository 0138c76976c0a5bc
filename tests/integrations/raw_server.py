"""A server that answers with exactly these bytes, in these parts, and hangs up."""

from __future__ import annotations

import contextlib
import socket
import threading
import time


@contextlib.contextmanager
def answering(*parts, pause=0.0):
    """Gives the port; every call gets `parts`, with so many seconds in between."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                caller, _address = listening.accept()
            except OSError:
                return
            with caller, contextlib.suppress(OSError):
                caller.recv(65_536)
                for part in parts:
                    caller.sendall(part)
                    time.sleep(pause)
                caller.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
