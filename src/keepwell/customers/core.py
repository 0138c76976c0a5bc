"""Pure rules: how contact values are normalised and masked."""

from __future__ import annotations

import re
import unicodedata


def normal_contact(kind: str, value: str) -> str:
    """The form under which contact values are compared: NFKC, e-mail in lower case, phone as digits only."""
    text = unicodedata.normalize("NFKC", value).strip()
    if kind == "email":
        return text.casefold()
    plus = text.startswith("+")
    return ("+" if plus else "") + re.sub(r"\D", "", text)


def mask(kind: str, value: str) -> str:
    """Enough of a contact value to recognise it by, too little to use it."""
    if kind == "email" and "@" in value:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}***@{domain}"
    return f"{value[:3]}****{value[-2:]}" if len(value) > 7 else "****"
