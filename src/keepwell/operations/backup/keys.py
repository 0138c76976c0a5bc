"""The key ring inside a backup, under a passphrase: scrypt (RFC 7914), AES-256-GCM (NIST SP 800-38D)."""

from __future__ import annotations

import base64
import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keepwell.operations.contracts import BackupError

NAME = "keys.sealed"
PURPOSE = b"keepwell backup keys 1"
COST = 1 << 16  # 64 MiB and about a quarter of a second for each guess
PASSPHRASE_CHARACTERS_MIN = 12


def seal(ring: bytes, passphrase: str) -> bytes:
    """Encrypt the key ring file; raises BackupError for a passphrase that is too short."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise BackupError(f"the passphrase needs at least {PASSPHRASE_CHARACTERS_MIN} characters")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    body = AESGCM(_key(passphrase, salt, COST)).encrypt(nonce, ring, PURPOSE)
    parts = {"salt": salt, "nonce": nonce, "body": body}
    encoded = {name: base64.b64encode(value).decode() for name, value in parts.items()}
    return json.dumps({"kdf": "scrypt", "n": COST, "r": 8, "p": 1, **encoded}).encode()


def unseal(sealed: bytes, passphrase: str) -> bytes:
    """Decrypt the key ring file; raises BackupError where the passphrase is another one."""
    said = json.loads(sealed)
    salt, nonce, body = (base64.b64decode(said[name]) for name in ("salt", "nonce", "body"))
    try:
        return AESGCM(_key(passphrase, salt, int(said["n"]))).decrypt(nonce, body, PURPOSE)
    except InvalidTag:
        raise BackupError("the passphrase does not open the backup's key ring") from None


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())
