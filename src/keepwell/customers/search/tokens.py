"""From texts to what the database holds: keyed eight-byte numbers that say nothing without the key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from keepwell.foundation import crypto

SPELLING_VERSION = "1"
"""Part of the index's mark: raise it when the same record would give other tokens."""


@lru_cache(maxsize=4)
def _derived(index_key: bytes) -> bytes:
    return hashlib.blake2b(b"keepwell customer search", key=index_key, digest_size=32).digest()


def mark() -> str:
    """A name for the present key and spelling rules; tokens made under another mark are of no use."""
    key = _derived(crypto.ring().index_key)
    return hashlib.blake2b(SPELLING_VERSION.encode(), key=key, digest_size=16).hexdigest()


def seal(texts: Iterable[str]) -> list[int]:
    """The number of each text: BLAKE2b under the search key, 64 bits with sign; each once, in order."""
    key = _derived(crypto.ring().index_key)
    numbers = {
        int.from_bytes(hashlib.blake2b(text.encode(), key=key, digest_size=8).digest(), "big", signed=True)
        for text in texts
    }
    return sorted(numbers)


def pack(numbers: list[int]) -> bytes:
    """Numbers as bytes, eight each."""
    return np.array(numbers, dtype=">i8").tobytes()


def unpack(packed: bytes | memoryview) -> list[int]:
    """The numbers that `pack` was given."""
    return list(np.frombuffer(bytes(packed), dtype=">i8").tolist())
