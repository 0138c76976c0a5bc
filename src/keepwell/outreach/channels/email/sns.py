"""Amazon SNS: whether a notification is Amazon's and of our own topic.

docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages": fields of the body, in a fixed
order, signed with the key of a certificate that lies at Amazon. Amazon signs everybody's topics with the same
keys, so the topic must be the one that is set.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from keepwell.outreach.channels.contracts import SignatureError

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
_HOST = re.compile(r"sns\.[a-z0-9-]{2,30}\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,80}\.pem")
_NOTIFIED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SUBSCRIBED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_HASHES: dict[str, HashAlgorithm] = {"1": SHA1(), "2": SHA256()}  # noqa: S303 - Amazon's first version
TIMEOUT_SECONDS = 10
CERTIFICATE_BYTES_MAX = 20_000

Fetch = Callable[[str], bytes]


def fetch(url: str) -> bytes:
    """What lies at an address of Amazon; raises httpx.HTTPError."""
    answer = httpx.get(url, timeout=TIMEOUT_SECONDS, follow_redirects=False)
    answer.raise_for_status()
    return answer.content[:CERTIFICATE_BYTES_MAX]


@lru_cache(maxsize=8)
def _certificate(url: str) -> bytes:
    return fetch(url)


def verify(message: Mapping[str, Any], *, topic: str, fetch_certificate: Fetch = _certificate) -> None:
    """Raise SignatureError where it is not of this topic, or Amazon did not sign it.

    Raises httpx.HTTPError where the certificate cannot be had now.
    """
    if not topic or message.get("TopicArn") != topic:
        raise SignatureError("topic")
    url = str(message.get("SigningCertURL") or "")
    if not is_amazons(url) or not _CERTIFICATE_PATH.fullmatch(urlsplit(url).path):
        raise SignatureError("certificate address")
    algorithm = _HASHES.get(str(message.get("SignatureVersion")))
    if algorithm is None:
        raise SignatureError("signature version")
    try:
        key = x509.load_pem_x509_certificate(fetch_certificate(url)).public_key()
        signature = base64.b64decode(str(message.get("Signature") or ""), validate=True)
        if not isinstance(key, RSAPublicKey):
            raise SignatureError("certificate")
        key.verify(signature, signed_text(message), PKCS1v15(), algorithm)
    except (ValueError, binascii.Error, InvalidSignature) as error:
        raise SignatureError("signature") from error


def signed_text(message: Mapping[str, Any]) -> bytes:
    """What the signature covers."""
    names = _NOTIFIED if message.get("Type") == NOTIFICATION else _SUBSCRIBED
    return "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode()


def is_amazons(url: str) -> bool:
    """Whether an address is one of Amazon's notification service, over TLS."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.port in (None, 443) and bool(_HOST.fullmatch(parts.netloc))
    except ValueError:
        return False
