"""Column names compared as people mean them."""

from __future__ import annotations

import re
import unicodedata


def normal(name: str) -> str:
    """`name` without case, width, spaces, punctuation or a unit in brackets: "Order ID (#)" -> "orderid"."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"[(\[{].*?[)\]}]", "", text) or text
    return re.sub(r"[\W_]+", "", text)
