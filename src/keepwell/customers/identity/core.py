"""How likely two records are one person: pure rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from math import prod

# Chance that two records that share this are one person; families share a phone more than an address.
EVIDENCE = {"same_email": 0.9, "same_phone": 0.8, "same_name_birthday": 0.75, "same_name": 0.4}
CONTRADICTION = {"other_birthday": 0.4, "other_gender": 0.7, "other_name": 0.7}


def score(reasons: Collection[str]) -> float:
    """1 - Π(1 - evidence), lowered by each contradiction; between 0 and 1."""
    missing = prod(1.0 - EVIDENCE[reason] for reason in reasons if reason in EVIDENCE)
    doubt = prod(CONTRADICTION[reason] for reason in reasons if reason in CONTRADICTION)
    return round((1.0 - missing) * doubt, 4)


def normal_name(name: str) -> str:
    """The form under which names are compared: NFKC, case folded, order and punctuation left out."""
    text = unicodedata.normalize("NFKC", name).casefold()
    words = re.findall(r"\w+", text)
    return " ".join(sorted(words))
