"""What WeCom and WeChat have in common: access tokens, sealed requests, what a lost connection means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from xml.parsers.expat import ExpatError

import requests
import urllib3
import xmltodict
from wechatpy.client.base import BaseWeChatClient
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException, WeChatClientException
from wechatpy.utils import WeChatSigner

from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Fate,
    Inbound,
    Refusal,
    Reply,
    SignatureError,
)

TIMEOUT_SECONDS = 15
DETAIL_MAX = 300
KEY_LENGTH = 43
# A token is renewed so long before it ends, so that none ends on its way.
SPARE_SECONDS = 120
# The token is not the valid one: take another and ask once more. Nothing was done.
STALE = frozenset({40001, 40014, 42001})
# The provider, not the message, is the trouble.
BUSY = frozenset({-1, 45009, 45011, 45033})


class Tokens:
    """Access tokens of this process, each for as long as its provider says."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, float]] = {}

    def get(self, name: str, fetch: Callable[[], tuple[str, float]]) -> str:
        """The token called `name`; `fetch` gives another and how many seconds it is valid."""
        with self._lock:
            token, until = self._known.get(name, ("", 0.0))
            if not token or time.monotonic() >= until:
                token, seconds = fetch()
                self._known[name] = (token, time.monotonic() + max(0.0, seconds - SPARE_SECONDS))
            return token

    def drop(self, name: str, token: str) -> None:
        """Forget a token that the provider did not want, unless there is another already."""
        with self._lock:
            if self._known.get(name, ("", 0.0))[0] == token:
                del self._known[name]


TOKENS = Tokens()


class Client(BaseWeChatClient):
    """A client of wechatpy whose tokens last longer than itself, with a time limit on every call."""

    def __init__(self, *, identity: str, secret: str, base_url: str) -> None:
        self.API_BASE_URL = base_url.rstrip("/") + "/"
        self.identity, self.secret = identity, secret
        digest = hashlib.sha256(f"{self.API_BASE_URL}\0{identity}\0{secret}".encode()).hexdigest()
        self.token_name = f"{type(self).__name__}:{digest}"
        super().__init__(identity, timeout=TIMEOUT_SECONDS, auto_retry=False)

    @property
    def access_token(self) -> str:
        """The token that counts, fetched where there is none; ChannelDownError, AccountStoppedError."""
        return TOKENS.get(self.token_name, self._fetch)

    def _fetch(self) -> tuple[str, float]:
        try:
            answer = self.ask_for_token()
            said = answer.json()
        except (requests.RequestException, ValueError) as error:
            # Not "from error": its words hold the address that was called, and with it the secret.
            raise ChannelDownError(type(error).__name__) from None
        code = int(said.get("errcode", 0))
        if code in BUSY:
            raise ChannelDownError(f"{code}")
        if code or "access_token" not in said:
            raise AccountStoppedError(f"{code} {said.get('errmsg', '')}"[:DETAIL_MAX])
        return str(said["access_token"]), float(said.get("expires_in", 7200))

    def ask_for_token(self) -> requests.Response:
        """The provider's answer to a request for a token."""
        raise NotImplementedError

    def call(self, endpoint: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a POST; a token that is no longer valid is renewed once.

        Raises WeChatClientException for an error code and for an answer that is not JSON (code None),
        requests.RequestException where the connection fails.
        """
        for attempt in (1, 2):
            token = self.access_token
            try:
                said = self.post(endpoint, params={"access_token": token}, data=dict(data))
            except WeChatClientException as error:
                if error.errcode not in STALE or attempt == 2:
                    raise
                TOKENS.drop(self.token_name, token)
                continue
            if not isinstance(said, dict):
                raise WeChatClientException(None, "not JSON", client=self, response=said)
            return said
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the connection; never raises."""
        self._http.close()


def never_left(error: requests.RequestException) -> bool:
    """Whether the request certainly did not reach the provider: there was no connection, or not theirs."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)
    if isinstance(reason, urllib3.exceptions.SSLError):
        # Other trouble with the seal may come after the request has gone.
        return any(isinstance(one, ssl.SSLCertVerificationError) for one in reason.args)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def lost(error: requests.RequestException) -> Reply:
    """The reply where the connection failed; raises ChannelDownError where nothing was taken."""
    if never_left(error):
        raise ChannelDownError(type(error).__name__) from None
    return Reply(Fate.UNKNOWN, "lost", type(error).__name__)


def refused(error: WeChatClientException, table: Mapping[int, Refusal | int]) -> Reply:
    """What an error code means; `table` has the refusal, or for how many minutes to wait, of each.

    Raises ChannelDownError where the provider asks everybody to wait, AccountStoppedError where it does not
    let the account in: it says itself that it has taken nothing. An answer without a code says nothing.
    """
    if error.errcode is None:
        return Reply(Fate.UNKNOWN, "no_answer", str(getattr(error.response, "status_code", "")))
    code, detail = int(error.errcode), str(error.errmsg)[:DETAIL_MAX]
    if code in BUSY:
        raise ChannelDownError(f"{code} {detail}")
    meaning = table.get(code, Refusal.FIX)
    if isinstance(meaning, int):
        return Reply(Fate.LATER, str(code), detail, Refusal.SLOW_DOWN, wait_minutes=meaning)
    if meaning is Refusal.STOP:
        raise AccountStoppedError(f"{code} {detail}")
    return Reply(Fate.REFUSED, str(code), detail, meaning)


def is_key(text: str) -> bool:
    """Whether it can be an EncodingAESKey: 43 letters and digits."""
    return len(text) == KEY_LENGTH and text.isascii() and text.isalnum()


def check(said: str, *parts: str) -> None:
    """Raise SignatureError unless `said` is the signature of these parts, the token first: SHA-1 in order."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    # Whoever knows no token could sign with none.
    if not parts[0] or not hmac.compare_digest(signer.signature.encode(), said.encode()):
        raise SignatureError("signature")


def opened(sealed: str, *, key: str, receiver: str) -> str:
    """What was sealed for `receiver`; raises SignatureError where it is not for us."""
    try:
        return str(PrpCrypto(base64.b64decode(key + "=")).decrypt(sealed, receiver))
    except InvalidAppIdException as error:
        raise SignatureError("receiver") from error
    except Exception as error:  # the library lets through whatever its parts raise
        raise SignatureError("seal") from error


def tree(xml: str | bytes) -> dict[str, str]:
    """The elements of a request, by name; raises ValueError for what is no such XML."""
    try:
        found = xmltodict.parse(xml)["xml"]
    except (ExpatError, KeyError, TypeError, ValueError) as error:
        raise ValueError("not the XML that was expected") from error
    if not isinstance(found, dict):
        raise ValueError("not the XML that was expected")
    return {name: value if isinstance(value, str) else "" for name, value in found.items()}


def sealed_tree(inbound: Inbound, *, token: str, key: str, receiver: str) -> dict[str, str]:
    """The elements of a sealed request; raises SignatureError, ValueError."""
    sealed = tree(inbound.body).get("Encrypt", "")
    query = inbound.query
    check(query.get("msg_signature", ""), token, query.get("timestamp", ""), query.get("nonce", ""), sealed)
    return tree(opened(sealed, key=key, receiver=receiver))


def event_key(*parts: str) -> str:
    """How an event that has no number is called; it names nobody."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
