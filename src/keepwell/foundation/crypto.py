"""Encryption of personal data in state, blind index for search, pseudonyms for history.

Blind index, pseudonym and signature are HMAC-SHA-256 (RFC 2104), each under a key of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from keepwell.foundation.home import Home
from keepwell.foundation.keys import KeyRing, load_ring


@lru_cache(maxsize=8)
def _ring_at(path: Path, _written: tuple[int, int] | None) -> KeyRing:
    return load_ring(path)


@lru_cache(maxsize=8)
def _path_in(home: str) -> Path:
    """Made once: every value that is sealed or opened asks for it."""
    return Home(Path(home)).keys_path


_held: ContextVar[KeyRing | None] = ContextVar("held_ring", default=None)


@contextmanager
def held_ring() -> Iterator[None]:
    """The key ring as it is now, for all that is signed or opened in the block: the file is looked at once.

    Not for what is sealed: after keys were rotated nothing may come under a key that is about to go.
    """
    held = _held.set(ring())
    try:
        yield
    finally:
        _held.reset(held)


def ring() -> KeyRing:
    """The key ring of the current home; one that another process has changed is read again at once."""
    held = _held.get()
    if held is not None:
        return held
    path = _path_in(settings.KEEPWELL_HOME)
    try:
        found = os.stat(path)
    except FileNotFoundError:
        load_ring(path)
        found = os.stat(path)
    return _ring_at(path, (found.st_mtime_ns, found.st_ino))


def blind_index(kind: str, value: str) -> str:
    """A searchable fingerprint of a normalised contact value: 32 hex digits, useless without the key."""
    return hmac.new(ring().index_key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]


def pseudonym(value: str) -> str:
    """A stable stand-in for an e-mail address or phone number: `p_` and 20 hex digits."""
    normal = value.strip().casefold()
    return "p_" + hmac.new(ring().pseudonym_key, normal.encode(), hashlib.sha256).hexdigest()[:20]


def signature(purpose: str, value: bytes) -> bytes:
    """A keyed fingerprint of `value` for one `purpose`, 32 bytes, the same after keys were rotated.

    It proves that this installation made a value that went out and came back; it hides nothing.
    """
    return hmac.digest(_signing_key(ring().pseudonym_key, purpose), value, "sha256")


@lru_cache(maxsize=32)
def _signing_key(key: bytes, purpose: str) -> bytes:
    """The key of pseudonyms is the one that never changes; under a name of its own it signs nothing else."""
    return hmac.digest(key, f"signature\0{purpose}".encode(), "sha256")


class EncryptedTextField(models.TextField):
    """Text that is sealed in the database and plain in Python; cannot be filtered on."""

    def get_prep_value(self, value: Any) -> Any:
        """Seal on the way in."""
        plain = super().get_prep_value(value)
        return ring().seal(plain) if plain else plain

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Open on the way out."""
        return ring().unseal(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull` makes sense on sealed text."""
        if lookup_name != "isnull":
            raise TypeError("an encrypted field can only be asked for isnull; search by its blind index")
        return super().get_lookup(lookup_name)
