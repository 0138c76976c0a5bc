"""The moment between a connection that stands and the first byte of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Gate:
    """Shut before each message; the connection passes it once, when its first byte goes out."""

    def __init__(self) -> None:
        self._committing: Callable[[], None] | None = None
        self.passed = False

    def shut(self, committing: Callable[[], None]) -> None:
        """Wait for the next message."""
        self._committing, self.passed = committing, False

    def open(self) -> None:
        """Say that the message may be taken from now on."""
        if self._committing is not None and not self.passed:
            self._committing()
            self.passed = True


class GatedAdapter(HTTPAdapter):
    """Sends over connections that open the gate; never twice."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        super().__init__(pool_connections=2, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._gate)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Use our connections through a proxy too."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(self._gate)
        return manager


def _pools(gate: Gate) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def request(self, *args: Any, **kwargs: Any) -> None:
            _connected(self)
            gate.open()
            super().request(*args, **kwargs)

    class Secure(HTTPSConnection):
        def request(self, *args: Any, **kwargs: Any) -> None:
            _connected(self)
            gate.open()
            super().request(*args, **kwargs)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(connection: HTTPConnection) -> None:
    if connection.is_closed:
        connection.connect()
