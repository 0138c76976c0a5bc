"""Sealed files in the home folder: AES-256-GCM (NIST SP 800-38D), each under a key of its own."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from keepwell.foundation.home import Home

NONCE_BYTES = 12


def folder() -> Path:
    """Where the files lie; readable by its owner only."""
    return Home.current().attachments_dir


def write_sealed(content: bytes) -> tuple[str, str]:
    """Seal and store `content`; the file's name and its key. Whole or not at all, and on disk."""
    name = secrets.token_hex(16)
    key = secrets.token_bytes(32)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, content, name.encode())
    path = folder() / name
    temporary = path.with_suffix(".part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    return name, base64.b64encode(key).decode()


def read_sealed(name: str, key: str) -> bytes:
    """Open a stored file.

    Raises FileNotFoundError where it is gone and InvalidTag where it was altered.
    """
    sealed = (folder() / name).read_bytes()
    cipher = AESGCM(base64.b64decode(key))
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())


def unlink_files(names: Iterable[str]) -> None:
    """Delete stored files once the transaction holds."""
    listed = list(names)
    base = folder()

    def unlink() -> None:
        for name in listed:
            (base / name).unlink(missing_ok=True)

    if listed:
        transaction.on_commit(unlink)
