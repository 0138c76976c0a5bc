"""The key ring: keys that seal personal data, index it for search, and make pseudonyms.

Values are sealed with AES-256-GCM (NIST SP 800-38D) under a key of the ring; the sealed text names its
key, so keys can be added and values under older ones still be read.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class KeyMissingError(RuntimeError):
    """The key that sealed a value is not in the key ring."""


@dataclass(frozen=True)
class KeyRing:
    """The keys of one installation: some that seal, one for the index, one for pseudonyms."""

    seal_keys: dict[str, bytes]
    newest: str
    index_key: bytes
    pseudonym_key: bytes
    session_key: str

    def seal(self, plain: str) -> str:
        """Encrypt; the answer is ASCII and names its key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        body = _cipher(self.seal_keys[self.newest]).encrypt(nonce, plain.encode(), self.newest.encode())
        return f"{self.newest}:{base64.urlsafe_b64encode(nonce + body).decode()}"

    def unseal(self, sealed: str) -> str:
        """Decrypt; raises KeyMissingError where the key is absent or the text was altered."""
        key_id, _, body = sealed.partition(":")
        if key_id not in self.seal_keys:
            raise KeyMissingError(f"the key ring has no key {key_id!r}")
        raw = base64.urlsafe_b64decode(body)
        try:
            plain = _cipher(self.seal_keys[key_id]).decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], key_id.encode()
            )
        except InvalidTag as error:
            raise KeyMissingError(f"key {key_id!r} does not open this value") from error
        return plain.decode()


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _new_ring() -> dict[str, Any]:
    return {
        "newest": "k1",
        "seal": {"k1": _key()},
        "index": _key(),
        "pseudonym": _key(),
        "session": secrets.token_urlsafe(48),
    }


def add_seal_key(path: Path) -> str:
    """Add a key under which everything is sealed from now on; its id."""
    raw = json.loads(path.read_text())
    number = max(int(key_id[1:]) for key_id in raw["seal"]) + 1
    raw["newest"] = f"k{number}"
    raw["seal"][raw["newest"]] = _key()
    _write(path, raw)
    return str(raw["newest"])


def remove_seal_keys(path: Path, key_ids: Collection[str]) -> None:
    """Forget keys for good; what they sealed can never be read again. Raises ValueError for the newest."""
    raw = json.loads(path.read_text())
    if raw["newest"] in key_ids:
        raise ValueError("the newest key cannot be removed")
    raw["seal"] = {key_id: key for key_id, key in raw["seal"].items() if key_id not in key_ids}
    _write(path, raw)


def renew_index_key(path: Path) -> None:
    """Replace the key of the blind indexes: all of them must be made anew."""
    _write(path, {**json.loads(path.read_text()), "index": _key()})


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _write(path: Path, raw: Mapping[str, Any]) -> None:
    """The ring as it was or as it is now, never half of it, whatever happens."""
    _beside(path, raw).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _beside(path: Path, raw: Mapping[str, Any]) -> Path:
    """A file (mode 0600) with the ring in the same folder, of a name that no other process or thread has."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        json.dump(raw, file)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def load_ring(path: Path) -> KeyRing:
    """Read the key ring at `path`, making one (mode 0600) where there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = _beside(path, _new_ring())
        try:
            os.link(temporary, path)  # fails where another was first; its ring then counts
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    raw = json.loads(path.read_text())
    return KeyRing(
        seal_keys={key_id: base64.b64decode(key) for key_id, key in raw["seal"].items()},
        newest=raw["newest"],
        index_key=base64.b64decode(raw["index"]),
        pseudonym_key=base64.b64decode(raw["pseudonym"]),
        session_key=raw["session"],
    )
